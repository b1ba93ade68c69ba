"""The lag: what it is measured from, from the installation on."""

from datetime import datetime, timedelta

import pytest

from mpl_export.checkpoint import Checkpoint
from mpl_export.exporter.standing import Standing
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE

ZERO = timedelta(0)


def lag(now: datetime = NOON, **known: datetime) -> timedelta | None:
    """The lag by what a checkpoint knows."""
    return Standing.of(Checkpoint(**known)).lag(now)  # type: ignore[arg-type]  # instants only


def test_an_installation_that_never_worked_has_no_lag() -> None:
    """A small one would say "all well"; none at all makes the alarm fire."""
    assert lag() is None
    assert lag(first_run=NOON - HOUR, start_from=NOON - DAY, reached=NOON - HOUR) is None


def test_a_first_catch_up_is_measured_by_its_progress() -> None:
    """It may have a month to read; only one that stands still is behind."""
    known = {"first_success": NOON - 3 * HOUR, "reached": NOON - 20 * DAY}

    assert lag(**known, progressed=NOON - MINUTE) == MINUTE
    assert lag(**known, progressed=NOON - 2 * HOUR) == 2 * HOUR


def test_from_then_on_it_is_the_distance_to_what_is_reached() -> None:
    """Progress alone says nothing: a run may get further and further behind."""
    known = {"first_success": NOON - DAY, "caught_up": NOON - DAY, "progressed": NOON}

    assert lag(**known, reached=NOON - 2 * HOUR) == 2 * HOUR


@pytest.mark.parametrize(("ahead", "expected"), [(HOUR, ZERO), (-HOUR, HOUR)])
def test_an_export_that_waits_for_its_start_is_behind_from_there(
    ahead: timedelta, expected: timedelta
) -> None:
    """A start in the future is not behind until it is over."""
    known = {"first_success": NOON - DAY, "caught_up": NOON - DAY}

    assert lag(**known, start_from=NOON + ahead) == expected


def test_a_clock_that_goes_back_makes_no_negative_lag() -> None:
    """What was reached may lie ahead of the function's clock."""
    known = {"first_success": NOON, "caught_up": NOON, "reached": NOON + MINUTE}

    assert lag(**known) == ZERO
