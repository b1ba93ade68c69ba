"""Runs of the real handler, each a process of its own that can be killed or put to sleep."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final

from operate.emulated.emulator import PROJECT
from operate.emulated.waiting import wait_for
from tests.support.rights import noted_calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from operate.emulated.emulator import Emulator

_STOP_SECONDS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One invocation.

    Attributes:
        home: An empty directory: its files, and its temporary ones below ``tmp``.
        environment: All variables of the process but ``TMPDIR``.
        limit: How long Lambda would let it run.
        at: The boundary (``Boundaries``) at which a signal strikes it: its number, or what its
            name begins with.
        by: That signal.
        no_space: Whether no file can grow; it then tells no boundaries and no output.
    """

    home: Path
    environment: Mapping[str, str]
    event: Mapping[str, object] = field(default_factory=dict)
    limit: timedelta = timedelta(minutes=15)
    at: int | str | None = None
    by: signal.Signals = signal.SIGKILL
    no_space: bool = False


@dataclass(slots=True)
class Life:
    """A run that was begun.

    Attributes:
        temporary: Where its temporary files are.
    """

    killable: KillableRuns
    pid: int
    home: Path
    temporary: Path
    code: int | None = None

    def wait(self) -> int:
        """Wait for its end; give its code, negative for the signal that killed it."""
        if self.code is None:
            self.code = self.killable.ask({"wait": self.pid})["code"]
            self.killable.lives.discard(self.pid)
        return self.code

    def wait_until_asleep(self) -> None:
        """Wait until it has been put to sleep, or has ended before."""
        wait_for(
            "the run's sleep",
            lambda: self._state() in {"T", "Z"},
            within=timedelta(seconds=60),
            every_seconds=0.005,
        )

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def report(self) -> dict[str, Any]:
        """Wait for its end, which has to be a good one, and give its report."""
        assert self.wait() == 0, f"the run was killed by signal {-(self.code or 0)}"
        outcome = self.outcome()
        assert "report" in outcome, outcome
        report: dict[str, Any] = outcome["report"]
        return report

    def outcome(self) -> dict[str, Any]:
        """What it answered, or its error; empty if it did not live to tell."""
        path = self.home / "outcome"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def boundaries(self) -> list[str]:
        """The names of the boundaries that it came to."""
        return (self.home / "boundaries").read_text().splitlines()

    def _state(self) -> str:
        with open(f"/proc/{self.pid}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0]


class KillableRuns:
    """Where runs are born; use ``open_killable_runs``."""

    def __init__(self, process: subprocess.Popen[str], orders: IO[str], answers: IO[str]) -> None:
        self._process = process
        self._orders = orders
        self._answers = answers
        self._born = 0
        self.lives: set[int] = set()

    def begin(self, job: Job) -> Life:
        """Begin a run, and do not wait for it."""
        self._born += 1
        job.home.mkdir(parents=True, exist_ok=True)
        temporary = job.home.parent / "tmp"  # runs of one exporter have it in common
        temporary.mkdir(exist_ok=True)
        answer = self.ask(
            {
                "run": {
                    "run_id": f"{job.home.parent.name}-{job.home.name}-{self._born}",
                    "home": str(job.home),
                    "environment": {**job.environment, "TMPDIR": str(temporary)},
                    "event": job.event,
                    "seconds": job.limit.total_seconds(),
                    "at": job.at,
                    "by": int(job.by),
                    "no_space": job.no_space,
                }
            }
        )
        self.lives.add(answer["pid"])
        return Life(self, answer["pid"], job.home, temporary)

    def run(self, job: Job) -> dict[str, Any]:
        """Run to the end, and give the report."""
        return self.begin(job).report()

    def run_all(self, jobs: Iterable[Job], *, at_once: int = 3) -> Iterator[Life]:
        """Run all, a few at a time, and give each when it has ended, in order."""
        running: list[Life] = []
        for job in jobs:
            running.append(self.begin(job))
            if len(running) >= at_once:
                first = running.pop(0)
                first.wait()
                yield first
        for life in running:
            life.wait()
            yield life

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give an order to the process, and wait for its answer."""
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        line = self._answers.readline()
        assert line, "the killable has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def open_killable_runs(aws: Emulator) -> Iterator[KillableRuns]:
    """Keep a killable for the block; no run outlives it."""
    environment = {
        **aws.environment(),
        **noted_calls.environment(),
        "PYTHONPATH": f"{PROJECT}:{PROJECT / 'functions'}",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.kills.killable_runs_process"],
        env=environment,
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    killable = KillableRuns(process, process.stdin, process.stdout)
    try:
        yield killable
    finally:
        for pid in killable.lives:  # those asleep would not hear that the input has ended
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.stdin.close()
        process.wait(_STOP_SECONDS)
        process.stdout.close()
