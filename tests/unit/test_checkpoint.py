"""The checkpoint as a value."""

from datetime import timedelta

import pytest

from mpl_export.checkpoint import Checkpoint, NotedArtifacts, Reconcile
from tests.support.manual_clock import NOON

MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("left", "complete"), [(MILLISECOND, False), (timedelta(0), True), (-MILLISECOND, True)]
)
def test_a_reconcile_is_complete_when_it_has_reached_its_end(
    left: timedelta, *, complete: bool
) -> None:
    """Not a moment earlier: the last millisecond may hold what came late."""
    days = timedelta(days=2)
    reconcile = Reconcile(since=NOON - days, until=NOON, reached=NOON - left, below=None)

    assert reconcile.complete is complete


def test_nothing_is_known_before_the_first_run() -> None:
    """No member claims anything."""
    known = Checkpoint()

    assert known.stuck == frozenset()
    assert known.artifacts == NotedArtifacts()
    others = set(Checkpoint.__slots__) - {"artifacts"}
    assert {getattr(known, name) for name in others} == {None, frozenset()}
