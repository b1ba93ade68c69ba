"""What a stranger types first ends well: each command of the README, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from tests.packaging.template import PROJECT

pytestmark = pytest.mark.emulator

# Nothing of the caller's AWS: a stranger has none.
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "PYTHONPATH": "functions",
    "SAM_CLI_TELEMETRY": "0",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("command", ["demo", "drill"])
def test_it_shows_everything_that_it_promises(command: str) -> None:
    """And says so by its exit code, as `make` hands it on."""
    ended = subprocess.run(
        [sys.executable, "-m", "operate", command, "--json"],
        cwd=PROJECT,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout)
    assert document["missing"] == []
    assert document["sections"]


def test_the_simulated_tenant_says_where_it_is_and_ends_when_told() -> None:
    """Whoever points another tool at it needs its addresses and its key."""
    with subprocess.Popen(
        [sys.executable, "-m", "operate", "tenant", "--json"],
        cwd=PROJECT,
        env=_ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        document = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        ended = process.wait(timeout=60)

    assert "127.0.0.1" in json.dumps(document)
    assert ended in {0, 130}
