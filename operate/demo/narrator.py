"""Tell what the demo does, as plain text: steps with their times, tables, and what is missing."""

from __future__ import annotations

import sys
import textwrap
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_INDENT = "    "
_WIDTH = 100
_NAMES = 24  # columns that the names of facts take
_BOLD, _PLAIN = "\033[1m", "\033[0m"


@dataclass(slots=True)
class Narrator:
    """Prints, measures and remembers.

    Attributes:
        durations: Title and seconds of each step that has ended.
        missing: What should have been there and was not.
    """

    durations: list[tuple[str, float]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step, and tell how long it took when it has ended."""
        heading = f"{len(self.durations) + 1}. {title}"
        print(f"\n{_bold(heading)}", flush=True)
        start = time.monotonic()
        yield
        seconds = time.monotonic() - start
        self.durations.append((title, seconds))
        self.say(f"({seconds:.1f} s)")

    def heading(self, title: str) -> None:
        """Announce something to look at that takes no time."""
        print(f"\n{_bold(title)}", flush=True)

    def say(self, text: str, *, hanging: int = 0) -> None:
        """Print a sentence, over several lines if it is long.

        Args:
            hanging: Blanks before all lines but the first, beside the usual ones.
        """
        for line in text.splitlines():
            print(
                textwrap.fill(
                    line,
                    _WIDTH,
                    initial_indent=_INDENT,
                    subsequent_indent=_INDENT + " " * hanging,
                    break_on_hyphens=False,
                ),
                flush=True,
            )

    def fact(self, name: str, value: object) -> None:
        """Print a name and what there is to say about it."""
        self.say(f"{name:<{_NAMES}}{value}", hanging=_NAMES)

    def table(self, rows: Iterable[Sequence[object]]) -> None:
        """Print rows in columns: numbers to the right, texts to the left."""
        cells = [[_cell(value) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            line = "  ".join(
                cell.rjust(width) if _is_number(cell) else cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            )
            print(f"{_INDENT}{line.rstrip()}", flush=True)

    def expect(self, found: object, what: str) -> None:
        """Say whether something is as promised; what is not is told again at the end."""
        self.say(f"{'yes' if found else 'NO '}  {what}", hanging=5)
        if not found:
            self.missing.append(what)


def _bold(text: str) -> str:
    return f"{_BOLD}{text}{_PLAIN}" if sys.stdout.isatty() else text


def _cell(value: object) -> str:
    match value:
        case float():
            return f"{value:,.1f}"
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case _:
            return str(value)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "", 1).removeprefix("-").isdigit()
