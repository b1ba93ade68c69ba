"""An emulated AWS of one's own, for as long as a ``with`` block lasts.

It is ministack, started from its own virtual environment (it pins botocore) on a free port.
All that it writes, and all that the functions in it write, lies below one directory, which
goes with it.  What it emulates well and badly is in docs/limits.md.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from operate.emulated.aws_clients import ROOT, Clients
from operate.emulated.gateway_certificate import write_gateway_certificate
from operate.emulated.loopback import refuse_unless_loopback
from operate.emulated.waiting import NeverHappenedError, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT: Final = Path(__file__).parents[2]
REGION: Final = "eu-central-1"
ACCOUNT: Final = "000000000000"

_PERSISTENT: Final = {"PERSIST_STATE": "1", "S3_PERSIST": "1"}
_START_TIME = timedelta(seconds=60)
# With TLS, connections that are kept open delay its shutdown by more than half a minute.
_STOP_TIME = timedelta(seconds=3)
_KILL_TIME = timedelta(seconds=10)


class EmulatorError(Exception):
    """The emulator could not be started; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Emulator(Clients):
    """A running emulator.

    Attributes:
        endpoint_url: Where it listens; the value for ``AWS_ENDPOINT_URL``.
        home: The directory below which it, and the functions in it, keep their files.
        log: What it printed so far.
        ca_bundle: The certificate to trust, if it speaks TLS.
        pid: The process, which also leads the group of all functions' processes.
    """

    pid: int
    home: Path
    log: Path

    @classmethod
    @contextmanager
    def start(
        cls,
        *,
        auth: bool = False,
        ssl: bool = False,
        host: str = "127.0.0.1",
        kept: Path | None = None,
    ) -> Iterator[Emulator]:
        """Run an emulator for the block.

        Args:
            auth: Whether roles and bucket policies are enforced.
            ssl: Whether it speaks TLS, which a policy that demands TLS needs to let one in.
            host: The address to listen at: loopback, or Docker's bridge so that local
                containers reach it.
            kept: A directory for what outlives the block: the next one that is given it finds
                all stacks and objects again, at the same address.  By default all of it goes.

        Raises:
            EmulatorError: It did not come up.
        """
        home = kept or Path(tempfile.mkdtemp(prefix="mpl-export-aws-"))
        try:
            port = _port(host, kept)
            ca_bundle = write_gateway_certificate(home / "tls", host) if ssl else None
            log = home / "emulator.log"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    [_executable()],
                    env=_clean_environment(home, host, port, auth=auth, ca_bundle=ca_bundle)
                    | (_PERSISTENT if kept else {}),
                    cwd=home,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            try:
                emulator = cls(
                    endpoint_url=f"{'https' if ssl else 'http'}://{host}:{port}",
                    region=REGION,
                    ca_bundle=ca_bundle,
                    pid=process.pid,
                    home=home,
                    log=log,
                )
                _wait_until_healthy(process, host, port, emulator)
                yield emulator
            finally:
                _stop(process)
        finally:
            if kept is None:
                shutil.rmtree(home, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """Make the whole environment of a subprocess that talks to this emulator.

        Nothing of the caller's AWS configuration, proxies or home directory gets in.

        Raises:
            NotLoopbackError: The emulator listens at Docker's bridge, where only containers,
                by their own settings, should look for it.
        """
        empty = self.home / "empty"
        empty.touch()
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": str(empty),
            "AWS_SHARED_CREDENTIALS_FILE": str(empty),
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
        }
        if self.ca_bundle is not None:
            environment["AWS_CA_BUNDLE"] = str(self.ca_bundle)
        refuse_unless_loopback(environment)
        return environment

    def log_text(self) -> str:
        """Read what the emulator printed so far."""
        return self.log.read_text(errors="replace")


def _executable() -> Path:
    """Find ministack in the environment that ``make`` created for it."""
    path = PROJECT / ".venv-emulator" / "bin" / "ministack"
    if not path.exists():
        raise EmulatorError(f"{path} is missing: `make venv` creates it")
    return path


def _clean_environment(
    home: Path, host: str, port: int, *, auth: bool, ca_bundle: Path | None
) -> dict[str, str]:
    """Make the emulator's environment; the functions in it inherit it, so it holds no more."""
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "STATE_DIR": str(home / "state"),
        "S3_DATA_DIR": str(home / "s3"),
        "BIND_HOST": host,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "IOT_MTLS_ENABLED": "0",  # It would listen on all addresses, whatever BIND_HOST says.
        "AUTH": "true" if auth else "false",
        "AWS_ACCESS_KEY_ID": ROOT.access_key_id,
        "AWS_SECRET_ACCESS_KEY": ROOT.secret_access_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "DOCKER_HOST": f"unix://{home}/no-docker",  # It looks for containers to clean up.
        "PYTHONUNBUFFERED": "1",
    }
    if ca_bundle is not None:
        environment |= {
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(ca_bundle.with_name("gateway.pem")),
            "MINISTACK_SSL_KEY": str(ca_bundle.with_name("gateway.key")),
            "AWS_CA_BUNDLE": str(ca_bundle),
        }
    return environment


def _port(host: str, kept: Path | None) -> int:
    """Choose a port, or the one of the last time: the functions of a stack know it."""
    noted = kept and kept / "port"
    if noted and noted.exists():
        return int(noted.read_text())
    port = _free_port(host)
    if noted:
        noted.write_text(str(port))
    return port


def _free_port(host: str) -> int:
    """Choose a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(
    process: subprocess.Popen[bytes], host: str, port: int, emulator: Emulator
) -> None:
    """Wait until the emulator answers, and say why if it never does."""

    def answers() -> bool:
        if process.poll() is not None:
            raise EmulatorError(f"the emulator ended at once:\n{emulator.log_text()[-2000:]}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((host, port)) != 0:
                return False
        return emulator.is_healthy()

    try:
        wait_for("the emulator's start", answers, within=_START_TIME, every_seconds=0.1)
    except NeverHappenedError as error:
        raise EmulatorError(f"{error}:\n{emulator.log_text()[-2000:]}") from error


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the emulator and the functions' processes in its group, by force if need be."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_TIME.total_seconds())
    # Also when it ended by itself: a function that was running may have outlived it.
    _signal_group(process.pid, signal.SIGKILL)
    process.wait(_KILL_TIME.total_seconds())


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
