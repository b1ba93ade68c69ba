"""Cut a span into slices that one run each can export, by what they hold.

Not to be confused with ``planning``, which cuts what one run reads for its threads.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from mpl_export.exporter.planning import cut_at
from mpl_export.instants import EPOCH
from mpl_export.model import WINDOW, Span

MOST_SLICES = 1_000
"""Of one plan.  More of them would outgrow what a state machine may carry (256 KiB)."""

SLICE_ROWS = 50_000
"""A slice holds no more rows than this, unless an hour does.

Fifty pages are read within a minute or two, a fifth of a run's time where the tenant is slow; and
a run fetches 500 error texts, so one row in a hundred may have failed.
"""

_DAY = timedelta(days=1)
_MOST_PIECES = 64
"""Into so many pieces, at most, is cut what is longer than a day: all of them are counted."""
_FINER = 2
"""Pieces of a day for each slice that it holds: days are uneven, and what is sparse is joined."""

CountAll = Callable[[Sequence[Span]], Sequence[int | None]]
"""How many rows each span holds; None where the tenant cannot tell."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of time, and how many rows it holds; None if that is not known."""

    span: Span
    rows: int | None


def sliced(span: Span, count: CountAll, *, most_rows: int = SLICE_ROWS) -> list[Slice]:
    """Cut a span at borders of windows, so that a slice fits one run, and join what is sparse.

    What the tenant cannot count is cut into days.  An hour is not cut, whatever it holds: runs go
    on where the one before stopped.

    Returns:
        Slices in the order of time, which tile the span: what shows no rows now may later.
    """
    counted: list[Slice] = []
    pieces = [span]
    while pieces:
        uncounted: list[Span] = []
        for piece, rows in zip(pieces, count(pieces), strict=True):
            if rows is None:
                counted += [Slice(day, None) for day in _cut(piece, _DAY, MOST_SLICES)]
            elif rows <= most_rows or len(_cut(piece, WINDOW, _FINER)) == 1:
                counted.append(Slice(piece, rows))
            elif piece.length > _DAY:
                uncounted += _cut(piece, _DAY, _MOST_PIECES)
            else:
                uncounted += _cut(piece, WINDOW, _FINER * ceil(rows / most_rows))
        pieces = uncounted
    return list(_joined(sorted(counted, key=lambda each: each.span.since), most_rows))


def _cut(span: Span, unit: timedelta, most: int) -> list[Span]:
    """Cut at whole units since the epoch, into ``most`` pieces or one more."""
    first = span.since - (span.since - EPOCH) % unit
    step = unit * max(1, ceil((span.until - first) / unit / most))
    return cut_at(span, _every(first, step, span.until))


def _every(instant: datetime, step: timedelta, until: datetime) -> Iterator[datetime]:
    while until - instant > step:
        instant += step
        yield instant


def _joined(slices: Iterable[Slice], most_rows: int) -> Iterator[Slice]:
    """Join neighbours as long as they fit one slice."""
    last: Slice | None = None
    for each in slices:
        if last is None:
            last = each
        elif last.rows is None or each.rows is None or last.rows + each.rows > most_rows:
            yield last
            last = each
        else:
            joined = Span(since=last.span.since, until=each.span.until)
            last = Slice(joined, last.rows + each.rows)
    if last is not None:
        yield last
