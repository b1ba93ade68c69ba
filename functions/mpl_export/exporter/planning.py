"""Cut what is left of a span into slices that threads read beside each other: evenly, by density.

Whether there is anything to share is told by the pages themselves: nothing is counted before a
page has shown that tens of pages follow, and then once.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from mpl_export.instants import MILLISECOND
from mpl_export.model import Page, Span

SLICE_ROWS = 3_800
"""A slice of about so many rows is four pages, with room for an uneven density.

Small enough that all threads work all the time, whichever slice is given away; large enough that
the last page of each, which is rarely full, costs little.
"""

_MOST_BLIND = 32
"""Into so many slices, at most, is cut what the tenant cannot count."""

_SPARE = 4
"""One slice in this many may be cut again, where the density was uneven."""

_LEAST_SPARE = 4

Count = Callable[[Span], int | None]


class Plan:
    """How one span is shared.  Threads may share it.

    Args:
        count: How many logs a span holds; None if the tenant cannot tell.
        threads: How many share it.
    """

    def __init__(self, count: Count, threads: int) -> None:
        self._count = count
        self._threads = threads
        self._lock = threading.Lock()
        self._counted = False
        self._left: int | None = None
        """Rows that no page has shown yet, as far as they were counted."""
        self._spare = 0

    def rest_of(self, piece: Span, since: datetime, page: Page) -> list[Span]:
        """What a page has left of a piece, cut into slices; empty if it is to be read on in one.

        Args:
            since: Where the page began.

        Raises:
            ExportError: The tenant could not be asked for a count.
        """
        with self._lock:
            if self._left is not None:
                self._left = max(0, self._left - len(page.logs))
            if page.walked is not None or page.reached <= since or page.reached >= piece.until:
                return []
            rest = Span(since=page.reached, until=piece.until)
            expected = ceil(len(page.logs) * (rest.length / (page.reached - since)))
            if expected < 2 * SLICE_ROWS:
                return []
            return cut_evenly(rest, self._number(rest, expected))

    def _number(self, rest: Span, expected: int) -> int:
        """Into how many slices to cut it."""
        if not self._counted:
            self._counted, self._left = True, self._count(rest)
            if self._left is None:
                number = min(ceil(expected / SLICE_ROWS), _MOST_BLIND)
                self._spare = _MOST_BLIND
            else:
                number = ceil(self._left / SLICE_ROWS)
                if number > 1:  # else one thread reads the last one, and the others watch
                    number = ceil(number / self._threads) * self._threads
                self._spare = max(number // _SPARE, _LEAST_SPARE)
            return number
        # A burst looks as if all the rest were like it: the count at hand says how much there is.
        rows = expected if self._left is None else min(expected, self._left)
        number = min(ceil(rows / SLICE_ROWS), self._spare + 1)
        self._spare -= max(0, number - 1)
        return number


def cut_evenly(span: Span, number: int) -> list[Span]:
    """Cut a span into pieces of one length, of whole milliseconds; empty for less than two."""
    number = min(number, span.length // MILLISECOND)
    if number < 2:
        return []
    step = span.length / number
    return cut_at(span, (span.since + _whole(n * step) for n in range(1, number)))


def cut_at(span: Span, borders: Iterable[datetime]) -> list[Span]:
    """Cut a span at those of the borders that lie inside it."""
    inside = sorted({border for border in borders if span.since < border < span.until})
    edges = [span.since, *inside, span.until]
    return [Span(since=since, until=until) for since, until in pairwise(edges)]


def _whole(length: timedelta) -> timedelta:
    return length // MILLISECOND * MILLISECOND
