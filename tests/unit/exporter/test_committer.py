"""Commits: after what they say was stored, not past the overlap, and no more than are useful."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Checkpoint
from mpl_export.exporter.committer import Committer
from mpl_export.exporter.export import Step
from mpl_export.model import Walked
from tests.support.exporter.fakes import MemoryCheckpoints
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

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

    def commit(
        self,
        position: datetime,
        reached: datetime,
        *,
        at: datetime,
        passed: Collection[datetime] = (),
    ) -> None:
        """Note how far the export got."""
        self.commits.append(position)
        super().commit(position, reached, at=at, passed=passed)


class Bench:
    """A committer in a container that has been up for an hour.

    Attributes:
        store: Where it commits to.
    """

    def __init__(self, known: Checkpoint | None = None, latest: datetime = NOON) -> None:
        self.clock = ManualClock()
        self.clock.turn(HOUR)
        self.store = Noting()
        self.committer = Committer(self.store, self.clock, latest, known or Checkpoint())

    def reach(self, instant: datetime) -> None:
        """Reach an instant."""
        self.committer.take(Step(reached=instant))


def test_what_was_stored_waits_for_its_turn_too() -> None:
    """A killed run has not stored it for nothing: it is found there, and not stored again."""
    bench = Bench()

    bench.committer.take(STORED)
    bench.reach(NOON - HOUR)
    assert bench.store.commits == []
    bench.clock.turn(5 * SECOND)
    bench.committer.take(STORED)
    assert bench.store.commits == []
    bench.reach(NOON - MINUTE)

    assert bench.store.commits == [NOON - MINUTE]


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
    """A wait that is over does not make each later window a commit."""
    bench = Bench()
    bench.clock.turn(5 * SECOND)
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


def test_what_is_reached_is_committed_while_the_position_waits() -> None:
    """Behind the overlap nothing else moves, and a run that dies there leaves a stale lag."""
    bench = Bench(latest=NOON - 15 * MINUTE)
    bench.reach(NOON - 15 * MINUTE)
    bench.committer.commit()

    bench.reach(NOON)
    bench.committer.commit()

    known = bench.store.read()
    assert (known.position, known.reached) == (NOON - 15 * MINUTE, NOON)


def test_what_an_earlier_run_had_reached_still_holds() -> None:
    """The next run begins at the position again, a whole overlap before it."""
    known = Checkpoint(position=NOON - 20 * MINUTE, reached=NOON - 5 * MINUTE)
    bench = Bench(known, latest=NOON - 15 * MINUTE)

    bench.reach(NOON - 18 * MINUTE)
    bench.committer.commit()

    assert bench.store.commits == [NOON - 18 * MINUTE]
    assert bench.store.read().reached == bench.committer.reached == NOON - 5 * MINUTE


def test_it_tells_when_a_run_got_further() -> None:
    """A first catch-up that stands still is told by this."""
    bench = Bench()
    assert bench.committer.progressed is None

    bench.reach(NOON - HOUR)
    bench.committer.commit()

    assert bench.committer.progressed == bench.clock.now()
    assert bench.store.read().progressed == bench.clock.now()


def test_places_behind_the_position_are_forgotten_with_it() -> None:
    """Others may still have to be stepped over."""
    stuck = frozenset({NOON - 3 * HOUR, NOON - 2 * HOUR, NOON - HOUR})
    bench = Bench(Checkpoint(position=NOON - 4 * HOUR, reached=NOON - 4 * HOUR, stuck=stuck))
    for instant in stuck:
        bench.store.note_stuck(instant)

    bench.reach(NOON - 2 * HOUR)
    bench.committer.commit()
    assert bench.store.read().stuck == {NOON - 2 * HOUR, NOON - HOUR}

    bench.reach(NOON)
    bench.committer.commit()
    assert bench.store.read().stuck == frozenset()


def test_a_walk_is_noted_and_forgotten_when_it_lies_behind() -> None:
    """A tie that one run cannot walk is walked by several."""
    bench = Bench(Checkpoint(position=NOON - 3 * HOUR, reached=NOON - 3 * HOUR))
    walked = Walked(NOON - 2 * HOUR, 4_000)

    bench.committer.take(Step(reached=None, walked=walked))
    assert bench.store.read().walked is None
    bench.committer.commit()
    assert bench.store.read().walked == walked
    assert bench.committer.progressed == bench.clock.now()

    bench.reach(NOON - 2 * HOUR)
    bench.committer.commit()
    assert bench.store.read().walked == walked
    bench.reach(NOON - 2 * HOUR + timedelta(milliseconds=2))
    bench.committer.commit()
    assert bench.store.read().walked is None


def test_a_walk_of_an_earlier_run_is_forgotten_too() -> None:
    """Once."""
    walked = Walked(NOON - 2 * HOUR, 4_000)
    bench = Bench(Checkpoint(position=NOON - 3 * HOUR, reached=NOON - 3 * HOUR, walked=walked))
    bench.store.note_walked(walked, at=NOON)

    bench.reach(NOON - HOUR)
    bench.committer.commit()
    assert bench.store.read().walked is None

    again = Walked(NOON, 1)
    bench.store.note_walked(again, at=NOON)
    bench.reach(NOON - MINUTE)
    bench.committer.commit()
    assert bench.store.read().walked == again


def test_a_tie_that_came_late_is_walked_on_too() -> None:
    """An earlier run had got past its millisecond, when nobody could see it yet."""
    bench = Bench(Checkpoint(position=NOON - 3 * HOUR, reached=NOON - HOUR))
    walked = Walked(NOON - 2 * HOUR, 4_000)

    bench.reach(NOON - 2 * HOUR)
    bench.committer.take(Step(reached=None, walked=walked))
    bench.committer.commit()

    assert bench.store.read().walked == walked
