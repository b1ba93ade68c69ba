"""Asking by offsets: for fewer after a failure, and around single rows that cannot be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from mpl_export.errors import TenantThrottledError, TenantUnavailableError
from mpl_export.tenant.logs.offsets import Offsets
from mpl_export.tenant.logs.rows import log_of
from mpl_export.tenant.odata.answers import (
    PAGE_ROWS,
    RawPage,
)
from tests.support.manual_clock import NOON
from tests.unit.samples import guid_of, row_of

if TYPE_CHECKING:
    from mpl_export.model import Log


@dataclass
class Place:
    """So many rows, some of which fail every answer that would hold them."""

    rows: int
    bad: frozenset[int] = frozenset()
    asked: list[tuple[int, int | None, bool]] = field(default_factory=list)

    def __call__(self, skip: int, *, top: int | None, narrowed: bool) -> tuple[RawPage, list[Log]]:
        """Answer."""
        self.asked.append((skip, top, narrowed))
        assert len(self.asked) < 100, "the asking does not end"
        numbers = range(skip, min(self.rows, skip + (top or PAGE_ROWS)))
        if self.bad.intersection(numbers):
            raise TenantUnavailableError("too large")
        rows: list[object] = [row_of(number) for number in numbers]
        page = RawPage(rows=rows, more=False, count=self.rows)
        return page, [log_of(row, NOON) for row in rows]


def test_where_nothing_fails_all_is_asked_for() -> None:
    """Without a number of rows, and told apart by nothing."""
    place = Place(30)

    page, logs = Offsets(place)(0)

    assert place.asked == [(0, None, False)]
    assert (len(logs), page.more, page.count) == (30, False, 30)


def test_around_a_bad_row_fewer_are_asked_for_and_then_all_again() -> None:
    """The row is left out, and is not counted: as if it were not there."""
    place = Place(1500, frozenset({130}))
    offsets = Offsets(place)

    page, logs = offsets(0)
    assert place.asked == [(0, None, False), (0, 125, True)]
    assert (len(logs), page.more) == (125, True)

    page, logs = offsets(130)
    assert place.asked[2:] == [
        *((130, 125, True), (130, 15, True), (130, 1, False), (131, 1, True))
    ]
    assert offsets.over == {130}
    assert ([log.guid for log in logs], page.count) == ([guid_of(131)], 1499)

    place.asked.clear()
    offsets(131)
    assert place.asked == [(131, None, False)]


def test_one_that_begins_with_a_failure_begins_with_fewer() -> None:
    """It was asked for all before."""
    place = Place(1500, frozenset({700}))

    Offsets(place, failed=True)(0)

    assert place.asked == [(0, 125, True)]


def test_several_neighbours_that_fail_are_not_for_the_rows() -> None:
    """It is an outage, or the whole place."""
    place = Place(30, frozenset(range(30)))

    with pytest.raises(TenantUnavailableError):
        Offsets(place)(0)

    assert [skip for skip, _, _ in place.asked] == [0, 0, 0, 0, 1, 2, 3]


def test_a_busy_tenant_is_not_asked_for_less() -> None:
    """More and smaller questions would be throttled all the more."""

    def busy(skip: int, *, top: int | None, narrowed: bool) -> tuple[RawPage, list[Log]]:
        assert (skip, top, narrowed) == (0, None, False)
        raise TenantThrottledError(None)

    with pytest.raises(TenantThrottledError):
        Offsets(busy)(0)
