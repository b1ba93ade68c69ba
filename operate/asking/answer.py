"""What a query answers, wherever it was asked: for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from operate.archive.athena import dollars
from operate.voice import Voice

_ROWS_SHOWN: Final = 100
_LONGEST_CELL: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Rows with the names of their columns.

    Attributes:
        bytes_read: What Athena has read; None where nobody counts.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    bytes_read: int | None = None


def show(title: str, answer: Answer, voice: Voice) -> None:
    """Show people the first rows, and say how many there are."""
    voice.say(title)
    voice.table(
        "",
        [[_cell(value) for value in row] for row in answer.rows[:_ROWS_SHOWN]],
        header=answer.columns,
    )
    count = len(answer.rows)
    if count > _ROWS_SHOWN:
        voice.say(f"The first {_ROWS_SHOWN} of {count:,} rows; --json gives all.")
    else:
        voice.say(f"{count} {'row' if count == 1 else 'rows'}.")
    if answer.bytes_read is not None:
        cost = dollars(answer.bytes_read)
        voice.say(f"Athena read {answer.bytes_read / 1e6:,.1f} MB: {cost:.5f} dollars.")


def document(answer: Answer) -> dict[str, Any]:
    """All rows, by the names of their columns."""
    return {
        "columns": list(answer.columns),
        "rows": [
            {name: _plain(value) for name, value in zip(answer.columns, row, strict=True)}
            for row in answer.rows
        ],
        "bytes_read": answer.bytes_read,
        "dollars": None if answer.bytes_read is None else dollars(answer.bytes_read),
    }


def _cell(value: object) -> str:
    line = " ".join(str("" if value is None else value).split())
    return line if len(line) <= _LONGEST_CELL else f"{line[: _LONGEST_CELL - 3]}..."


def _plain(value: object) -> object:
    """A value as JSON has it; times as in the archive."""
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    return value.isoformat() if isinstance(value, date) else value
