"""What a backfill is said to take follows from what was counted and timed."""

from __future__ import annotations

from typing import Any

import pytest

from operate.backfill.estimate import estimate

DAY = {"since": "2026-11-01T00:00:00.000Z", "until": "2026-11-02T00:00:00.000Z"}


def plan(*rows: int | None, page_seconds: float | None = 2.0) -> dict[str, Any]:
    """A plan of slices of a day each."""
    slices = [{**DAY, "rows": each} for each in rows]
    return {"slices": slices, "threads": 4, "page_seconds": page_seconds, "requests": 77}


def test_a_slow_tenant_takes_the_time_of_its_pages() -> None:
    """Four pages at a time, two slices at a time."""
    each = estimate(plan(*[38_000] * 6), {})

    assert each.requests == 77
    assert each.minutes == pytest.approx(6 * (2 + 40 * 2 / 4) / 2 / 60)


def test_a_fast_tenant_takes_the_time_of_the_processor() -> None:
    """Which comes with memory."""
    small = estimate(plan(50_000, page_seconds=0.01), {"MemorySize": "512"}).minutes
    large = estimate(plan(50_000, page_seconds=0.01), {"MemorySize": "1769"}).minutes

    assert 2 < small / large < 512


@pytest.mark.parametrize(
    ("parameters", "factor"),
    [({"BackfillConcurrency": "4"}, 0.5), ({"BackfillConcurrency": "1"}, 2.0)],
)
def test_more_at_a_time_is_faster_and_costs_the_same(
    parameters: dict[str, str], factor: float
) -> None:
    """Lambda is charged by what runs, not by the clock."""
    usual, changed = (estimate(plan(*[9_500] * 8), each) for each in ({}, parameters))

    assert changed.minutes == pytest.approx(usual.minutes * factor)
    assert changed.dollars == usual.dollars


def test_one_slice_is_not_read_by_two() -> None:
    """However many were allowed."""
    both = [estimate(plan(9_500), {"BackfillConcurrency": each}) for each in ("1", "8")]

    assert both[0] == both[1]


def test_what_was_not_counted_or_timed_is_assumed() -> None:
    """Two seconds a page; a slice without a count costs its opening at least."""
    assert estimate(plan(950, page_seconds=None), {}) == estimate(plan(950), {})
    assert estimate(plan(None), {}).minutes > 0


def test_dollars_are_mostly_puts_and_compute() -> None:
    """A part for each hour with rows, by list price."""
    quiet, full = (estimate(plan(rows), {}).dollars for rows in (0, 10_000))

    assert full - quiet > 24 * 0.005e-3
    assert full < 0.01
