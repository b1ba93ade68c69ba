"""A span is cut by what it holds: into slices that one run each can export."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.exporter.slices import MOST_SLICES, Slice, sliced
from mpl_export.model import Span
from tests.unit.samples import DAY, HOUR, MINUTE

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
MONTH = Span(since=BEGIN, until=BEGIN + 30 * DAY)


class Counted:
    """A tenant that counts; it notes how often it was asked."""

    def __init__(self, ends: Sequence[datetime], unable: Callable[[Span], bool]) -> None:
        self.ends = ends
        self.unable = unable
        self.asked: list[Span] = []

    def __call__(self, spans: Sequence[Span]) -> Sequence[int | None]:
        """Count."""
        self.asked += spans
        return [None if self.unable(span) else self.held(span) for span in spans]

    def held(self, span: Span) -> int:
        """How many rows a span holds."""
        return sum(span.since <= end < span.until for end in self.ends)


def able(_span: Span) -> bool:
    """Whether the tenant can count: always."""
    return False


def spread(number: int, since: datetime, until: datetime) -> list[datetime]:
    """Ends at even distances."""
    return [since + n * (until - since) / number for n in range(number)]


def test_what_fits_one_slice_is_one_and_counted_once() -> None:
    """Most tenants' months are small; a question for each day would be thirty times too many."""
    tenant = Counted(spread(90, BEGIN, MONTH.until), able)

    assert sliced(MONTH, tenant, most_rows=100) == [Slice(MONTH, 90)]
    assert tenant.asked == [MONTH]


def test_a_busy_month_is_cut_evenly_by_what_it_holds() -> None:
    """Each slice fits, sparse days are joined, and no slice is far from full."""
    busy = spread(2_000, BEGIN + 10 * DAY, BEGIN + 12 * DAY)
    tenant = Counted([*spread(60, BEGIN, MONTH.until), *busy], able)

    slices = sliced(MONTH, tenant, most_rows=200)

    assert max(each.rows or 0 for each in slices) <= 200
    assert slices[0].span.until >= BEGIN + 9 * DAY
    assert len(slices) <= 20
    assert len(tenant.asked) < 1 + 30 + 2 * 24


def test_an_hour_is_not_cut_whatever_it_holds() -> None:
    """A burst fits no run; runs go on where the one before stopped."""
    burst = BEGIN + 5 * DAY + 7 * HOUR
    tenant = Counted(spread(1_000, burst, burst + MINUTE), able)

    slices = sliced(MONTH, tenant, most_rows=100)

    assert Slice(Span(since=burst, until=burst + HOUR), 1_000) in slices
    assert len(slices) == 3


def test_what_the_tenant_cannot_count_is_cut_into_days() -> None:
    """And what it can count is still cut by what it holds."""
    until = BEGIN + 10 * DAY
    tenant = Counted(spread(500, BEGIN, MONTH.until), lambda span: span.until == until)

    slices = sliced(Span(since=BEGIN + 7 * DAY, until=until), tenant, most_rows=100)

    assert [each.span.length for each in slices] == [DAY] * 3
    assert {each.rows for each in slices} == {None}


def test_all_of_time_that_cannot_be_counted_is_no_million_of_days() -> None:
    """0001-01-01 is what people write for the beginning."""
    span = Span(since=datetime.min.replace(tzinfo=UTC), until=BEGIN)

    slices = sliced(span, Counted([], lambda _: True))

    assert MOST_SLICES - 10 < len(slices) <= MOST_SLICES + 1


def test_all_of_time_costs_few_questions() -> None:
    """Where nothing was, one look is enough."""
    tenant = Counted(spread(1_000, BEGIN, MONTH.until), able)

    slices = sliced(
        Span(since=datetime.min.replace(tzinfo=UTC), until=MONTH.until), tenant, most_rows=100
    )

    assert max(each.rows or 0 for each in slices) <= 100
    assert len(tenant.asked) < 400


@pytest.mark.parametrize("length", [MINUTE, 90 * MINUTE])
def test_bounds_inside_a_window_stay_as_they_are(length: timedelta) -> None:
    """Who asks from 12:17 on gets that, and no more."""
    span = Span(since=BEGIN + 17 * MINUTE, until=BEGIN + 17 * MINUTE + length)
    slices = sliced(span, Counted(spread(500, span.since, span.until), able), most_rows=100)

    assert (slices[0].span.since, slices[-1].span.until) == (span.since, span.until)


minutes = st.integers(min_value=0, max_value=40 * 24 * 60)


@given(
    st.lists(minutes, max_size=300),
    st.tuples(minutes, minutes).filter(lambda bounds: bounds[0] != bounds[1]),
    st.integers(min_value=1, max_value=50),
    st.sets(st.integers(min_value=0, max_value=50)),
)
def test_slices_tile_the_span_and_fit(
    ends: list[int], bounds: tuple[int, int], most_rows: int, unable: set[int]
) -> None:
    """Nothing is left out and nothing is read twice, whatever is where and can be counted."""
    span = Span(since=BEGIN + min(bounds) * MINUTE, until=BEGIN + max(bounds) * MINUTE)
    tenant = Counted([BEGIN + end * MINUTE for end in ends], lambda _: len(tenant.asked) in unable)

    slices = sliced(span, tenant, most_rows=most_rows)

    assert (slices[0].span.since, slices[-1].span.until) == (span.since, span.until)
    for one, other in pairwise(slices):
        assert one.span.until == other.span.since
        assert other.span.since.minute == 0
    for each in slices:
        assert each.rows in {None, tenant.held(each.span)}
        if each.rows is not None:
            assert each.rows <= most_rows or each.span.length <= HOUR
