"""What a plan says of a backfill, and that it writes nothing."""

import json

import pytest

from mpl_export.exporter.backfill_plan import BackfillPlan
from mpl_export.exporter.events import PlanSpan
from mpl_export.exporter.slices import MOST_SLICES, SLICE_ROWS
from mpl_export.instants import iso_instant
from mpl_export.model import Span
from operate.sap_tenant import Fault
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

MONTH = Span(since=NOON - 30 * DAY, until=NOON)


def planned(harness: Harness, span: Span = MONTH, *, slice_rows: int = SLICE_ROWS) -> BackfillPlan:
    """Plan a span."""
    return harness.prepared().plan(PlanSpan(span, slice_rows))


def test_a_plan_says_what_there_is_and_what_it_takes(harness: Harness) -> None:
    """Rows as the tenant counts them, slices that hold all of them, and how fast a page comes."""
    for n in range(300):
        harness.tenant.add(log_end=NOON - 10 * DAY + n * MINUTE)
    harness.before_request.append(lambda: harness.clock.turn(2 * SECOND))

    plan = planned(harness, slice_rows=100).as_json()

    assert plan["purpose"] == "plan"
    assert (plan["rows"], plan["uncounted"], plan["rest"]) == (300, 0, None)
    assert sum(each["rows"] for each in plan["slices"]) == 300
    assert len(plan["slices"]) > 2
    assert plan["slices"][0]["since"] == plan["since"] == iso_instant(MONTH.since)
    assert plan["requests"] == 3 * len(plan["slices"])
    assert plan["page_seconds"] == 2.0
    assert plan["requests_to_plan"] == len(harness.tenant.requests)


def test_a_plan_writes_nothing(harness: Harness) -> None:
    """Not even whose archive it is: people look before they begin."""
    harness.tenant.add(log_end=NOON - HOUR)

    planned(harness)

    assert not harness.objects.held
    assert harness.checkpoints.read().start_from is None
    assert not harness.meter.told


def test_what_has_expired_is_not_planned() -> None:
    """No run would store it."""
    harness = Harness(environment={"ARCHIVE_RETENTION_DAYS": "35"})

    plan = planned(harness, Span(since=NOON - 60 * DAY, until=NOON)).as_json()
    assert plan["expired_before"] == plan["slices"][0]["since"] == iso_instant(NOON - 35 * DAY)

    plan = planned(harness, Span(since=NOON - 60 * DAY, until=NOON - 50 * DAY)).as_json()
    assert (plan["slices"], plan["rows"], plan["page_seconds"]) == ([], 0, None)


def test_a_tenant_that_cannot_count_is_not_asked_for_ever(harness: Harness) -> None:
    """Each question takes it half a minute; days do as slices, too."""
    harness.tenant.add(log_end=NOON - HOUR)
    harness.tenant.faults.add(Fault(kind="status", match="$count", times=None))

    plan = planned(harness).as_json()

    assert len(plan["slices"]) == plan["uncounted"] == 31
    assert plan["requests_to_plan"] < 6


def test_a_tenant_that_stops_counting_is_not_asked_for_each_day(harness: Harness) -> None:
    """It counted the whole; three questions without an answer are enough."""
    for n in range(300):
        harness.tenant.add(log_end=NOON - 20 * DAY + n * HOUR)
    harness.tenant.faults.add(Fault(kind="status", match="$count", after=1, times=None))

    plan = planned(harness, slice_rows=100).as_json()

    assert plan["uncounted"] == len(plan["slices"]) == 31
    assert plan["requests_to_plan"] < 8


def test_a_plan_ends_in_time(harness: Harness) -> None:
    """What is not counted by then is cut into days."""
    for n in range(300):
        harness.tenant.add(log_end=NOON - 20 * DAY + n * HOUR)
    harness.before_request.append(lambda: harness.clock.turn(2 * MINUTE))

    plan = planned(harness, slice_rows=100).as_json()

    assert plan["uncounted"] > 0
    assert plan["page_seconds"] is None


@pytest.mark.parametrize("threads", ["1", "4"])
def test_a_plan_holds_no_more_than_a_state_machine_can_carry(
    harness: Harness, threads: str
) -> None:
    """The rest is another plan's, and the plan says where that begins."""
    harness.environment["PAGE_CONCURRENCY"] = threads
    harness.tenant.faults.add(Fault(kind="status", match="$count", times=None))

    plan = planned(harness, Span(since=NOON - 5_000 * DAY, until=NOON)).as_json()

    assert len(plan["slices"]) <= MOST_SLICES
    assert len(json.dumps(plan)) < 200 * 1024
    last = plan["slices"][-1]["until"]
    assert plan["rest"] is None or plan["rest"] == {"since": last, "until": iso_instant(NOON)}
