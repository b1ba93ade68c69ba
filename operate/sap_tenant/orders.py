"""A process that takes orders: one JSON object a line on its input, one answer a line.

So a test or a benchmark steers a server that runs in a process of its own, where it costs its
clients neither memory nor the interpreter's lock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

type Answer = dict[str, Any]
type Taking = Callable[..., Answer]


def take_orders(known: Mapping[str, Taking]) -> None:
    """Answer orders until the input ends.

    Args:
        known: What each ``do`` calls; the order's other members are its keyword arguments.
    """
    for line in sys.stdin:
        order = json.loads(line)
        answer = known[order.pop("do")](**order)
        print(json.dumps(answer), flush=True)


@dataclass(slots=True)
class Service:
    """Such a process, as its owner sees it; it ends with the ``with``."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, module: str, arguments: Sequence[str] = (), *, nice: int = 0) -> Self:
        """Start a module of this project with the interpreter that runs us."""
        command = [sys.executable, "-m", module, *arguments]
        if nice:
            command = ["nice", "-n", str(nice), *command]
        return cls(
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": ".:functions"},
            )
        )

    def __call__(self, do: str, **arguments: object) -> Answer:
        """Give an order and wait for its answer.

        Raises:
            RuntimeError: The process has ended; it said why on its standard error.
        """
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process that was asked to {do} has ended")
        answer: Answer = json.loads(line)
        return answer

    def stop(self) -> None:
        """End its input, and wait until it is gone."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
