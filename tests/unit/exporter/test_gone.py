"""What the tenant deleted before any run had read it is told, once, from when to when."""

import logging

import pytest

from mpl_export.errors import UnexpectedResponseError
from mpl_export.metrics import Metric
from mpl_export.model import Span
from operate.sap_tenant import Fault
from tests.support.exporter.exporter_harness import Harness
from tests.support.kills.killable_effects import Killed, Life
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE

KEEPS = 30 * DAY
GAP = Span(since=NOON, until=NOON + 5 * DAY)


def after_an_outage(harness: Harness, days: int = 35) -> None:
    """A run at noon, and then none for so many days."""
    harness.run()
    harness.later(days * DAY)
    harness.tenant.add(log_end=harness.clock.now() - 30 * DAY + HOUR)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The warnings of it."""
    return [text for text in caplog.messages if "gone for good" in text]


def test_an_outage_beyond_the_retention_is_told_once(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    """By the report, the log and a metric that has an alarm; and what is left is archived."""
    after_an_outage(harness)
    with caplog.at_level(logging.WARNING):
        report = harness.run()
        harness.later()
        next_one = harness.run()

    assert report.gone == GAP
    assert report.as_json()["gone"] == {
        "since": "2026-11-22T12:00:00.000Z",
        "until": "2026-11-27T12:00:00.000Z",
    }
    assert len(warnings(caplog)) == 1
    assert "from 2026-11-22T12:00:00.000Z to 2026-11-27T12:00:00.000Z" in warnings(caplog)[0]
    assert "30 days (TenantRetentionDays)" in warnings(caplog)[0]
    assert "gone" not in next_one.as_json()
    assert harness.meter.values(Metric.READING_LIMITED) == [1]
    assert harness.states() == harness.truth()


def test_runs_that_fail_do_not_tell_it(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    """One that gets past it does: it knows how much it is."""
    after_an_outage(harness)
    fault = harness.tenant.faults.add(Fault(kind="redirect", times=None, match="Logs?"))
    for _ in range(3):
        with pytest.raises(UnexpectedResponseError):
            harness.run()
        harness.later()
    assert warnings(caplog) == []

    harness.tenant.faults.remove(fault)
    report = harness.run()

    assert report.gone == Span(since=NOON, until=NOON + 5 * DAY + 15 * MINUTE)
    assert len(warnings(caplog)) == 1


def test_one_that_is_killed_tells_it_twice_rather_than_never(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whichever effect was its last: once it is committed, nobody could know."""
    whole = Life()
    harness = Harness()
    after_an_outage(harness)
    harness.prepared(whole).scheduled()

    for number in range(len(whole.effects)):
        again = Harness()
        after_an_outage(again)
        caplog.clear()
        with pytest.raises(Killed):
            again.prepared(Life(left=number)).scheduled()
        again.later(20 * MINUTE)
        again.run()

        assert len(warnings(caplog)) in (1, 2), f"killed before {whole.effects[number]}"
        assert (Metric.READING_LIMITED, 1) in again.meter.told


@pytest.mark.parametrize("days", [1, 30])
def test_an_outage_within_the_retention_lost_nothing(harness: Harness, days: int) -> None:
    """The tenant has it all."""
    after_an_outage(harness, days)

    assert harness.run().gone is None


def test_what_was_gone_when_the_export_began_is_no_gap() -> None:
    """``StartFrom`` may ask for more than there is, and the first catch-up may take many runs."""
    harness = Harness(environment={"START_FROM": "P90D"})
    harness.tenant.behaviour.page_cap = 2
    for age in range(1, 30):
        harness.tenant.add(log_end=NOON - age * DAY)

    assert harness.run().gone is None
    harness.later(5 * MINUTE)
    assert harness.run().gone is None


def test_one_that_never_worked_lost_what_was_there_at_its_beginning() -> None:
    """Before its first run the retention had the last word, not the outage."""
    harness = Harness(environment={"START_FROM": "P90D"})
    harness.tenant.faults.add(Fault(kind="redirect", match="Logs?"))
    with pytest.raises(UnexpectedResponseError):
        harness.run()
    harness.later(3 * DAY)

    assert harness.run().gone == Span(since=NOON - KEEPS, until=NOON + 3 * DAY - KEEPS)


def test_what_the_archive_would_not_keep_is_no_gap() -> None:
    """It would be gone from there as well."""
    harness = Harness(environment={"ARCHIVE_RETENTION_DAYS": "35", "TENANT_RETENTION_DAYS": "30"})
    after_an_outage(harness, 90)

    assert harness.run().gone == Span(since=NOON + 55 * DAY, until=NOON + 60 * DAY)
