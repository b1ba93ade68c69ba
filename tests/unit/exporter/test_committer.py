"""Commits: after what they say was stored, not past the overlap, and no more than are useful."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Checkpoint
from mpl_export.exporter.committer import Committer
from mpl_export.exporter.export import Step
from tests.support.fakes import MemoryCheckpoints
from tests.support.turning_clock import NOON, TurningClock
from tests.unit.samples import HOUR, MINUTE, SECOND

PART = Stored(key="a part", new=[], amended=[])
STORED = Step(reached=None, stored=PART)


class Noting(MemoryCheckpoints):
    """A checkpoint in memory that remembers every commit.

    Attributes:
        commits: The positions, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[datetime] = []

    def commit(self, position: datetime, reached: datetime) -> None:
        """Note how far the export got."""
        self.commits.append(position)
        super().commit(position, reached)


class Bench:
    """A committer in a container that has been up for an hour.

    Attributes:
        store: Where it commits to.
    """

    def __init__(self, known: Checkpoint | None = None, latest: datetime = NOON) -> None:
        self.clock = TurningClock()
        self.clock.turn(HOUR)
        self.store = Noting()
        self.committer = Committer(self.store, self.clock, latest, known or Checkpoint())

    def reach(self, instant: datetime) -> None:
        """Reach an instant."""
        self.committer.take(Step(reached=instant))


def test_what_was_stored_is_committed_at_once() -> None:
    """A run that is killed a moment later must not have stored it for nothing."""
    bench = Bench()

    bench.committer.take(STORED)
    assert bench.store.commits == []
    bench.reach(NOON - HOUR)

    assert bench.store.commits == [NOON - HOUR]


def test_a_part_is_remembered_through_steps_that_are_neither() -> None:
    """What was stored may be reached only some pages later."""
    bench = Bench()

    bench.committer.take(STORED)
    bench.committer.take(Step(reached=None))
    bench.reach(NOON - HOUR)

    assert bench.store.commits == [NOON - HOUR]


def test_windows_with_nothing_new_are_passed_without_a_commit_each() -> None:
    """Catching up with an archived month would spend half a minute on writes alone."""
    bench = Bench()

    for quarters in range(1, 5):
        bench.reach(NOON - 5 * HOUR + quarters * 15 * MINUTE)
        bench.clock.turn(SECOND)
    assert bench.store.commits == []
    bench.clock.turn(SECOND)
    bench.reach(NOON - 3 * HOUR)

    assert bench.store.commits == [NOON - 3 * HOUR]


def test_a_commit_begins_the_wait_anew() -> None:
    """One part does not make each later window a commit, and neither does a wait."""
    bench = Bench()
    bench.committer.take(STORED)
    bench.reach(NOON - 5 * HOUR)

    bench.clock.turn(4 * SECOND)
    bench.reach(NOON - 4 * HOUR)

    assert bench.store.commits == [NOON - 5 * HOUR]


def test_the_position_stays_before_the_overlap() -> None:
    """Late rows are read by the runs to come, although all was reached."""
    bench = Bench(latest=NOON - 15 * MINUTE)

    bench.reach(NOON)
    bench.committer.commit()

    known = bench.store.read()
    assert (known.position, known.reached) == (NOON - 15 * MINUTE, NOON)
    assert (bench.committer.position, bench.committer.reached) == (known.position, known.reached)


def test_what_is_known_already_is_not_written_again() -> None:
    """A position that does not grow is refused anyway, and costs a request."""
    bench = Bench(Checkpoint(position=NOON - HOUR, reached=NOON - HOUR))
    assert (bench.committer.position, bench.committer.reached) == (NOON - HOUR, NOON - HOUR)

    bench.reach(NOON - HOUR)
    bench.committer.commit()
    assert bench.store.commits == []

    bench.reach(NOON - HOUR + MINUTE)
    bench.committer.commit()
    assert bench.store.commits == [NOON - HOUR + MINUTE]


@pytest.mark.parametrize("times", [1, 2])
def test_with_nothing_pending_nothing_is_committed(times: int) -> None:
    """The end of a run commits what is left, and often nothing is."""
    bench = Bench()
    for _ in range(times):
        bench.committer.commit()
    assert bench.store.commits == []
    assert bench.committer.reached is None

    bench.reach(NOON - HOUR)
    for _ in range(times):
        bench.committer.commit()

    assert bench.store.commits == [NOON - HOUR]
    assert bench.committer.reached == NOON - HOUR


def test_a_wait_counts_from_the_start_of_the_run() -> None:
    """To the second: five of them, whatever the clock showed before."""
    bench = Bench()

    bench.clock.turn(timedelta(seconds=4.9))
    bench.reach(NOON - 2 * HOUR)
    assert bench.store.commits == []
    bench.clock.turn(timedelta(seconds=0.2))
    bench.reach(NOON - HOUR)

    assert bench.store.commits == [NOON - HOUR]
