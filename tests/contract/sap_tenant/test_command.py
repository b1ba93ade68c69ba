"""The tenant as a command of its own."""

import json
import signal
import ssl
import stat
import subprocess
import sys
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_command_hands_out_a_key_and_ends_when_told(
    tmp_path: Path, ending: signal.Signals
) -> None:
    """It says where the key lies, the key is for its owner only, and it ends without a word."""
    command = [sys.executable, "-m", "operate.sap_tenant", "--directory", str(tmp_path)]
    options = ["--rows", "20", "--rate", "50", "--public-host", "localhost"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        key_file = tmp_path / "service-key.json"
        key = json.loads(key_file.read_text())["oauth"]
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        address = urlsplit(key["url"])
        connection = HTTPSConnection(
            address.hostname or "", address.port, context=context, timeout=5
        )
        connection.request("GET", "/api/v1/MessageProcessingLogs")
        status = connection.getresponse().status
        connection.close()
        process.send_signal(ending)
        _, errors = process.communicate(timeout=10)

    assert str(key_file) in "".join(said)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert address.hostname == "localhost"
    assert status == 401
    assert (process.returncode, errors) == (0, "")
