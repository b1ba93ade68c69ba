"""Where contenders run: the tenant in bulk, AWS as a stub, and a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self

from operate.sap_tenant.moments import utc_now
from operate.sap_tenant.orders import Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

PROJECT: Final = Path(__file__).parents[2]
PEAK: Final = PROJECT / "tests/bench/peak.py"
BUCKET: Final = "bench-archive"
SECRET: Final = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:bench"
REGION: Final = "eu-central-1"
_LONGEST_RUN: Final = 900


@dataclass(frozen=True, slots=True)
class Load:
    """What a tenant holds, and how far away it and AWS are.

    Attributes:
        rows: Logs, evenly over the span.
        span: How long a time they ended in.
        page_delay: Seconds that each request to the tenant takes besides.
        aws_delay: Seconds that each call of AWS takes besides.
        ends_before: How long before now the span ends.
    """

    rows: int
    span: timedelta
    page_delay: float = 0.0
    aws_delay: float = 0.0
    ends_before: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Used:
    """What one whole process took, from its start to its end.

    Attributes:
        cpu: Seconds of the processor, user and system.
        wall: Seconds of the clock.
        peak_mb: Its largest resident memory, in MB of 2**20 bytes.
        output: What it printed.
    """

    cpu: float
    wall: float
    peak_mb: float
    output: str


@dataclass(slots=True)
class World:
    """The two services and the folder of one bench."""

    tenant: Service
    aws: Service
    folder: Path
    service_key: dict[str, Any]
    ca_pem: str
    load: Load | None = None
    since: datetime = field(default_factory=utc_now)
    until: datetime = field(default_factory=utc_now)
    held: dict[str, Any] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[World]:
        """Start what is needed; all of it is gone after the ``with``."""
        with ExitStack() as stack:
            folder = Path(tempfile.mkdtemp(prefix="bench-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            tenant = stack.enter_context(Service.start("operate.sap_tenant.bulk"))
            aws = stack.enter_context(Service.start("tests.bench.aws_stub"))
            told = tenant("key")
            (folder / "ca.pem").write_text(told["ca_pem"])
            (folder / "key.json").write_text(json.dumps(told["service_key"]))
            (folder / "empty").touch()
            yield cls(tenant, aws, folder, told["service_key"], told["ca_pem"])

    def hold(self, load: Load, forms: Sequence[str]) -> None:
        """Let the tenant hold this, unless it does already."""
        if self.load != load:
            quarter = timedelta(minutes=15)
            now = utc_now()
            self.until = now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % quarter
            self.until -= load.ends_before
            self.since = self.until - load.span
            self.held = {}
            self.load = load
        missing = sorted(set(forms) - self.held.get("bytes", {}).keys())
        if missing or not self.held:
            told = self.tenant(
                "hold",
                rows=load.rows,
                since=self.since.isoformat(),
                until=self.until.isoformat(),
                shown=sorted(set(forms) | self.held.get("bytes", {}).keys()),
            )
            self.held = told

    def begin(self) -> float:
        """Empty AWS, and count anew on both sides; give the CPU seconds of the tenant so far."""
        assert self.load is not None
        secrets = {SECRET: json.dumps(self.service_key)}
        self.aws("begin", delay=self.load.aws_delay, secrets=secrets)
        return float(self.tenant("begin", delay=self.load.page_delay)["cpu"])

    def count(self, page_delay: float = 0.0, aws_delay: float = 0.0) -> None:
        """Keep what there is, but count anew, and be as far away as this from now on."""
        self.aws("count", delay=aws_delay)
        self.tenant("begin", delay=page_delay)

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a contender: nothing of the caller's gets in."""
        empty = str(self.folder / "empty")
        return {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "AWS_ENDPOINT_URL": self.aws("tell")["url"],
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": empty,
            "AWS_SHARED_CREDENTIALS_FILE": empty,
            "AWS_EC2_METADATA_DISABLED": "true",
            **settings,
        }


@dataclass(slots=True)
class Client:
    """A contender's process, from its start on."""

    process: subprocess.Popen[str]
    begun: float
    peak: Path
    errors: Path

    @classmethod
    def start(
        cls,
        world: World,
        script: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        python: str = sys.executable,
        options: Sequence[str] = (),
    ) -> Client:
        """Start a script below ``peak``; ``options`` are the interpreter's."""
        peak, errors = world.folder / "peak", world.folder / "errors"
        peak.unlink(missing_ok=True)
        with errors.open("w") as stderr:
            begun = monotonic()
            process = subprocess.Popen(
                [python, *options, str(PEAK), str(peak), str(script), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=dict(environment),
                cwd=world.folder,
            )
        return cls(process, begun, peak, errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave nothing behind, whatever went wrong."""
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def ask(self, line: object) -> dict[str, Any]:
        """Give a line of input, and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        text = self.process.stdout.readline()
        if not text:
            raise RuntimeError(f"the process has ended: {self.errors.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def end(self) -> Used:
        """Wait for its end, and say what it took.

        Raises:
            RuntimeError: It failed; the message ends with what it said.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        output = self.process.stdout.read()
        _, status, used = os.wait4(self.process.pid, 0)
        wall = monotonic() - self.begun
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdout.close()
        if self.process.returncode:
            said = self.errors.read_text()[-2000:]
            raise RuntimeError(f"it ended with {self.process.returncode}: {said}")
        return Used(
            cpu=used.ru_utime + used.ru_stime,
            wall=wall,
            peak_mb=int(self.peak.read_text()) / 1024,
            output=output,
        )
