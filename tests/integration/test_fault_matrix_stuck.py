"""A place that the tenant cannot show: found within a run, stepped over by the next, and told."""

from datetime import datetime, timedelta

import pytest

from mpl_export.errors import TenantUnavailableError
from operate.sap_tenant import Fault, failing_interval
from tests.support.exporter.secret_watch import SecretWatch
from tests.support.faults.fault_calls import empty_world, memory_world
from tests.support.faults.fault_endings import UNAVAILABLE, WELL, Ending
from tests.support.faults.fault_play import settle
from tests.support.faults.fault_world import HOUR, LIMIT, MINUTE, TODAY, FaultWorld
from tests.support.faults.row_fault_table import (
    BAD_OPEN_LOGS,
    BAD_PLACES,
    STEPS_OVER,
    STEPS_OVER_ONE,
    BadPlace,
    Reader,
)

MONTH = timedelta(days=30)

everywhere = pytest.mark.parametrize("age", [6 * MINUTE, HOUR, 12 * HOUR, 29 * 24 * HOUR], ids=str)
each = pytest.mark.parametrize("bad", BAD_PLACES, ids=lambda bad: bad.name)


def world_with(bad: BadPlace, place: datetime) -> tuple[FaultWorld, Fault]:
    """A tenant with logs before and behind the place that it cannot show."""
    world = empty_world()
    world.environment["START_FROM"] = "P30D"
    for minutes in range(-10, 3):
        world.tenant.add(log_end=place + minutes * 2 * MINUTE + MINUTE)
    return world, world.tenant.faults.add(bad.make(place, world.tenant.add(log_end=place)))


@each
@everywhere
def test_a_place_that_cannot_be_shown_holds_up_two_runs_at_most(
    bad: BadPlace, age: timedelta, watch: SecretWatch
) -> None:
    """Were it not found within one run's time, no run would ever get past it.

    And everything behind it would be lost when the tenant deletes it.
    """
    assert (bad.ends["run"], bad.ends["next run"]) == (UNAVAILABLE, STEPS_OVER)
    place = TODAY - age
    world, fault = world_with(bad, place)

    with watch.over(world):
        with pytest.raises(TenantUnavailableError, match="cannot show") as caught:
            world.run()
        watch.note(caught.value)
        report = world.run()

        assert report.caught_up
        assert report.stepped_over == [place]
        assert len(world.truth()) - len(world.states()) == 1
        world.tenant.faults.remove(fault)
        now = world.clock.now()
        world.export(now - MONTH, now, "reconcile")
        assert world.states() == world.truth()
    assert '"ReadingLimited":[1.0]' in watch.written.getvalue()


@each
@everywhere
def test_a_reconcile_steps_over_such_a_place_at_once(
    bad: BadPlace, age: timedelta, watch: SecretWatch
) -> None:
    """There is no next one today, and what comes behind the place is not to wait."""
    assert bad.ends["reconcile"] == STEPS_OVER
    place = TODAY - age
    world, _ = world_with(bad, place)

    with watch.over(world):
        report = world.export(TODAY - MONTH, TODAY, "reconcile")

    assert report.caught_up
    assert report.stepped_over == [place]
    assert len(world.truth()) - len(world.states()) == 1


@each
@everywhere
def test_a_backfill_archives_all_but_such_a_place_and_fails(
    bad: BadPlace, age: timedelta, watch: SecretWatch
) -> None:
    """Whoever asked for the span has to know that it is not complete."""
    assert bad.ends["backfill"] == UNAVAILABLE
    world, _ = world_with(bad, TODAY - age)

    with watch.over(world), pytest.raises(TenantUnavailableError, match="1 milliseconds"):
        world.export(TODAY - MONTH, TODAY, "backfill")

    assert len(world.truth()) - len(world.states()) == 1


@pytest.mark.parametrize("bad", BAD_OPEN_LOGS, ids=lambda bad: bad.name)
@pytest.mark.parametrize("number", [0, 3, 6], ids=["first", "middle", "last"])
def test_an_open_log_that_cannot_be_shown_hides_no_other(
    bad: BadPlace, number: int, watch: SecretWatch
) -> None:
    """The sweep reads on behind it, and the run ends well; spans of time do not meet it at all."""
    ends: dict[Reader, Ending] = {"run": STEPS_OVER_ONE, "next run": STEPS_OVER_ONE}
    assert bad.ends == {**ends, "reconcile": WELL, "backfill": WELL}
    world = memory_world()
    undated = [str(r["MessageGuid"]) for r in world.tenant.rows() if r["LogEnd"] is None]
    fault = world.tenant.faults.add(bad.make(TODAY, undated[number]))

    with watch.over(world):
        for _ in range(2):
            report = world.run()
            assert report.caught_up
            assert report.open_logs_stepped_over == 1
            assert len(world.truth()) - len(world.states()) == 1
            world.clock.turn(HOUR)
        for purpose in ("reconcile", "backfill"):
            assert world.export(TODAY - MONTH, TODAY, purpose).caught_up
        world.tenant.faults.remove(fault)
        settle(world)

    assert '"ReadingLimited":[1.0]' in watch.written.getvalue()


def test_a_backfill_says_so_if_the_last_millisecond_of_its_span_is_missing() -> None:
    """Nothing comes after it whose answer could carry the news."""
    world = empty_world()
    last = TODAY - HOUR
    world.tenant.add(log_end=last - MINUTE)
    world.tenant.add(log_end=last)
    world.tenant.faults.add(failing_interval(last))

    with pytest.raises(TenantUnavailableError, match="1 milliseconds"):
        world.export(last - HOUR, last + timedelta(milliseconds=1), "backfill")

    assert len(world.records()) == 1


def test_an_outage_steps_over_nothing_even_where_a_run_had_stuck() -> None:
    """What comes after the place has to be answered for, or the position would pass it."""
    world = empty_world()
    place = TODAY - HOUR
    world.tenant.add(log_end=place)
    fault = world.tenant.faults.add(failing_interval(place))
    with pytest.raises(TenantUnavailableError):
        world.run()
    before = world.checkpoints.read().position
    world.tenant.faults.remove(fault)
    world.tenant.faults.add(Fault(kind="status", status=503, times=None))

    with pytest.raises(TenantUnavailableError):
        world.run()

    assert world.checkpoints.read().position == before
    world.tenant.faults.clear()
    world.clock.turn(LIMIT)
    assert world.run().caught_up
    assert world.states() == world.truth()
