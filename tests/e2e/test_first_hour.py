"""What a stranger types first ends well: each command of the README, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import IO, Any, Final

import pytest

from operate.demo.keeping import FOLDER, HEADING
from tests.packaging.template import PROJECT

pytestmark = pytest.mark.emulator

# The environment, and the commands that want nothing but a stack with an archive.
_TRIED: Final = 7
_OPERATE: Final = (sys.executable, "-m", "operate")
# Nothing of the caller's AWS: a stranger has none.
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "PYTHONPATH": "functions",
    "SAM_CLI_TELEMETRY": "0",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.mark.timeout(1800)
def test_the_demo_shows_what_it_promises_and_stays_to_be_tried() -> None:
    """What it prints for another terminal works there as it is; afterwards nothing is left."""
    with _begun("demo", "--keep", stderr=subprocess.STDOUT) as demo:
        assert demo.stdout is not None
        before = _up_to(demo.stdout, HEADING)
        lines = [line.strip() for line in _up_to(demo.stdout, "make deploy").splitlines()]
        try:
            tried = _typed(lines[:_TRIED])
            ended, good = (_typed([lines[0], line]) for line in lines if "put_secret_value" in line)
        finally:
            demo.send_signal(signal.SIGINT)
        after = demo.stdout.read()
        status = demo.wait(timeout=120)

    assert (status, "NO " in before) == (0, False), before + after
    assert "Nothing is missing; nothing was left behind." in after
    assert tried.returncode == 0, tried.stdout + tried.stderr
    for words in ("All ", "Found here: ", "open it in a browser", "would have been told of"):
        assert words in tried.stdout
    assert ended.returncode != 0
    assert "certificate: member 'certificate' of the service key expired on" in ended.stdout
    assert good.returncode == 0, good.stdout
    assert not (PROJECT / FOLDER).exists()


def _up_to(lines: IO[str], words: str) -> str:
    """Read until a line has these words; that one, too."""
    read = []
    for line in lines:
        read.append(line)
        if words in line:
            return "".join(read)
    raise AssertionError("".join(read))


def _typed(lines: list[str]) -> subprocess.CompletedProcess[str]:
    """What comes of typing them, one after the other, into a shell of a stranger."""
    return _ended(["bash", "-e", "-c", "\n".join(lines)], seconds=600)


def _ended(command: list[str], *, seconds: float) -> subprocess.CompletedProcess[str]:
    """What comes of a command of a stranger."""
    return subprocess.run(
        command,
        cwd=PROJECT,
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def _begun(*words: str, stderr: int | None = None) -> subprocess.Popen[str]:
    """A command of ours that a stranger lets go on."""
    return subprocess.Popen(
        [*_OPERATE, *words],
        cwd=PROJECT,
        env=_ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


@pytest.mark.timeout(1200)
def test_the_drill_shows_everything_that_it_promises() -> None:
    """And says so by its exit code, as `make` hands it on."""
    ended = _ended([*_OPERATE, "drill", "--json"], seconds=900)

    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(ended.stdout)
    assert document["missing"] == []
    assert document["sections"]


def test_the_simulated_tenant_says_where_it_is_and_ends_when_told() -> None:
    """Whoever points another tool at it needs its addresses and its key."""
    with _begun("tenant", "--json") as process:
        assert process.stdout is not None
        document = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        ended = process.wait(timeout=60)

    assert "127.0.0.1" in json.dumps(document)
    assert ended in {0, 130}
