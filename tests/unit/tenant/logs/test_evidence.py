"""What a page proves: how far it reaches, and whether it is in order."""

from datetime import timedelta

import pytest

from mpl_export.model import Span
from mpl_export.tenant.logs import evidence
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, MINUTE, log

MILLISECOND = timedelta(milliseconds=1)
ASKED = Span(since=NOON, until=NOON + HOUR)


@pytest.mark.parametrize("moved", [None, ASKED.until, ASKED.until + HOUR])
def test_rows_that_moved_while_the_page_was_made_do_not_count(moved: object) -> None:
    """Neither for how far it reaches, nor for its order."""
    end = moved if moved is None else ASKED.until
    logs = [log(1, NOON + 2 * MINUTE), log(2, end), log(3, NOON + 3 * MINUTE)]

    assert evidence.newest(logs, ASKED) == NOON + 3 * MINUTE
    assert evidence.is_in_order(logs, ASKED)


def test_a_page_without_a_date_of_the_stretch_reaches_nowhere() -> None:
    """There is nothing to go on from."""
    assert evidence.newest([log(1, None), log(2, ASKED.until)], ASKED) is None
    assert evidence.newest([], ASKED) is None
    assert evidence.is_in_order([], ASKED)


@pytest.mark.parametrize(("back", "in_order"), [(0, True), (1, True), (2, False), (60_000, False)])
def test_a_millisecond_back_is_rounding_and_two_are_disorder(back: int, *, in_order: bool) -> None:
    """The tenant shows milliseconds and orders by what it keeps."""
    logs = [log(1, NOON + MINUTE), log(2, NOON + MINUTE - back * MILLISECOND)]

    assert evidence.is_in_order(logs, ASKED) == in_order
    assert "$orderby" in str(evidence.order_ignored())


def test_a_row_from_before_the_stretch_was_not_asked_for() -> None:
    """Two milliseconds before; one may be rounding."""
    logs = [log(1, NOON - MILLISECOND), log(2, None), log(3, NOON - 2 * MILLISECOND)]

    assert evidence.asked_for(logs, ASKED) == logs[:2]
    assert "ignores the filter" in str(evidence.filter_ignored())
