"""A command on a terminal of its own, driven as a person would: read, then type."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_COLUMNS = 200


@dataclass(slots=True)
class Terminal:
    """A running command and what it has shown so far, without colours and movements."""

    process: subprocess.Popen[bytes]
    _descriptor: int
    shown: str = ""
    _read_up_to: int = 0
    _raw: bytes = field(default=b"", repr=False)

    @classmethod
    @contextmanager
    def run(
        cls, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
    ) -> Iterator[Terminal]:
        """Start a command, and end it when the block does."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, "TERM": "xterm", "COLUMNS": str(_COLUMNS)},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        try:
            yield cls(process, ours)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(10)
            os.close(ours)

    def expect(self, text: str, *, within: float = 20) -> None:
        """Read until the text is shown, after what was expected before.

        Raises:
            AssertionError: It was not, in time, or the command has ended.
        """
        ends = time.monotonic() + within
        while text not in self.shown[self._read_up_to :]:
            ended = self.process.poll() is not None
            self._read(0.2)
            if text in self.shown[self._read_up_to :]:
                break
            assert not ended, f"ended without {text!r}:\n{self.shown}"
            assert time.monotonic() < ends, f"no {text!r} within {within} s:\n{self.shown}"
        self._read_up_to = self.shown.index(text, self._read_up_to) + len(text)

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._descriptor, line.encode() + b"\n")

    def ended(self, *, within: float) -> int:
        """Read on until the command ends; gives its exit code."""
        ends = time.monotonic() + within
        while self.process.poll() is None:
            assert time.monotonic() < ends, f"not ended within {within} s:\n{self.shown}"
            self._read(0.2)
        self._read(0.2)
        return self.process.returncode

    def _read(self, seconds: float) -> None:
        while select.select([self._descriptor], [], [], seconds)[0]:
            chunk = b""
            with suppress(OSError):  # the other end is closed
                chunk = os.read(self._descriptor, 65_536)
            if not chunk:
                return
            self._raw += chunk
            text = self._raw.decode(errors="replace").replace("\r\n", "\n")
            self.shown = _CONTROL.sub("", text)
            seconds = 0
