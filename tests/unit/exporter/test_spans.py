"""Spans of one's choice: a reconcile and a backfill, beside the scheduled runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from mpl_export.errors import NoProgressError, TenantUnavailableError, UnexpectedResponseError
from mpl_export.exporter.events import ExportSpan, SpanPurpose, request_of
from mpl_export.instants import iso_instant
from mpl_export.metrics import Metric
from mpl_export.model import Span
from operate.sap_tenant import Fault, Request, SapTenant, unreadable_row
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


class TestSpans:
    """Reconcile and backfill: the same verb, without lease and commit."""

    def test_a_reconcile_counts_what_the_runs_missed(self, harness: Harness) -> None:
        """A log that came later than the overlap is found by it, once."""
        harness.tenant.add(log_end=NOON - HOUR)
        harness.tenant.add(log_end=NOON - 2 * HOUR, visible_from=NOON + MINUTE)
        harness.run()
        harness.later()
        harness.tenant.add(log_end=harness.clock.now() - SECOND)

        report = harness.export(NOON - DAY, harness.clock.now(), "reconcile")

        assert (report.versions_stored, report.late) == (2, 1)
        assert report.as_json()["late_by"] == {"up_to_6h": 1}
        assert harness.meter.values(Metric.LATE_LOGS) == [1]
        assert harness.export(NOON - DAY, harness.clock.now(), "reconcile").late == 0
        assert harness.meter.values(Metric.LATE_LOGS) == [1, 0]

    def test_a_reconcile_that_fails_tells_what_it_found(self, harness: Harness) -> None:
        """The next one finds those logs in the archive, and none of them late."""
        harness.tenant.behaviour.page_cap = 5
        for n in range(20):
            harness.tenant.add(log_end=NOON - 9 * HOUR + n * MINUTE, visible_from=NOON + MINUTE)
        harness.run()
        harness.later()
        harness.tenant.faults.add(Fault(kind="redirect", match="Logs?", after=2))

        with pytest.raises(UnexpectedResponseError):
            harness.export(NOON - DAY, NOON, "reconcile")

        stored = len(harness.records())
        assert stored > 0
        assert harness.meter.values(Metric.LATE_LOGS) == [stored]

    def test_an_amended_row_is_not_late(self, harness: Harness) -> None:
        """The runs had not missed it; the tenant corrected it without moving its end."""
        guid = harness.tenant.add(log_end=NOON - HOUR, status="FAILED")
        harness.run()
        harness.tenant.change(guid, CustomStatus="checked")

        report = harness.export(NOON - DAY, NOON, "reconcile")

        assert (report.versions_stored, report.late) == (1, 0)
        assert [record.get("Amended") for record in harness.records()] == [None, True]

    def test_a_reconcile_begins_no_earlier_than_the_export_did(self) -> None:
        """What lies before ``StartFrom`` is not late: nobody wanted it."""
        harness = Harness(environment={"START_FROM": "PT3H"})
        harness.tenant.add(log_end=NOON - 5 * HOUR)
        harness.tenant.add(log_end=NOON - HOUR)
        harness.run()

        report = harness.export(NOON - 2 * DAY, NOON, "reconcile")

        assert (report.rows_read, report.late) == (1, 0)
        assert harness.export(NOON - 2 * DAY, NOON - DAY, "reconcile").caught_up

    @pytest.mark.parametrize("purpose", ["reconcile", "backfill"])
    def test_neither_moves_the_position(self, harness: Harness, purpose: str) -> None:
        """They say nothing about what lies before or behind their span."""
        harness.tenant.add(log_end=NOON - 2 * HOUR)
        span = Span(since=NOON - 3 * HOUR, until=NOON)

        first = harness.prepared().span(
            ExportSpan(span, "reconcile" if purpose == "reconcile" else "backfill")
        )

        assert first.versions_stored == 1
        assert harness.position is None
        assert harness.run().since == NOON - DAY

    def test_a_backfill_needs_no_lease(self, harness: Harness) -> None:
        """It runs beside the scheduled runs."""
        harness.tenant.add(log_end=NOON - 2 * HOUR)

        with harness.checkpoints.lease("run", now=NOON, until=NOON + HOUR, start_from=NOON):
            report = harness.export(NOON - 3 * HOUR, NOON, "backfill")

        assert report.versions_stored == 1

    def test_what_a_backfill_stored_is_not_stored_again(self, harness: Harness) -> None:
        """Each version once in the whole archive."""
        for n in range(5):
            harness.tenant.add(log_end=NOON - n * HOUR - MINUTE)
        harness.export(NOON - 3 * HOUR, NOON, "backfill")

        assert harness.run().versions_stored == 2
        assert harness.states() == harness.truth()

    def test_a_backfill_emits_no_rows_read(self, harness: Harness) -> None:
        """It would keep the alarm on a silent tenant quiet."""
        harness.tenant.add(log_end=NOON - HOUR)
        harness.export(NOON - 3 * HOUR, NOON, "backfill")
        assert harness.meter.values(Metric.ROWS_READ) == []

        harness.run()
        assert harness.meter.values(Metric.ROWS_READ) == [1]

    def test_a_span_that_runs_out_of_time_says_where_to_go_on(self, harness: Harness) -> None:
        """A repeat that began at the beginning would never get further than the first one."""
        harness.tenant.behaviour.page_cap = 2
        for n in range(60):
            harness.tenant.add(log_end=NOON - 11 * HOUR + n * 10 * MINUTE)

        harness.tenant.on_request.append(_taking(harness, 2 * MINUTE))
        since, invocations, stored = NOON - 12 * HOUR, 0, 0
        while True:
            report = harness.export(since, NOON, "backfill")
            assert report.reached is not None
            invocations += 1
            stored += report.versions_stored
            if report.caught_up:
                break
            assert since < report.reached < NOON
            assert report.versions_stored > 0
            since = report.reached

        assert report.reached == NOON
        assert invocations > 3
        assert stored == 60
        assert harness.states() == harness.truth()

    @pytest.mark.parametrize("purpose", ["backfill", "reconcile"])
    def test_a_tie_that_no_run_can_walk_is_walked_by_several(
        self, harness: Harness, purpose: SpanPurpose
    ) -> None:
        """Each goes on where the one before it stopped; from its start it would never end."""
        harness.tenant.behaviour.page_cap = 10
        tie = NOON - 6 * HOUR
        for _ in range(100):
            harness.tenant.add(log_end=tie)
        harness.tenant.add(log_end=tie + HOUR)
        harness.tenant.on_request.append(_taking(harness, 2 * MINUTE))
        event: dict[str, object] = {
            "since": iso_instant(NOON - 12 * HOUR),
            "until": iso_instant(NOON),
            "purpose": purpose,
        }
        reports: list[dict[str, object]] = []
        while not reports or not reports[-1]["caught_up"]:
            request = request_of(event, harness.clock.now())
            assert isinstance(request, ExportSpan)
            report = orjson.loads(orjson.dumps(harness.prepared().span(request).as_json()))
            assert (report["reached"], report["walked"]) != (event["since"], event.get("walked"))
            event |= {"since": report["reached"], "walked": report["walked"]}
            reports.append(report)

        assert len(reports) > 3
        assert reports[-1]["walked"] is None
        assert harness.states() == harness.truth()

    def test_a_run_that_gets_nowhere_fails(self, harness: Harness) -> None:
        """Whoever goes on where it stopped would go on for ever."""
        harness.tenant.add(log_end=NOON - HOUR)
        harness.tenant.on_request.append(_taking(harness, 11 * MINUTE))
        harness.tenant.faults.add(Fault(kind="status", status=503, match="Logs?"))

        with pytest.raises(NoProgressError, match="nothing of the span"):
            harness.export(NOON - 12 * HOUR, NOON, "backfill")

    def test_a_span_that_fails_says_where_to_go_on_too(
        self, harness: Harness, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its report is never returned."""
        harness.tenant.behaviour.page_cap = 2
        for n in range(10):
            harness.tenant.add(log_end=NOON - 11 * HOUR + n * HOUR)
        harness.tenant.faults.add(Fault(kind="redirect", match="Logs?", after=3))

        with pytest.raises(UnexpectedResponseError):
            harness.export(NOON - 12 * HOUR, NOON, "backfill")

        [message] = [record.getMessage() for record in caplog.records]
        assert "go on from 2026-11-22T0" in message

    def test_a_backfill_leaves_out_what_the_archive_would_not_keep(self) -> None:
        """Of a span that has expired as a whole nothing is read."""
        harness = Harness(environment={"ARCHIVE_RETENTION_DAYS": "35"})
        harness.tenant.add(log_end=NOON - 40 * DAY)
        harness.tenant.add(log_end=NOON - 30 * DAY, guid="young")

        report = harness.export(NOON - 60 * DAY, NOON, "backfill")
        assert [state[0] for state in harness.states()] == ["young"]
        assert report.expired_before == NOON - 35 * DAY

        report = harness.export(NOON - 60 * DAY, NOON - 50 * DAY, "backfill")
        assert (report.caught_up, report.rows_read) == (True, 0)
        assert report.reached == report.until

    def test_everything_there_is_may_be_asked_for(self, harness: Harness) -> None:
        """0001-01-01 is what people write for the beginning."""
        harness.tenant.add(log_end=NOON - HOUR)

        harness.export(datetime.min.replace(tzinfo=UTC), NOON, "backfill")

        assert harness.states() == harness.truth()

    def test_poison_does_not_stop_a_reconcile(self, harness: Harness) -> None:
        """It leaves the millisecond out at once: there is no next one today."""
        poisoned = harness.tenant.add(log_end=NOON - 6 * HOUR)
        harness.tenant.add(log_end=NOON - 5 * HOUR)
        harness.tenant.faults.add(unreadable_row(poisoned))

        report = harness.export(NOON - DAY, NOON, "reconcile")

        assert report.caught_up
        assert report.stepped_over == [NOON - 6 * HOUR]
        assert len(harness.records()) == 1

    def test_a_backfill_with_poison_archives_the_rest_and_fails(self, harness: Harness) -> None:
        """Whoever asked for the span has to know that it is not complete."""
        poisoned = harness.tenant.add(log_end=NOON - 6 * HOUR)
        harness.tenant.add(log_end=NOON - 5 * HOUR)
        harness.tenant.faults.add(unreadable_row(poisoned))

        with pytest.raises(TenantUnavailableError, match="all else is archived"):
            harness.export(NOON - DAY, NOON, "backfill")

        assert len(harness.records()) == 1


def _taking(harness: Harness, time: timedelta) -> Callable[[SapTenant, Request], None]:
    """Let each request take so long."""

    def take(_tenant: SapTenant, _request: Request) -> None:
        harness.clock.turn(time)

    return take
