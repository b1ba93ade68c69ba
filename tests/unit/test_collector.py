"""Garbage in cycles is looked for less often, and never not at all."""

import gc
from collections.abc import Iterator

import pytest

from mpl_export.collector import look_for_garbage_less_often


@pytest.fixture
def usual() -> Iterator[int]:
    """The collector as it was before, and after."""
    before = gc.get_threshold()
    yield before[0]
    gc.set_threshold(*before)
    gc.unfreeze()


def test_a_page_does_not_set_the_collector_off(usual: int) -> None:
    """A page of 1,000 rows is some 3,000 objects; what was imported is not looked at again."""
    assert usual
    look_for_garbage_less_often()

    assert gc.isenabled()
    assert gc.get_threshold()[0] >= 10 * 3_000
    assert gc.get_freeze_count() > 10_000


def test_cycles_are_found_all_the_same(usual: int) -> None:
    """A container lives for hours, and libraries leave some behind with each run."""
    assert usual
    look_for_garbage_less_often()
    before = gc.get_stats()[0]["collections"]

    kept = [[number] for number in range(2 * gc.get_threshold()[0])]

    assert kept
    assert gc.get_stats()[0]["collections"] > before
