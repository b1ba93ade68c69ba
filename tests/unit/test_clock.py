"""Deadlines, told by the clock that never goes back."""

from datetime import UTC, timedelta

from mpl_export.clock import Deadline, SystemClock
from tests.support.manual_clock import ManualClock


def test_a_deadline_passes_when_its_time_is_up() -> None:
    """At the instant itself nothing more may be begun."""
    clock = ManualClock()
    deadline = Deadline.after(clock, timedelta(seconds=10))

    assert deadline.seconds_left() == 10
    clock.turn(timedelta(seconds=9.5))
    assert not deadline.passed()
    assert deadline.seconds_left() == 0.5
    clock.turn(timedelta(seconds=0.5))
    assert deadline.passed()
    clock.turn(timedelta(seconds=5))
    assert deadline.seconds_left() == 0


def test_a_host_that_sets_its_clock_moves_no_deadline() -> None:
    """Lambda ends a run by its own measure, whatever the time of day is said to be."""
    clock = ManualClock()
    deadline = Deadline.after(clock, timedelta(seconds=10))

    clock.skew = timedelta(days=1)

    assert deadline.seconds_left() == 10


def test_an_earlier_deadline_leaves_the_margin() -> None:
    """What is stopped by it has so much time left for what comes after."""
    deadline = Deadline.after(ManualClock(), timedelta(seconds=10))

    assert deadline.earlier(timedelta(seconds=4)).seconds_left() == 6
    assert deadline.earlier(timedelta(seconds=40)).passed()


def test_the_system_clock_is_in_utc() -> None:
    """Spans refuse anything else."""
    clock = SystemClock()

    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
