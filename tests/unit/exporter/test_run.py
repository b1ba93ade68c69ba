"""Runs: what is read, what is stored, and what is said to be done, from one run to the next."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import (
    AwsUnavailableError,
    TenantMismatchError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.exporter.events import ExportSpan
from mpl_export.instants import iso_instant
from mpl_export.metrics import Metric
from mpl_export.model import Span
from mpl_export.tenant.paging import UnreadableInstantError
from tests.support.mortality import Killed, Life
from tests.support.rig import Rig
from tests.support.sap_tenant import Fault, Request, SapTenant, failing_interval, unreadable_row
from tests.support.turning_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

MILLISECOND = timedelta(milliseconds=1)
OVERLAP = 15 * MINUTE
EVERY = 5 * MINUTE


@pytest.fixture
def rig() -> Rig:
    """An exporter whose first run begins a day before noon."""
    return Rig()


def position(rig: Rig) -> datetime | None:
    """The position as it was committed."""
    return rig.checkpoints.read().position


def later(rig: Rig, by: timedelta = EVERY) -> None:
    """The next run is due."""
    rig.clock.turn(by)


class TestPosition:
    """The position moves past what is stored, and stays behind the run's start by the overlap."""

    def test_a_run_exports_what_is_new_and_nothing_twice(self, rig: Rig) -> None:
        """An hour of runs, each with something new."""
        for _ in range(12):
            rig.tenant.add(log_end=rig.clock.now() - MINUTE)
            rig.tenant.add(log_end=rig.clock.now() - 14 * MINUTE)
            rig.run()
            later(rig)

        assert rig.states() == rig.truth()

    def test_the_position_stays_behind_by_the_overlap(self, rig: Rig) -> None:
        """Logs become visible late; what is not yet over is read again."""
        report = rig.run()

        assert position(rig) == NOON - OVERLAP
        assert (report.since, report.until) == (NOON - DAY, NOON)
        assert report.caught_up

    def test_the_next_run_begins_at_the_position(self, rig: Rig) -> None:
        """And not at its own idea of when the last one was."""
        rig.run()
        later(rig, 3 * HOUR)

        assert rig.run().since == NOON - OVERLAP

    def test_a_log_that_comes_late_within_the_overlap_is_found(self, rig: Rig) -> None:
        """The next run reads its place again."""
        rig.tenant.add(log_end=NOON - MINUTE, visible_from=NOON + 4 * MINUTE)
        assert rig.run().versions_stored == 0
        later(rig)

        report = rig.run()

        assert report.versions_stored == 1
        assert rig.states() == rig.truth()

    def test_the_overlap_is_a_setting(self) -> None:
        """A tenant with slow nodes needs more."""
        rig = Rig(environment={"OVERLAP_MINUTES": "60"})
        rig.run()

        assert position(rig) == NOON - HOUR

    def test_a_log_that_changes_is_stored_again(self, rig: Rig) -> None:
        """Each version that the tenant showed is kept."""
        guid = rig.tenant.add(status="RETRY", log_end=NOON - MINUTE)
        rig.run()
        later(rig)
        rig.tenant.change(guid, status="COMPLETED", log_end=rig.clock.now() - SECOND)
        rig.run()

        assert [state[2] for state in rig.states()] == ["RETRY", "COMPLETED"]

    def test_where_to_start_is_resolved_once(self, rig: Rig) -> None:
        """``P1D`` means a day before the first run, also when that run got nowhere."""
        rig.tenant.add(log_end=NOON - 20 * HOUR)
        outage = rig.tenant.faults.add(Fault(kind="status", status=503, times=None))
        with pytest.raises(TenantUnavailableError):
            rig.run()
        rig.tenant.faults.remove(outage)
        later(rig, 6 * HOUR)

        report = rig.run()

        assert report.since == NOON - DAY
        assert rig.states() == rig.truth()

    def test_a_start_in_the_future_is_waited_for(self) -> None:
        """Nothing is read before it, and nothing is claimed."""
        rig = Rig(environment={"START_FROM": iso_instant(NOON + HOUR)})
        rig.tenant.add(log_end=NOON - MINUTE)

        report = rig.run()

        assert (report.rows_read, report.caught_up) == (0, True)
        assert position(rig) is None

    def test_a_clock_that_is_ahead_does_not_eat_the_overlap(self, rig: Rig) -> None:
        """The position follows the tenant's clock: late logs are found as ever."""
        rig.clock.skew = 40 * MINUTE
        rig.tenant.add(log_end=NOON - MINUTE, visible_from=NOON + 4 * MINUTE)
        rig.run()

        assert position(rig) == NOON - OVERLAP
        later(rig)
        rig.run()
        assert rig.states() == rig.truth()

    def test_a_clock_that_is_behind_reads_the_rest_later(self, rig: Rig) -> None:
        """Nothing is lost by it."""
        rig.clock.skew = -40 * MINUTE
        rig.tenant.add(log_end=NOON - MINUTE)
        rig.run()
        assert position(rig) == NOON - 40 * MINUTE - OVERLAP

        rig.clock.skew = timedelta(0)
        later(rig)
        rig.run()
        assert rig.states() == rig.truth()

    def test_a_position_ahead_of_the_tenants_clock_does_not_fall(self, rig: Rig) -> None:
        """The tenant's clock was set back: there is nothing to read until it has caught up."""
        rig.run()
        before = position(rig)
        rig.tenant.behaviour.clock_offset = -2 * HOUR

        report = rig.run()

        assert position(rig) == before
        assert report.caught_up
        assert report.rows_read == 0


class TestLease:
    """One run at a time: it saves the tenant double load."""

    def test_a_run_that_finds_it_held_says_so_and_ends_well(self, rig: Rig) -> None:
        """It is no failure: the other one is at work."""
        rig.tenant.add(log_end=NOON - MINUTE)
        first = rig.prepared()

        with rig.checkpoints.lease("another", now=NOON, until=NOON + HOUR, start_from=NOON - DAY):
            report = first.scheduled()

        assert not report.caught_up
        assert (report.since, report.rows_read, report.requests) == (None, 0, 0)
        assert rig.objects.held == {}
        assert len(rig.meter.values(Metric.LAG_SECONDS)) == 1

    def test_it_is_given_back_at_the_end(self, rig: Rig) -> None:
        """The next run does not wait for the time that was left."""
        rig.run()

        assert rig.run().caught_up

    def test_it_is_given_back_after_a_failure(self, rig: Rig) -> None:
        """The next run is the retry."""
        rig.tenant.faults.add(Fault(kind="redirect", match="Logs?"))
        with pytest.raises(Exception, match="redirects"):
            rig.run()

        assert rig.run().caught_up

    def test_a_killed_run_frees_itself_when_its_time_is_over(self, rig: Rig) -> None:
        """Nobody else could: it was killed."""
        lease = rig.checkpoints.lease(
            "killed", now=NOON, until=NOON + 14 * MINUTE, start_from=NOON - DAY
        )
        lease.__enter__()

        later(rig)
        assert rig.run().since is None
        later(rig, 10 * MINUTE)
        assert rig.run().since is not None


class TestFailing:
    """What was stored is claimed, and nothing more."""

    def test_what_was_not_stored_is_not_committed(self, rig: Rig) -> None:
        """The position moves only past data that S3 has acknowledged."""
        rig.tenant.add(log_end=NOON - 20 * HOUR)
        rig.tenant.add(log_end=NOON - 10 * HOUR)

        def fail(key: str) -> None:
            if "/0200Z" in key:
                raise AwsUnavailableError("AWS could not write")

        rig.objects.before_put = fail
        with pytest.raises(AwsUnavailableError):
            rig.run()

        reached = rig.checkpoints.read().reached
        assert reached is not None
        assert reached <= NOON - 10 * HOUR
        assert len(rig.records()) == 1

    def test_a_failing_tenant_is_still_read_to_the_end(self, rig: Rig) -> None:
        """Each run gets further, because what was read before a failure is stored and claimed."""
        rig.tenant.behaviour.page_cap = 5
        for n in range(60):
            rig.tenant.add(log_end=NOON - 20 * HOUR + n * 10 * MINUTE)
        positions: list[datetime] = []

        for _ in range(30):
            rig.tenant.faults.clear()
            rig.tenant.faults.add(Fault(kind="redirect", match="Logs?", after=2))
            with suppress(UnexpectedResponseError):
                if rig.run().caught_up:
                    break
            where = position(rig)
            assert where is not None
            positions.append(where)
            later(rig)

        assert positions == sorted(set(positions))
        assert rig.states() == rig.truth()

    def test_time_running_out_is_no_failure(self, rig: Rig) -> None:
        """A first run has a month before it: the next ones go on where it stopped."""
        rig.tenant.behaviour.page_cap = 10
        for n in range(100):
            rig.tenant.add(log_end=NOON - 20 * HOUR + n * 10 * MINUTE)

        def slow(tenant: SapTenant, _request: Request) -> None:
            del tenant
            rig.clock.turn(2 * MINUTE)

        rig.tenant.on_request.append(slow)
        reports = []
        for _ in range(10):
            reports.append(rig.run())
            if reports[-1].caught_up:
                break

        assert not reports[0].caught_up
        assert reports[0].versions_stored > 0
        assert reports[-1].caught_up
        assert rig.states() == rig.truth()

    def test_a_run_killed_at_any_effect_changes_nothing_in_the_end(self) -> None:
        """Between any two things that it does to the outside, above all store and commit."""

        def begun() -> Rig:
            rig = Rig()
            for n in range(4):
                rig.tenant.add(log_end=NOON - 10 * HOUR + n * HOUR, status="FAILED")
            return rig

        whole = Life()
        begun().prepared(whole).scheduled()
        assert len(whole.effects) > 12

        for number in range(len(whole.effects)):
            rig = begun()
            with pytest.raises(Killed):
                rig.prepared(Life(left=number)).scheduled()
            later(rig, 15 * MINUTE)
            rig.run()

            assert rig.states() == rig.truth(), f"killed before {whole.effects[number]}"

    def test_no_thread_outlives_a_run_that_fails(self) -> None:
        """It would go on in a frozen container, and wake up within another run."""
        rig = Rig(environment={"PAGE_CONCURRENCY": "4"})
        rig.tenant.behaviour.page_cap = 3
        for n in range(200):
            rig.tenant.add(log_end=NOON - 20 * HOUR + n * 6 * MINUTE)
        rig.tenant.faults.add(Fault(kind="status", status=500, match="$count", times=None))

        def fail(key: str) -> None:
            if key.startswith("mpl/"):
                raise AwsUnavailableError("AWS could not write")

        rig.objects.before_put = fail
        with pytest.raises(AwsUnavailableError) as caught:
            rig.run()

        assert not [it for it in threading.enumerate() if it.name.startswith("slice")]
        assert caught.tb is not None  # it keeps the frames alive, as Lambda's own does

    def test_another_tenants_key_is_refused_before_anything_is_written(self, rig: Rig) -> None:
        """Two tenants in one archive could never be told apart again."""
        rig.objects.held["sources/tenant=demo.json"] = b'{"api_host": "other.example"}'
        rig.tenant.add(log_end=NOON - MINUTE)

        with pytest.raises(TenantMismatchError):
            rig.run()

        assert list(rig.objects.held) == ["sources/tenant=demo.json"]
        assert position(rig) is None


class TestStuck:
    """A millisecond that the tenant cannot show must not stop everything behind it."""

    def test_it_is_stepped_over_by_the_next_run_and_named(self, rig: Rig) -> None:
        """The first run says where it failed; the second leaves that out and reads on."""
        bad = NOON - 6 * HOUR + 7 * MILLISECOND
        rig.tenant.add(log_end=NOON - 7 * HOUR)
        poisoned = rig.tenant.add(log_end=bad)
        rig.tenant.add(log_end=NOON - 5 * HOUR)
        poison = rig.tenant.faults.add(unreadable_row(poisoned))

        with pytest.raises(UnreadableInstantError):
            rig.run()
        assert position(rig) == bad
        later(rig)
        report = rig.run()

        assert report.as_json()["stepped_over"] == [iso_instant(bad)]
        assert report.caught_up
        assert rig.meter.values(Metric.STEPPED_OVER) == [1]
        assert {state[0] for state in rig.states()} == {
            row[0] for row in rig.truth() if row[0] != poisoned
        }

        rig.tenant.faults.remove(poison)
        late = rig.export(NOON - 2 * DAY, rig.clock.now(), "reconcile")
        assert late.late == 1
        assert rig.states() == rig.truth()

    def test_another_millisecond_is_not_stepped_over_with_it(self, rig: Rig) -> None:
        """Only what failed throughout a run is left out."""
        first, second = NOON - 6 * HOUR, NOON - 5 * HOUR
        rig.tenant.faults.add(failing_interval(first))
        with pytest.raises(UnreadableInstantError):
            rig.run()
        rig.tenant.faults.add(failing_interval(second))
        later(rig)

        with pytest.raises(UnreadableInstantError) as caught:
            rig.run()

        assert caught.value.instant == second
        assert rig.checkpoints.read().stuck == (second, second + MILLISECOND)

    def test_an_outage_steps_over_nothing(self, rig: Rig) -> None:
        """Hours of failing runs, and then everything is read."""
        for n in range(10):
            rig.tenant.add(log_end=NOON - 10 * HOUR + n * HOUR)
        outage = rig.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        for _ in range(6):
            with pytest.raises(TenantUnavailableError):
                rig.run()
            later(rig)
        rig.tenant.faults.remove(outage)

        report = rig.run()

        assert report.stepped_over == []
        assert rig.states() == rig.truth()

    def test_poison_does_not_stop_a_reconcile(self, rig: Rig) -> None:
        """It leaves the millisecond out at once: there is no next one today."""
        poisoned = rig.tenant.add(log_end=NOON - 6 * HOUR)
        rig.tenant.add(log_end=NOON - 5 * HOUR)
        rig.tenant.faults.add(unreadable_row(poisoned))

        report = rig.export(NOON - DAY, NOON, "reconcile")

        assert report.caught_up
        assert report.stepped_over == [NOON - 6 * HOUR]
        assert len(rig.records()) == 1

    def test_a_backfill_with_poison_archives_the_rest_and_fails(self, rig: Rig) -> None:
        """Whoever asked for the span has to know that it is not complete."""
        poisoned = rig.tenant.add(log_end=NOON - 6 * HOUR)
        rig.tenant.add(log_end=NOON - 5 * HOUR)
        rig.tenant.faults.add(unreadable_row(poisoned))

        with pytest.raises(TenantUnavailableError, match="all else is archived"):
            rig.export(NOON - DAY, NOON, "backfill")

        assert len(rig.records()) == 1


class TestSpans:
    """Reconcile and backfill: the same verb, without lease and commit."""

    def test_a_reconcile_counts_what_the_runs_missed(self, rig: Rig) -> None:
        """A log that came later than the overlap is found by it, once."""
        rig.tenant.add(log_end=NOON - HOUR)
        rig.tenant.add(log_end=NOON - 2 * HOUR, visible_from=NOON + MINUTE)
        rig.run()
        later(rig)
        rig.tenant.add(log_end=rig.clock.now() - SECOND)

        report = rig.export(NOON - DAY, rig.clock.now(), "reconcile")

        assert (report.versions_stored, report.late) == (2, 1)
        assert rig.meter.values(Metric.LATE_LOGS) == [1]
        assert rig.export(NOON - DAY, rig.clock.now(), "reconcile").late == 0
        assert rig.meter.values(Metric.LATE_LOGS) == [1, 0]

    def test_an_amended_row_is_not_late(self, rig: Rig) -> None:
        """The runs had not missed it; the tenant corrected it without moving its end."""
        guid = rig.tenant.add(log_end=NOON - HOUR, status="FAILED")
        rig.run()
        rig.tenant.change(guid, CustomStatus="checked")

        report = rig.export(NOON - DAY, NOON, "reconcile")

        assert (report.versions_stored, report.late) == (1, 0)
        assert [record.get("Amended") for record in rig.records()] == [None, True]

    def test_a_reconcile_begins_no_earlier_than_the_export_did(self) -> None:
        """What lies before ``StartFrom`` is not late: nobody wanted it."""
        rig = Rig(environment={"START_FROM": "PT3H"})
        rig.tenant.add(log_end=NOON - 5 * HOUR)
        rig.tenant.add(log_end=NOON - HOUR)
        rig.run()

        report = rig.export(NOON - 2 * DAY, NOON, "reconcile")

        assert (report.rows_read, report.late) == (1, 0)
        assert rig.export(NOON - 2 * DAY, NOON - DAY, "reconcile").caught_up

    @pytest.mark.parametrize("purpose", ["reconcile", "backfill"])
    def test_neither_moves_the_position(self, rig: Rig, purpose: str) -> None:
        """They say nothing about what lies before or behind their span."""
        rig.tenant.add(log_end=NOON - 2 * HOUR)
        span = Span(since=NOON - 3 * HOUR, until=NOON)

        first = rig.prepared().span(
            ExportSpan(span, "reconcile" if purpose == "reconcile" else "backfill")
        )

        assert first.versions_stored == 1
        assert position(rig) is None
        assert rig.run().since == NOON - DAY

    def test_a_backfill_needs_no_lease(self, rig: Rig) -> None:
        """It runs beside the scheduled runs."""
        rig.tenant.add(log_end=NOON - 2 * HOUR)

        with rig.checkpoints.lease("run", now=NOON, until=NOON + HOUR, start_from=NOON):
            report = rig.export(NOON - 3 * HOUR, NOON, "backfill")

        assert report.versions_stored == 1

    def test_what_a_backfill_stored_is_not_stored_again(self, rig: Rig) -> None:
        """Each version once in the whole archive."""
        for n in range(5):
            rig.tenant.add(log_end=NOON - n * HOUR - MINUTE)
        rig.export(NOON - 3 * HOUR, NOON, "backfill")

        assert rig.run().versions_stored == 2
        assert rig.states() == rig.truth()

    def test_a_backfill_emits_no_rows_read(self, rig: Rig) -> None:
        """It would keep the alarm on a silent tenant quiet."""
        rig.tenant.add(log_end=NOON - HOUR)
        rig.export(NOON - 3 * HOUR, NOON, "backfill")
        assert rig.meter.values(Metric.ROWS_READ) == []

        rig.run()
        assert rig.meter.values(Metric.ROWS_READ) == [1]

    def test_a_span_that_runs_out_of_time_says_so(self, rig: Rig) -> None:
        """What was read is archived, and whoever asked for the span asks again."""
        rig.tenant.behaviour.page_cap = 5
        for n in range(60):
            rig.tenant.add(log_end=NOON - 11 * HOUR + n * 10 * MINUTE)

        def slow(tenant: SapTenant, _request: Request) -> None:
            del tenant
            rig.clock.turn(2 * MINUTE)

        rig.tenant.on_request.append(slow)
        first = rig.export(NOON - 12 * HOUR, NOON, "backfill")
        rig.tenant.on_request.clear()

        assert not first.caught_up
        assert 0 < first.versions_stored == len(rig.records()) < 60
        assert rig.export(NOON - 12 * HOUR, NOON, "backfill").caught_up
        assert rig.states() == rig.truth()

    def test_everything_there_is_may_be_asked_for(self, rig: Rig) -> None:
        """0001-01-01 is what people write for the beginning."""
        rig.tenant.add(log_end=NOON - HOUR)

        rig.export(datetime.min.replace(tzinfo=UTC), NOON, "backfill")

        assert rig.states() == rig.truth()


class TestSweep:
    """Rows without dates and rows that are not final."""

    def test_open_logs_are_archived_and_counted(self, rig: Rig) -> None:
        """No span shows the one without dates."""
        rig.clock.turn(timedelta(0))
        rig.tenant.add(status="PROCESSING", log_end=None)
        rig.tenant.add(status="RETRY", log_end=NOON - MINUTE, log_start=NOON - 3 * HOUR)

        rig.run()

        assert rig.states() == rig.truth()
        assert rig.meter.values(Metric.OPEN_MESSAGES) == [2]
        [oldest] = rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS)
        assert 0 < oldest <= 3 * 3600
        assert rig.meter.values(Metric.DEAD_MESSAGES) == [0]
        assert rig.meter.values(Metric.SWEEP_AT_CAP) == []

    def test_it_is_done_by_the_first_run_of_an_hour(self, rig: Rig) -> None:
        """Every five minutes would be twelve times the load for nothing."""
        sweeps = []
        for _ in range(25):
            rig.run()
            sweeps.append(len(rig.meter.values(Metric.OPEN_MESSAGES)))
            later(rig)

        assert sweeps == [1] * 12 + [2] * 12 + [3]

    def test_none_open_is_told_as_nought(self, rig: Rig) -> None:
        """The alarm goes out by a value, not by silence."""
        rig.tenant.add(log_end=NOON - HOUR)
        rig.run()

        assert rig.meter.values(Metric.OPEN_MESSAGES) == [0]
        assert rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [0]

    def test_what_is_older_than_the_retention_is_dead(self, rig: Rig) -> None:
        """Nobody will ever finish it: as an open message it would ring for ever."""
        rig.clock.turn(-40 * DAY)
        rig.tenant.add(status="PROCESSING", log_end=None)
        rig.clock.turn(39 * DAY)
        rig.tenant.add(status="PROCESSING", log_end=None)
        rig.clock.turn(DAY)

        rig.run()

        assert rig.meter.values(Metric.DEAD_MESSAGES) == [1]
        assert rig.meter.values(Metric.OPEN_MESSAGES) == [1]
        assert rig.meter.values(Metric.OLDEST_OPEN_MESSAGE_SECONDS) == [86_400]
        assert rig.states() == rig.truth()

    def test_a_run_that_has_not_caught_up_leaves_it_to_the_next(self, rig: Rig) -> None:
        """First what is new, then what is old."""
        rig.tenant.add(status="RETRY", log_end=None)
        rig.limit = timedelta(minutes=10)

        def slow(tenant: SapTenant, request: Request) -> None:
            del tenant
            if "LogEnd" in request.target:
                rig.clock.turn(9 * MINUTE)

        rig.tenant.on_request.append(slow)
        assert not rig.run().caught_up
        assert rig.meter.values(Metric.OPEN_MESSAGES) == []

        rig.tenant.on_request.clear()
        rig.run()
        assert rig.meter.values(Metric.OPEN_MESSAGES) == [1]

    def test_its_rows_are_not_rows_read(self, rig: Rig) -> None:
        """A tenant that shows no more new logs is silent, however many old ones it keeps."""
        rig.tenant.add(status="RETRY", log_end=None)
        report = rig.run()

        assert report.rows_read == 0
        assert report.versions_stored == 1
        assert rig.meter.values(Metric.ROWS_READ) == [0]


class TestNumbers:
    """What a run tells CloudWatch."""

    def test_failures_are_told_right_after_their_part(self, rig: Rig) -> None:
        """A run that is killed later has told them, and the next will not find them new."""
        rig.tenant.add(status="FAILED", log_end=NOON - 2 * HOUR)
        rig.tenant.add(status="ESCALATED", log_end=NOON - 2 * HOUR)
        rig.tenant.add(status="COMPLETED", log_end=NOON - 2 * HOUR)
        rig.tenant.add(status="FAILED", log_end=NOON - HOUR)

        def fail(key: str) -> None:
            if "/1100Z" in key:
                raise AwsUnavailableError("AWS could not write")

        rig.objects.before_put = fail
        with pytest.raises(AwsUnavailableError):
            rig.run()

        assert (Metric.FAILED_MESSAGES, 2) in rig.meter.told

    def test_old_failures_are_not_told(self, rig: Rig) -> None:
        """A first run finds a month of them: that is history, not news."""
        rig.environment = {"START_FROM": "P30D", "ALERT_MAX_AGE_HOURS": "24"}
        rig.tenant.add(status="FAILED", log_end=NOON - DAY - SECOND)
        rig.tenant.add(status="FAILED", log_end=NOON - DAY + SECOND)

        rig.run()

        assert rig.meter.values(Metric.FAILED_MESSAGES) == [1]

    def test_an_amended_failure_is_not_told_again(self, rig: Rig) -> None:
        """Its text was corrected; it has not failed a second time."""
        guid = rig.tenant.add(status="FAILED", log_end=NOON - MINUTE)
        rig.run()
        rig.tenant.change(guid, CustomStatus="checked")
        later(rig)
        rig.run()

        assert len(rig.records()) == 2
        assert rig.meter.values(Metric.FAILED_MESSAGES) == [1]

    def test_the_lag_is_the_distance_to_what_is_reached(self, rig: Rig) -> None:
        """At the start as the last run left it, at the end as this one does."""
        rig.run()
        assert rig.meter.values(Metric.LAG_SECONDS) == [0, 0]
        later(rig, HOUR)
        rig.run()

        assert rig.meter.values(Metric.LAG_SECONDS) == [0, 0, 3600, 0]

    def test_a_first_run_is_not_behind_by_a_month(self, rig: Rig) -> None:
        """It has only just begun; a run that never gets anywhere shows soon enough."""
        rig.environment = {"START_FROM": "P30D"}
        rig.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        for _ in range(3):
            with pytest.raises(TenantUnavailableError):
                rig.run()
            later(rig, HOUR)

        lags = rig.meter.values(Metric.LAG_SECONDS)
        assert lags[0] == 0
        assert 2 * 3600 <= lags[-1] < 3 * 3600

    def test_the_time_until_data_is_lost_is_told(self, rig: Rig) -> None:
        """The tenant deletes after thirty days, whether we have read it or not."""
        rig.run()
        later(rig, 28 * DAY)
        rig.run()

        left = rig.meter.values(Metric.RETENTION_HOURS_LEFT)
        assert left == [720, 720, 48, 720]

    def test_unreadable_rows_are_counted(self, rig: Rig) -> None:
        """And archived as they came."""
        guid = rig.tenant.add(log_end=NOON - MINUTE)
        rig.tenant.faults.add(
            Fault(kind="malformed_row", guid=guid, shape="date_garbage", times=None)
        )
        rig.run()

        assert rig.meter.values(Metric.UNREADABLE_LOGS) == [1]
        assert "Raw" in rig.records()[0]

    def test_what_should_never_happen_is_told_only_if_it_did(self, rig: Rig) -> None:
        """A metric costs by the month."""
        rig.run()

        for metric in (Metric.UNREADABLE_LOGS, Metric.TIES_UNRESOLVED, Metric.STEPPED_OVER):
            assert rig.meter.values(metric) == []
        assert rig.meter.values(Metric.VERSIONS_STORED) == [0]


class TestErrorTexts:
    """Texts stand in the records of failures."""

    def test_a_failure_is_archived_with_its_text(self, rig: Rig) -> None:
        """And nothing else is asked for one."""
        rig.tenant.add(status="FAILED", log_end=NOON - MINUTE, error_text="it failed")
        rig.tenant.add(status="COMPLETED", log_end=NOON - MINUTE)
        rig.run()

        assert sorted(record.get("ErrorText", "") for record in rig.records()) == ["", "it failed"]
        assert sum("ErrorInformation" in one.target for one in rig.tenant.requests) == 1

    def test_a_text_that_is_refused_does_not_stop_the_export(self, rig: Rig) -> None:
        """An access policy may forbid the text of one artifact for ever."""
        rig.tenant.add(status="FAILED", log_end=NOON - HOUR)
        rig.tenant.faults.add(
            Fault(kind="status", status=403, match="ErrorInformation", times=None)
        )

        rig.run()

        assert rig.states() == rig.truth()

    def test_texts_may_be_switched_off(self) -> None:
        """They may hold what must not leave the tenant."""
        rig = Rig(environment={"ERROR_TEXT": "off"})
        rig.tenant.add(status="FAILED", log_end=NOON - MINUTE, error_text="it failed")
        rig.run()

        assert "ErrorText" not in rig.records()[0]
        assert not any("ErrorInformation" in one.target for one in rig.tenant.requests)

    def test_headers_are_read_along_where_they_are_wanted(self) -> None:
        """They cost the tenant a second query."""
        rig = Rig(environment={"EXPAND": "CustomHeaderProperties"})
        rig.tenant.add(log_end=NOON - MINUTE, custom_headers=[("po", "47")])
        rig.run()

        assert rig.records()[0]["CustomHeaderProperties"] == [{"Name": "po", "Value": "47"}]

    @pytest.mark.parametrize("how", ["scheduled", "reconcile", "backfill"])
    def test_a_row_that_moves_while_its_page_is_made_hides_no_older_one(self, how: str) -> None:
        """It is chosen among the old, and shown with an end of minutes ago, told late."""
        rig = Rig(environment={"EXPAND": "CustomHeaderProperties"})
        rig.tenant.behaviour.page_cap = 2
        guids = [rig.tenant.add(log_end=NOON - HOUR + n * SECOND) for n in range(4)]
        late = [lambda _: rig.tenant.change(guids[0], log_end=NOON - 5 * MINUTE)]
        rig.tenant.between_queries.append(lambda chosen: late and late.pop()(chosen))

        if how == "scheduled":
            rig.run()
        else:
            rig.export(NOON - DAY, NOON, how)  # type: ignore[arg-type]  # a purpose of an event

        assert rig.states() == rig.truth()
        assert not late


def test_a_report_tells_the_run(rig: Rig) -> None:
    """What the handler returns and logs."""
    rig.tenant.add(status="FAILED", log_end=NOON - HOUR)
    rig.tenant.add(status="COMPLETED", log_end=NOON - HOUR)

    report = rig.run().as_json()

    assert report == {
        "tenant": "demo",
        "purpose": "scheduled",
        "since": "2026-11-21T12:00:00.000Z",
        "until": "2026-11-22T12:00:00.000Z",
        "position": "2026-11-22T11:45:00.000Z",
        "rows_read": 2,
        "versions_stored": 2,
        "late": 0,
        "by_status": {"COMPLETED": 1, "FAILED": 1},
        "parts": ["mpl/v1/tenant=demo/dt=2026-11-22/1100Z-0000.jsonl.gz"],
        "caught_up": True,
        "requests": len(rig.tenant.requests),
        "stepped_over": [],
    }


def test_a_warm_container_stores_what_a_cold_one_would() -> None:
    """What it remembers of the archive saves reads, and changes nothing."""
    rigs = [Rig(warm=warm) for warm in (True, False)]
    for rig in rigs:
        for n in range(6):
            rig.tenant.add(log_end=rig.clock.now() - MINUTE, guid=f"guid-{n}")
            rig.run()
            later(rig)

    warm, cold = rigs
    assert warm.states() == cold.states() == warm.truth()
    assert warm.objects.gets < cold.objects.gets


def test_the_deadline_of_reading_leaves_time_to_store(rig: Rig) -> None:
    """It comes before Lambda's own."""
    run = rig.prepared()

    assert isinstance(run.reading, Deadline)
    assert rig.clock.now() + timedelta(seconds=run.reading.seconds_left()) < run.ends
