"""A place that the tenant cannot show: found within a run, stepped over by the next, and told."""

from datetime import timedelta

import pytest

from mpl_export.errors import TenantUnavailableError
from tests.support.fault_calls import empty_world
from tests.support.fault_world import HOUR, LIMIT, MINUTE, TODAY
from tests.support.sap_tenant import Fault, failing_interval


@pytest.mark.parametrize("status", [None, 500], ids=["times out", "fails"])
@pytest.mark.parametrize("age", [6 * MINUTE, HOUR, 12 * HOUR, 29 * 24 * HOUR])
def test_a_place_that_cannot_be_shown_holds_up_two_runs_at_most(
    status: int | None, age: timedelta
) -> None:
    """Were it not found within one run's time, no run would ever get past it.

    And everything behind it would be lost when the tenant deletes it.
    """
    world = empty_world()
    world.environment["START_FROM"] = "P30D"
    place = TODAY - age
    for minutes in range(-10, 3):
        world.tenant.add(log_end=place + minutes * 2 * MINUTE + MINUTE)
    world.tenant.add(log_end=place)
    fault = world.tenant.faults.add(failing_interval(place, status=status))

    with pytest.raises(TenantUnavailableError, match="cannot show"):
        world.run()
    report = world.run()

    assert report.caught_up
    assert report.stepped_over == [place]
    assert len(world.truth()) - len(world.states()) == 1
    world.tenant.faults.remove(fault)
    now = world.clock.now()
    world.export(now - 30 * 24 * HOUR, now, "reconcile")
    assert world.states() == world.truth()


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
