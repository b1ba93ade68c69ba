"""Scheduled runs: what is read, stored and committed, from one run to the next."""

import threading
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from mpl_export.errors import (
    AwsUnavailableError,
    TenantMismatchError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.instants import iso_instant
from mpl_export.metrics import Metric
from mpl_export.tenant.logs.unreadable import UnreadableInstantError
from operate.sap_tenant import Fault, Request, SapTenant, failing_interval, unreadable_row
from tests.support.exporter.exporter_harness import Harness
from tests.support.kills.killable_effects import Killed, Life
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

MILLISECOND = timedelta(milliseconds=1)
OVERLAP = 15 * MINUTE


class TestPosition:
    """The position moves past what is stored, and stays behind the run's start by the overlap."""

    def test_a_run_exports_what_is_new_and_nothing_twice(self, harness: Harness) -> None:
        """An hour of runs, each with something new."""
        for _ in range(12):
            harness.tenant.add(log_end=harness.clock.now() - MINUTE)
            harness.tenant.add(log_end=harness.clock.now() - 14 * MINUTE)
            harness.run()
            harness.later()

        assert harness.states() == harness.truth()

    def test_the_position_stays_behind_by_the_overlap(self, harness: Harness) -> None:
        """Logs become visible late; what is not yet over is read again."""
        report = harness.run()

        assert harness.position == NOON - OVERLAP
        assert (report.since, report.until) == (NOON - DAY, NOON)
        assert report.caught_up

    def test_what_is_reached_is_known_to_the_next_run(self, harness: Harness) -> None:
        """The position stands within the overlap; the lag of a run that fails must not."""
        harness.tenant.behaviour.page_cap = 2
        for minutes in range(0, 60, 3):
            harness.tenant.add(log_end=NOON - minutes * MINUTE - SECOND)

        harness.run()

        known = harness.checkpoints.read()
        assert (known.position, known.reached) == (NOON - OVERLAP, NOON)

    def test_the_next_run_begins_at_the_position(self, harness: Harness) -> None:
        """And not at its own idea of when the last one was."""
        harness.run()
        harness.later(3 * HOUR)

        assert harness.run().since == NOON - OVERLAP

    def test_a_log_that_comes_late_within_the_overlap_is_found(self, harness: Harness) -> None:
        """The next run reads its place again."""
        harness.tenant.add(log_end=NOON - MINUTE, visible_from=NOON + 4 * MINUTE)
        assert harness.run().versions_stored == 0
        harness.later()

        report = harness.run()

        assert report.versions_stored == 1
        assert harness.states() == harness.truth()

    def test_the_overlap_is_a_setting(self) -> None:
        """A tenant with slow nodes needs more."""
        harness = Harness(environment={"OVERLAP_MINUTES": "60"})
        harness.run()

        assert harness.position == NOON - HOUR

    def test_a_log_that_changes_is_stored_again(self, harness: Harness) -> None:
        """Each version that the tenant showed is kept."""
        guid = harness.tenant.add(status="RETRY", log_end=NOON - MINUTE)
        harness.run()
        harness.later()
        harness.tenant.change(guid, status="COMPLETED", log_end=harness.clock.now() - SECOND)
        harness.run()

        assert [state[2] for state in harness.states()] == ["RETRY", "COMPLETED"]

    def test_where_to_start_is_resolved_once(self, harness: Harness) -> None:
        """``P1D`` means a day before the first run, also when that run got nowhere."""
        harness.tenant.add(log_end=NOON - 20 * HOUR)
        outage = harness.tenant.faults.add(Fault(kind="status", status=503, times=None))
        with pytest.raises(TenantUnavailableError):
            harness.run()
        harness.tenant.faults.remove(outage)
        harness.later(6 * HOUR)

        report = harness.run()

        assert report.since == NOON - DAY
        assert harness.states() == harness.truth()

    def test_a_start_in_the_future_is_waited_for(self) -> None:
        """Nothing is read before it, and nothing is claimed."""
        harness = Harness(environment={"START_FROM": iso_instant(NOON + HOUR)})
        harness.tenant.add(log_end=NOON - MINUTE)

        report = harness.run()

        assert (report.rows_read, report.caught_up) == (0, True)
        assert harness.position is None

    def test_a_clock_that_is_ahead_does_not_eat_the_overlap(self, harness: Harness) -> None:
        """The position follows the tenant's clock: late logs are found as ever."""
        harness.clock.skew = 40 * MINUTE
        harness.tenant.add(log_end=NOON - MINUTE, visible_from=NOON + 4 * MINUTE)
        harness.run()

        assert harness.position == NOON - OVERLAP
        harness.later()
        harness.run()
        assert harness.states() == harness.truth()

    def test_a_clock_that_is_behind_reads_the_rest_later(self, harness: Harness) -> None:
        """Nothing is lost by it."""
        harness.clock.skew = -40 * MINUTE
        harness.tenant.add(log_end=NOON - MINUTE)
        harness.run()
        assert harness.position == NOON - 40 * MINUTE - OVERLAP

        harness.clock.skew = timedelta(0)
        harness.later()
        harness.run()
        assert harness.states() == harness.truth()

    def test_a_position_ahead_of_the_tenants_clock_does_not_fall(self, harness: Harness) -> None:
        """The tenant's clock was set back: there is nothing to read until it has caught up."""
        harness.run()
        before = harness.position
        harness.tenant.behaviour.clock_offset = -2 * HOUR

        report = harness.run()

        assert harness.position == before
        assert report.caught_up
        assert report.rows_read == 0


class TestFailing:
    """What was stored is claimed, and nothing more."""

    def test_what_was_not_stored_is_not_committed(self, harness: Harness) -> None:
        """The position moves only past data that S3 has acknowledged."""
        harness.tenant.add(log_end=NOON - 20 * HOUR)
        harness.tenant.add(log_end=NOON - 10 * HOUR)

        def fail(key: str) -> None:
            if "/02Z" in key:
                raise AwsUnavailableError("AWS could not write")

        harness.objects.before_put = fail
        with pytest.raises(AwsUnavailableError):
            harness.run()

        reached = harness.checkpoints.read().reached
        assert reached is not None
        assert reached <= NOON - 10 * HOUR
        assert len(harness.records()) == 1

    def test_a_failing_tenant_is_still_read_to_the_end(self, harness: Harness) -> None:
        """Each run gets further, because what was read before a failure is stored and claimed."""
        harness.tenant.behaviour.page_cap = 5
        for n in range(60):
            harness.tenant.add(log_end=NOON - 20 * HOUR + n * 10 * MINUTE)
        positions: list[datetime] = []

        for _ in range(30):
            harness.tenant.faults.clear()
            harness.tenant.faults.add(Fault(kind="redirect", match="Logs?", after=2))
            with suppress(UnexpectedResponseError):
                if harness.run().caught_up:
                    break
            where = harness.position
            assert where is not None
            positions.append(where)
            harness.later()

        assert positions == sorted(set(positions))
        assert harness.states() == harness.truth()

    def test_time_running_out_is_no_failure(self, harness: Harness) -> None:
        """A first run has a month before it: the next ones go on where it stopped."""
        harness.tenant.behaviour.page_cap = 10
        for n in range(100):
            harness.tenant.add(log_end=NOON - 20 * HOUR + n * 10 * MINUTE)

        def slow(tenant: SapTenant, _request: Request) -> None:
            del tenant
            harness.clock.turn(2 * MINUTE)

        harness.tenant.on_request.append(slow)
        reports = []
        for _ in range(10):
            reports.append(harness.run())
            if reports[-1].caught_up:
                break

        assert not reports[0].caught_up
        assert reports[0].versions_stored > 0
        assert reports[-1].caught_up
        assert harness.states() == harness.truth()

    def test_a_run_killed_at_any_effect_changes_nothing_in_the_end(self) -> None:
        """Between any two things that it does to the outside, above all store and commit."""

        def begun() -> Harness:
            harness = Harness()
            for n in range(4):
                harness.tenant.add(log_end=NOON - 10 * HOUR + n * HOUR, status="FAILED")
            return harness

        whole = Life()
        begun().prepared(whole).scheduled()
        assert len(whole.effects) > 12

        for number in range(len(whole.effects)):
            harness = begun()
            with pytest.raises(Killed):
                harness.prepared(Life(left=number)).scheduled()
            harness.later(15 * MINUTE)
            harness.run()

            assert harness.states() == harness.truth(), f"killed before {whole.effects[number]}"

    def test_no_thread_outlives_a_run_that_fails(self) -> None:
        """It would go on in a frozen container, and wake up within another run."""
        harness = Harness(environment={"PAGE_CONCURRENCY": "4"})
        harness.tenant.behaviour.page_cap = 3
        for n in range(200):
            harness.tenant.add(log_end=NOON - 20 * HOUR + n * 6 * MINUTE)
        harness.tenant.faults.add(Fault(kind="status", status=500, match="$count", times=None))

        def fail(key: str) -> None:
            if key.startswith("mpl/"):
                raise AwsUnavailableError("AWS could not write")

        harness.objects.before_put = fail
        with pytest.raises(AwsUnavailableError) as caught:
            harness.run()

        assert not [it for it in threading.enumerate() if it.name.startswith("slice")]
        assert caught.tb is not None  # it keeps the frames alive, as Lambda's own does

    def test_another_tenants_key_is_refused_before_anything_is_written(
        self, harness: Harness
    ) -> None:
        """Two tenants in one archive could never be told apart again."""
        harness.objects.held["sources/tenant=demo.json"] = b'{"api_host": "other.example"}'
        harness.tenant.add(log_end=NOON - MINUTE)

        with pytest.raises(TenantMismatchError):
            harness.run()

        assert list(harness.objects.held) == ["sources/tenant=demo.json"]
        assert harness.position is None


class TestStuck:
    """A millisecond that the tenant cannot show must not stop everything behind it."""

    def test_it_is_stepped_over_by_the_next_run_and_named(self, harness: Harness) -> None:
        """The first run says where it failed; the second leaves that out and reads on."""
        bad = NOON - 6 * HOUR + 7 * MILLISECOND
        harness.tenant.add(log_end=NOON - 7 * HOUR)
        poisoned = harness.tenant.add(log_end=bad)
        harness.tenant.add(log_end=NOON - 5 * HOUR)
        poison = harness.tenant.faults.add(unreadable_row(poisoned))

        with pytest.raises(UnreadableInstantError):
            harness.run()
        assert harness.position == bad
        harness.later()
        report = harness.run()

        assert report.as_json()["stepped_over"] == [iso_instant(bad)]
        assert report.caught_up
        assert harness.meter.values(Metric.READING_LIMITED) == [1]
        assert {state[0] for state in harness.states()} == {
            row[0] for row in harness.truth() if row[0] != poisoned
        }

        harness.tenant.faults.remove(poison)
        late = harness.export(NOON - 2 * DAY, harness.clock.now(), "reconcile")
        assert late.late == 1
        assert harness.states() == harness.truth()

    def test_another_millisecond_is_not_stepped_over_with_it(self, harness: Harness) -> None:
        """Only what failed throughout a run is left out."""
        first, second = NOON - 6 * HOUR, NOON - 5 * HOUR
        harness.tenant.faults.add(failing_interval(first))
        with pytest.raises(UnreadableInstantError):
            harness.run()
        harness.tenant.faults.add(failing_interval(second))
        harness.later()

        with pytest.raises(UnreadableInstantError) as caught:
            harness.run()

        assert caught.value.instant == second

    def test_two_places_do_not_take_turns(self) -> None:
        """To step over one must not make the next run fail for the other again."""
        harness = Harness(environment={"OVERLAP_MINUTES": "60"})
        first, second = NOON - 50 * MINUTE, NOON - 20 * MINUTE
        for place in (first, second):
            harness.tenant.faults.add(failing_interval(place))
        harness.tenant.add(log_end=NOON - 10 * MINUTE)
        failed = 0
        for _ in range(8):
            try:
                harness.run()
            except UnreadableInstantError:
                failed += 1
            harness.later()

        assert failed == 2
        assert harness.states() == harness.truth()
        assert harness.checkpoints.read().stuck == {second}

    def test_neighbours_are_stepped_over_as_one_place(self, harness: Harness) -> None:
        """The tenant has to answer for what comes behind all of them."""
        first = NOON - 6 * HOUR
        for number in range(3):
            harness.tenant.faults.add(failing_interval(first + number * MILLISECOND))
        harness.tenant.add(log_end=NOON - 5 * HOUR)
        for _ in range(3):
            with pytest.raises(UnreadableInstantError):
                harness.run()
            harness.later()
        outage = harness.tenant.faults.add(
            Fault(kind="status", status=503, match="Logs?", times=None)
        )
        with pytest.raises(TenantUnavailableError):
            harness.run()
        assert harness.position == first
        harness.tenant.faults.remove(outage)

        assert len(harness.run().stepped_over) == 3
        assert harness.states() == harness.truth()
        assert harness.checkpoints.read().stuck == frozenset()

    def test_an_outage_is_told_as_one(self, harness: Harness) -> None:
        """Not as one bad millisecond, which the next run would step over."""
        harness.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        harness.tenant.add(log_end=NOON - HOUR)
        for _ in range(3):
            with pytest.raises(TenantUnavailableError, match="does not answer") as caught:
                harness.run()
            assert "tenant.example" in str(caught.value)
            harness.later()
        assert harness.checkpoints.read().stuck == frozenset()

    def test_an_outage_steps_over_nothing(self, harness: Harness) -> None:
        """Hours of failing runs, and then everything is read."""
        for n in range(10):
            harness.tenant.add(log_end=NOON - 10 * HOUR + n * HOUR)
        outage = harness.tenant.faults.add(
            Fault(kind="status", status=503, match="Logs?", times=None)
        )
        for _ in range(6):
            with pytest.raises(TenantUnavailableError):
                harness.run()
            harness.later()
        harness.tenant.faults.remove(outage)

        report = harness.run()

        assert report.stepped_over == []
        assert harness.states() == harness.truth()


class TestExpiry:
    """What the archive would delete before the tenant does is not archived."""

    def test_what_the_archive_has_deleted_is_not_read_again(self) -> None:
        """It would be kept for another whole retention, under numbers that were used before."""
        harness = Harness(environment={"START_FROM": "P60D", "ARCHIVE_RETENTION_DAYS": "35"})
        harness.tenant.add(log_end=NOON - 40 * DAY)
        harness.tenant.add(log_end=NOON - 30 * DAY, guid="young")

        report = harness.run()

        assert [state[0] for state in harness.states()] == ["young"]
        assert report.caught_up
        assert report.as_json()["expired_before"] == iso_instant(NOON - 35 * DAY)

    def test_an_archive_that_keeps_all_cuts_nothing(self) -> None:
        """The report says so by not saying anything."""
        harness = Harness(environment={"START_FROM": "P60D"})
        harness.tenant.add(log_end=NOON - 40 * DAY)

        assert "expired_before" not in harness.run().as_json()
        assert harness.states() == harness.truth()
