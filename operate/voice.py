"""What a command says: for people on the terminal, or one JSON document on standard output.

With ``--json`` standard output holds the document and nothing else; progress goes to standard
error either way, so a pipe gets results only.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

_WIDTH = 110


def _console(*, stderr: bool) -> Console:
    """A console that neither colours numbers nor reads markup or emoji out of texts.

    ``:secret:`` is a part of every secret's ARN, and the name of an emoji.
    """
    console = Console(stderr=stderr, highlight=False, emoji=False)
    if console.is_terminal:
        return console
    return Console(stderr=stderr, highlight=False, emoji=False, width=_WIDTH)


@dataclass(slots=True)
class Voice:
    """Speaks for one command.

    Attributes:
        as_json: Whether results leave as one JSON document.
    """

    as_json: bool = False
    _out: Console = field(default_factory=lambda: _console(stderr=False))
    _err: Console = field(default_factory=lambda: _console(stderr=True))

    def say(self, text: str = "", *, style: str | None = None) -> None:
        """Tell people something; standard error if standard output is for JSON."""
        self._people.print(escape(text), style=style, soft_wrap=not self._people.is_terminal)

    def table(self, title: str, rows: Sequence[Sequence[str]], *, header: Sequence[str]) -> None:
        """Show people a table."""
        table = Table(title=escape(title) if title else None, title_justify="left", expand=False)
        for name in header:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*map(escape, row))
        self._people.print(table)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something takes its time; how long it took stands there afterwards."""
        begun = time.monotonic()
        if self._err.is_terminal:
            with self._err.status(escape(f"{what} ...")):
                yield
        else:
            self._err.print(escape(f"{what} ..."))
            yield
        self._err.print(escape(f"{what}: done in {time.monotonic() - begun:.1f} s"))

    @contextmanager
    def counting(self, what: str, total: int) -> Iterator[Callable[[int], None]]:
        """Show how much of something is done; what is given takes how much more that is."""
        begun = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, console=self._err, transient=True, disable=not self._err.is_terminal
        ) as bar:
            task = bar.add_task(escape(what), total=total)
            yield lambda more: bar.advance(task, more)
        self._err.print(escape(f"{what}: done in {time.monotonic() - begun:.1f} s"))

    @property
    def draws(self) -> bool:
        """Whether progress can be drawn in place, and somebody can be asked."""
        return self._err.is_terminal

    @contextmanager
    def moving(self) -> Iterator[Callable[[str], None]]:
        """Show one line that changes; where nothing can be drawn, nothing is."""
        if not self.draws:
            yield lambda _: None
            return
        with self._err.status("...") as status:
            yield lambda text: status.update(escape(text))

    def progress(self, text: str) -> None:
        """Say how far something is, on standard error."""
        self._err.print(escape(text), style="dim", soft_wrap=True)

    def document(self, value: object) -> None:
        """Give the result to a program, if that is who listens."""
        if self.as_json:
            print(json.dumps(value, indent=2, default=str))  # noqa: T201 - what --json is for

    def complain(self, text: str) -> None:
        """Say why the command cannot go on."""
        self._err.print(escape(text), style="bold red", soft_wrap=True)

    @property
    def _people(self) -> Console:
        return self._err if self.as_json else self._out
