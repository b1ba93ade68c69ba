"""Slices: what pages leave of a long span, cut evenly by density, with one count at most."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import TenantUnavailableError
from mpl_export.exporter.planning import SLICE_ROWS, Plan, cut_at, cut_evenly
from mpl_export.instants import MILLISECOND
from mpl_export.model import Page, Span, Walked
from tests.unit.samples import log

START = datetime(2026, 11, 1, 0, 7, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTH = Span(since=START, until=START + 30 * DAY)
TICK = Span(since=START, until=START + 15 * MINUTE)


class Counting:
    """Answers with a number.

    Attributes:
        asked: The spans that were counted.
    """

    def __init__(self, rows: int | None) -> None:
        self._rows = rows
        self.asked: list[Span] = []

    def __call__(self, span: Span) -> int | None:
        """The logs of a span."""
        self.asked.append(span)
        return self._rows


def page(reached: datetime, rows: int = 1000) -> Page:
    """A page of so many rows."""
    return Page(logs=[log()] * rows, reached=reached)


def tiles(pieces: list[Span], since: datetime, until: datetime) -> bool:
    """Whether the pieces are the span, in order and without overlap."""
    return (
        pieces[0].since == since
        and pieces[-1].until == until
        and all(one.until == following.since for one, following in pairwise(pieces))
    )


@pytest.mark.parametrize("span", [MONTH, TICK], ids=["a month", "a busy tick"])
def test_what_a_page_leaves_is_shared_by_its_count(span: Span) -> None:
    """A hundred pages of a quarter of an hour are as much work as those of a month."""
    count = Counting(99_000)
    reached = span.since + span.length / 100

    pieces = Plan(count, 4).rest_of(span, span.since, page(reached))

    assert tiles(pieces, reached, span.until)
    assert 0 <= len(pieces) - 99_000 / SLICE_ROWS < 4
    assert len(pieces) % 4 == 0
    assert count.asked == [Span(since=reached, until=span.until)]
    lengths = {piece.length // MILLISECOND for piece in pieces}
    assert max(lengths) - min(lengths) <= 2


@pytest.mark.parametrize(
    ("rows", "reached"),
    [
        pytest.param(0, MONTH.until, id="an empty month"),
        pytest.param(1000, MONTH.until, id="the last page"),
        pytest.param(1000, START + 4 * DAY, id="a few pages more"),
        pytest.param(1000, START, id="a page that got no further"),
    ],
)
def test_what_is_not_worth_it_is_neither_counted_nor_cut(rows: int, reached: datetime) -> None:
    """That is every scheduled run: to count costs the tenant more than to read."""
    count = Counting(99_000)

    assert Plan(count, 4).rest_of(MONTH, START, page(reached, rows)) == []
    assert count.asked == []


def test_a_tie_that_is_walked_is_read_on_by_who_walks_it() -> None:
    """How far it got is known to its reader only."""
    walked = Page(logs=[log()] * 1000, reached=START + MINUTE, walked=Walked(START + MINUTE, 1000))

    assert Plan(Counting(99_000), 4).rest_of(MONTH, START, walked) == []


def test_what_the_count_denies_is_not_cut() -> None:
    """A burst at the beginning looks as if the whole month were like it."""
    assert Plan(Counting(500), 4).rest_of(MONTH, START, page(START + MINUTE)) == []


def test_it_is_counted_once() -> None:
    """What is denser than the rest is cut again by the count at hand."""
    count = Counting(99_000)
    plan = Plan(count, 4)
    pieces = plan.rest_of(MONTH, START, page(START + 7 * HOUR))
    busy = pieces[3]

    again = plan.rest_of(busy, busy.since, page(busy.since + 10 * MINUTE))

    assert tiles(again, busy.since + 10 * MINUTE, busy.until)
    assert len(count.asked) == 1


def test_bursts_do_not_multiply_slices() -> None:
    """Whatever the pages look like, so many slices as the count says, and a quarter more."""
    plan = Plan(Counting(99_000), 4)
    pieces = plan.rest_of(MONTH, START, page(START + 7 * HOUR))
    planned = len(pieces)

    made = 0
    for piece in pieces:
        more = plan.rest_of(piece, piece.since, page(piece.since + MILLISECOND))
        made += max(0, len(more) - 1)

    assert 0 < made <= planned / 4


def test_rows_that_were_seen_are_not_expected_again() -> None:
    """When the count is used up, nothing more is cut, however dense a page is."""
    plan = Plan(Counting(20_000), 4)
    pieces = plan.rest_of(MONTH, START, page(START + MINUTE))
    for _ in range(16):
        plan.rest_of(pieces[0], pieces[0].since, page(pieces[0].until))

    last = pieces[1]
    assert plan.rest_of(last, last.since, page(last.since + MINUTE)) == []


def test_a_tenant_that_cannot_count_is_read_beside_none_the_less() -> None:
    """Each such question may cost a timeout: it is asked once."""
    count = Counting(None)
    plan = Plan(count, 4)

    pieces = plan.rest_of(MONTH, START, page(START + HOUR))
    again = plan.rest_of(pieces[0], START, page(START + 2 * HOUR))

    assert len(pieces) == 32
    assert len(again) <= 32
    assert len(count.asked) == 1


def test_a_count_that_fails_is_told() -> None:
    """The reader raises it in its turn."""

    def count(_span: Span) -> int:
        raise TenantUnavailableError("no answer")

    with pytest.raises(TenantUnavailableError, match="no answer"):
        Plan(count, 4).rest_of(MONTH, START, page(START + MINUTE))


@given(st.timedeltas(MILLISECOND, 30 * DAY), st.integers(0, 300))
def test_an_even_cut_tiles_the_span(length: timedelta, number: int) -> None:
    """Nothing between two slices, nothing twice; at whole milliseconds, as literals can say."""
    length = max(length // MILLISECOND * MILLISECOND, MILLISECOND)
    span = Span(since=START, until=START + length)

    pieces = cut_evenly(span, number)

    if not pieces:
        assert number < 2 or length < 2 * MILLISECOND
        return
    assert tiles(pieces, span.since, span.until)
    assert len(pieces) == min(number, length // MILLISECOND)
    assert all(piece.since.microsecond % 1000 == 0 for piece in pieces)


@given(st.timedeltas(MILLISECOND, 30 * DAY), st.lists(st.timedeltas(-DAY, 31 * DAY), max_size=5))
def test_a_cut_span_is_still_the_span(length: timedelta, borders: list[timedelta]) -> None:
    """Borders outside, at the ends, or named twice cut nothing."""
    span = Span(since=START, until=START + length)

    pieces = cut_at(span, [START + border for border in borders])

    assert tiles(pieces, span.since, span.until)
    inside = {START + border for border in borders if timedelta(0) < border < length}
    assert {piece.since for piece in pieces[1:]} == inside
