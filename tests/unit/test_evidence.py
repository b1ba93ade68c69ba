"""The tenant's count of a day beside what was read of it."""

import pytest

from mpl_export.evidence import Evidence
from tests.support.manual_clock import NOON


@pytest.mark.parametrize(("before", "after"), [(None, 3), (3, None), (None, None)])
def test_what_cannot_be_counted_has_no_gap(before: int | None, after: int | None) -> None:
    """Neither zero nor anything else would be true."""
    assert Evidence(day=NOON, before=before, after=after, read=1).gap is None


@pytest.mark.parametrize(("before", "after"), [(5, 9), (9, 5)])
def test_the_smaller_count_is_the_one_to_meet(before: int, after: int) -> None:
    """What was cleaned up or appeared during the pass could not be read, and is no gap."""
    assert Evidence(day=NOON, before=before, after=after, read=3).gap == 2


def test_what_was_stepped_over_is_told_as_that_and_not_as_a_gap() -> None:
    """It has a number of its own, and an alarm."""
    assert Evidence(day=NOON, before=5, after=5, read=3, stepped_over=1).gap == 1


def test_more_rows_than_were_counted_are_no_gap() -> None:
    """Rows that left and came back while they were read are counted once at most."""
    assert Evidence(day=NOON, before=3, after=4, read=9).gap == 0
