"""Slices: a long span cut by density, at window borders, with few questions to the tenant."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.exporter.planning import SHORT, SLICE_ROWS, cut_at, slices
from mpl_export.model import WINDOW, Span, window_of

START = datetime(2026, 11, 1, 0, 7, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTH = Span(since=START, until=START + 30 * DAY)


class Counts:
    """Counts logs that ended at given instants, each of which stands for many.

    Attributes:
        asked: The spans that were counted.
    """

    def __init__(self, ends: list[datetime], rows_each: int = SLICE_ROWS // 4) -> None:
        self._ends = sorted(ends)
        self._rows_each = rows_each
        self.asked: list[Span] = []

    def __call__(self, span: Span) -> int:
        """The logs of a span."""
        self.asked.append(span)
        return self._rows_each * (
            bisect_left(self._ends, span.until) - bisect_left(self._ends, span.since)
        )


def tiles(pieces: list[Span], span: Span) -> bool:
    """Whether the pieces are the span, in order and without overlap."""
    return (
        pieces[0].since == span.since
        and pieces[-1].until == span.until
        and all(one.until == following.since for one, following in pairwise(pieces))
    )


offsets = st.lists(st.timedeltas(timedelta(0), 30 * DAY), max_size=60)
lengths = st.timedeltas(timedelta(milliseconds=1), 30 * DAY)


@given(offsets, lengths, st.timedeltas(timedelta(0), DAY))
def test_slices_tile_the_span_at_window_borders(
    busy: list[timedelta], length: timedelta, shift: timedelta
) -> None:
    """Nothing between two slices, nothing twice, and no window belongs to two of them."""
    span = Span(since=START + shift, until=START + shift + length)
    counts = Counts([START + offset for offset in busy])

    pieces = list(slices(span, counts))

    assert tiles(pieces, span)
    assert all(piece.until == window_of(piece.until) for piece in pieces[:-1])
    for piece in pieces:
        assert piece.length <= SHORT or counts(piece) <= SLICE_ROWS


def test_an_empty_month_is_one_count_and_one_slice() -> None:
    """The first run of a new tenant must not ask three thousand questions."""
    counts = Counts([])

    assert list(slices(MONTH, counts)) == [MONTH]
    assert counts.asked == [MONTH]


def test_a_short_span_is_not_counted() -> None:
    """That is every scheduled run: to count costs the tenant more than to read."""
    counts = Counts([START])
    span = Span(since=START, until=START + SHORT)

    assert list(slices(span, counts)) == [span]
    assert counts.asked == []


def test_only_what_is_dense_is_cut() -> None:
    """One busy night of a quiet month costs a count for each halving, not for each hour."""
    night = START + 12 * DAY
    counts = Counts([night + n * HOUR / 4 for n in range(40)])

    pieces = list(slices(MONTH, counts))

    assert tiles(pieces, MONTH)
    assert len(counts.asked) < 60
    assert max(piece.length for piece in pieces) > 5 * DAY
    assert any(piece.length <= SHORT for piece in pieces)


def test_counting_goes_on_while_slices_are_taken() -> None:
    """Reading begins with the first slice, not after the last count."""
    counts = Counts([START + n * HOUR for n in range(30 * 24)])
    pieces = slices(MONTH, counts)

    next(pieces)
    asked = len(counts.asked)
    list(pieces)

    assert asked < 15
    assert len(counts.asked) > 5 * asked


@pytest.mark.parametrize("answers", [0, 1, 5])
def test_a_tenant_that_cannot_count_is_not_asked_again(answers: int) -> None:
    """Each such question may cost a timeout; the rest is cut evenly and read none the less."""
    counts = Counts([START + n * HOUR for n in range(30 * 24)])

    refused: list[Span] = []

    def count(span: Span) -> int | None:
        if len(counts.asked) < answers:
            return counts(span)
        refused.append(span)
        return None

    pieces = list(slices(MONTH, count))

    assert tiles(pieces, MONTH)
    assert len(refused) == 1
    assert max(piece.length for piece in pieces) <= 6 * HOUR
    assert len(pieces) < 400


def test_a_quarter_of_an_hour_is_never_cut() -> None:
    """A window is stored whole, however many rows it has."""
    pieces = list(slices(Span(since=START, until=START + DAY), lambda _: 10**9))

    assert min(piece.length for piece in pieces[1:-1]) >= WINDOW


@given(lengths, st.lists(st.timedeltas(-DAY, 31 * DAY), max_size=5))
def test_a_cut_span_is_still_the_span(length: timedelta, borders: list[timedelta]) -> None:
    """Borders outside, at the ends, or named twice cut nothing."""
    span = Span(since=START, until=START + length)

    pieces = cut_at(span, [START + border for border in borders])

    assert tiles(pieces, span)
    inside = {START + border for border in borders if timedelta(0) < border < length}
    assert {piece.since for piece in pieces[1:]} == inside
