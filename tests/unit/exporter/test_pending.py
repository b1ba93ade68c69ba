"""What waits, and what may be claimed while it does."""

from copy import replace
from datetime import timedelta

import pytest

from mpl_export.archive.archive import PART_BYTES, PART_LOGS
from mpl_export.exporter.pending import Pending
from mpl_export.model import WINDOW, Page, Walked
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR, MINUTE, SECOND, log, page

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def clock() -> ManualClock:
    """It stands at noon."""
    return ManualClock()


@pytest.fixture
def pending(clock: ManualClock) -> Pending:
    """Nothing waits."""
    return Pending(clock)


def test_nothing_read_is_nothing_reached(pending: Pending) -> None:
    """Not even that nothing is there."""
    assert pending.reached() is None
    assert pending.due() == pending.all() == []


def test_what_is_being_stored_holds_back_what_is_reached(pending: Pending) -> None:
    """Later windows may be acknowledged before it: the claim waits for the oldest."""
    pending.add(page(NOON + 3 * HOUR, *(log(n, NOON + n * HOUR) for n in range(3))))
    for window in pending.all():
        pending.begin(window)

    assert pending.reached() == NOON - MILLISECOND
    pending.end(NOON + 2 * HOUR)
    pending.end(NOON + HOUR)
    assert pending.reached() is None  # no further than was told
    pending.end(NOON)

    assert pending.reached() == NOON + 3 * HOUR


def test_a_window_that_is_being_stored_may_wait_again(pending: Pending) -> None:
    """Rows of it came meanwhile: both hold back."""
    pending.add(page(NOON + MINUTE, log(1, NOON)))
    pending.begin(NOON)
    pending.add(page(NOON + 2 * MINUTE, log(2, NOON + MINUTE)))

    assert pending.all() == [NOON]
    assert pending.reached() == NOON - MILLISECOND
    pending.end(NOON)
    assert pending.reached() == NOON + MINUTE - MILLISECOND
    pending.begin(NOON)
    pending.end(NOON)
    assert pending.reached() == NOON + 2 * MINUTE


def test_a_row_without_an_end_holds_back_its_whole_page(pending: Pending) -> None:
    """Where it stands is not known: what its page proves is not claimed before it is stored."""
    pending.add(page(NOON + MINUTE))
    assert pending.reached() == NOON + MINUTE
    pending.add(page(NOON + HOUR, log(1, None)))

    assert pending.due() == pending.all()
    [window] = pending.due()
    assert pending.reached() is None
    pending.begin(window)
    assert pending.reached() is None
    pending.end(window)

    assert pending.reached() == NOON + HOUR


def test_a_row_without_an_end_on_the_first_page_lets_nothing_be_claimed(pending: Pending) -> None:
    """Not even the begin of the span."""
    pending.add(page(NOON + HOUR, log(1, None)))

    assert pending.reached() is None


def test_rows_are_due_when_they_fill_a_part(pending: Pending) -> None:
    """By number; the window is not complete."""
    logs = [log()] * (PART_LOGS - 1)
    pending.add(page(NOON + SECOND, *logs))
    assert pending.due() == []
    pending.add(page(NOON + SECOND, log()))

    assert pending.due() == [NOON]
    assert len(pending) == PART_LOGS
    pending.begin(NOON)
    assert len(pending) == 0
    pending.add(page(NOON + SECOND, log()))
    assert pending.due() == []


def test_rows_are_due_when_they_fill_a_part_by_bytes(pending: Pending) -> None:
    """Long custom headers make few rows many bytes."""
    half = replace(log(), members=bytes(PART_BYTES // 2))
    pending.add(page(NOON + SECOND, half))
    assert pending.due() == []
    pending.add(page(NOON + SECOND, half))
    assert pending.due() == [NOON]

    pending.begin(NOON)
    pending.add(page(NOON + SECOND, half))
    assert pending.due() == []


def test_rows_are_due_after_a_minute(pending: Pending, clock: ManualClock) -> None:
    """Counted from the first that waits."""
    pending.add(page(NOON + SECOND, log()))
    clock.turn(59 * SECOND)
    pending.add(page(NOON + SECOND, log()))
    assert pending.due() == []
    clock.turn(SECOND)

    assert pending.due() == [NOON]


def test_a_walk_is_told_once_when_all_of_it_is_stored(pending: Pending) -> None:
    """A run that goes on from it skips its rows."""
    walked = Walked(NOON, 500)
    pending.add(Page(logs=[log(1, NOON)], reached=NOON, walked=walked))
    assert pending.walked() is None
    pending.begin(NOON)
    assert pending.walked() is None
    pending.end(NOON)

    assert pending.walked() == walked
    assert pending.walked() is None


def test_a_walk_is_told_while_later_rows_of_it_wait(pending: Pending) -> None:
    """Rows come as long as the walk goes on: a run killed in it would begin it anew."""
    pending.add(Page(logs=[log(1, NOON)], reached=NOON, walked=Walked(NOON, 500)))
    pending.begin(NOON)
    pending.add(Page(logs=[log(2, NOON)], reached=NOON, walked=Walked(NOON, 1_000)))
    assert pending.walked() is None
    pending.end(NOON)

    assert pending.walked() == Walked(NOON, 500)
    assert pending.walked() is None
    pending.begin(NOON)
    pending.end(NOON)
    assert pending.walked() == Walked(NOON, 1_000)


def test_a_walk_is_not_told_before_all_that_was_stored_with_it(pending: Pending) -> None:
    """Its rows may lie in two windows, of which the later one is acknowledged first."""
    edge = NOON + WINDOW
    logs = [log(1, edge - MILLISECOND), log(2, edge)]
    pending.add(Page(logs=logs, reached=NOON, walked=Walked(edge - MILLISECOND, 500)))
    pending.begin(NOON)
    pending.begin(edge)
    pending.end(edge)
    assert pending.walked() is None
    pending.end(NOON)

    assert pending.walked() == Walked(edge - MILLISECOND, 500)
