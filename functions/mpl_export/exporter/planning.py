"""Cut a long span into slices that are worth a thread of their own: by density, at window borders.

Pure but for the counts that are asked for through a function.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from mpl_export.model import WINDOW, Span, window_of

SLICE_ROWS = 20_000
"""A slice of about so many rows keeps a thread busy for a while, and a month is a few dozen."""

SHORT = timedelta(hours=2)
"""A span up to this length is one slice, uncounted: to count costs the tenant more than to read."""

_BLIND = timedelta(hours=6)


def slices(span: Span, count: Callable[[Span], int | None]) -> Iterator[Span]:
    """Cut a span into slices of bounded density, oldest first; together they are the span.

    An empty month is one count and one slice.  Counts are asked for as slices are taken, so that
    reading begins before all is counted.

    Args:
        count: How many logs a span holds; None if the tenant cannot tell, after which it is not
            asked again and the rest is cut evenly.
    """
    pending = [span]
    blind = False
    while pending:
        piece = pending.pop()
        longest = _BLIND if blind else SHORT
        rows = None if blind or piece.length <= longest else count(piece)
        blind = blind or (rows is None and piece.length > longest)
        small = rows is not None and rows <= SLICE_ROWS
        border = _middle_border(piece)
        if small or piece.length <= longest or border is None:
            yield piece
            continue
        pending.append(Span(since=border, until=piece.until))
        pending.append(Span(since=piece.since, until=border))


def cut_at(span: Span, borders: Iterable[datetime]) -> list[Span]:
    """Cut a span at those of the borders that lie inside it."""
    inside = sorted({border for border in borders if span.since < border < span.until})
    edges = [span.since, *inside, span.until]
    return [Span(since=since, until=until) for since, until in pairwise(edges)]


def _middle_border(span: Span) -> datetime | None:
    """The window border next to the middle; None if there is none inside the span."""
    border = window_of(span.since + span.length / 2)
    if border <= span.since:
        border += WINDOW
    return border if border < span.until else None
