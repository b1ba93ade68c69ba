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
from mpl_export.tenant.unreadable import UnreadableInstantError
from tests.support.mortality import Killed, Life
from tests.support.rig import Rig
from tests.support.sap_tenant import Fault, Request, SapTenant, failing_interval, unreadable_row
from tests.support.turning_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

MILLISECOND = timedelta(milliseconds=1)
OVERLAP = 15 * MINUTE


class TestPosition:
    """The position moves past what is stored, and stays behind the run's start by the overlap."""

    def test_a_run_exports_what_is_new_and_nothing_twice(self, rig: Rig) -> None:
        """An hour of runs, each with something new."""
        for _ in range(12):
            rig.tenant.add(log_end=rig.clock.now() - MINUTE)
            rig.tenant.add(log_end=rig.clock.now() - 14 * MINUTE)
            rig.run()
            rig.later()

        assert rig.states() == rig.truth()

    def test_the_position_stays_behind_by_the_overlap(self, rig: Rig) -> None:
        """Logs become visible late; what is not yet over is read again."""
        report = rig.run()

        assert rig.position == NOON - OVERLAP
        assert (report.since, report.until) == (NOON - DAY, NOON)
        assert report.caught_up

    def test_what_is_reached_is_known_to_the_next_run(self, rig: Rig) -> None:
        """The position stands within the overlap; the lag of a run that fails must not."""
        rig.tenant.behaviour.page_cap = 2
        for minutes in range(0, 60, 3):
            rig.tenant.add(log_end=NOON - minutes * MINUTE - SECOND)

        rig.run()

        known = rig.checkpoints.read()
        assert (known.position, known.reached) == (NOON - OVERLAP, NOON)

    def test_the_next_run_begins_at_the_position(self, rig: Rig) -> None:
        """And not at its own idea of when the last one was."""
        rig.run()
        rig.later(3 * HOUR)

        assert rig.run().since == NOON - OVERLAP

    def test_a_log_that_comes_late_within_the_overlap_is_found(self, rig: Rig) -> None:
        """The next run reads its place again."""
        rig.tenant.add(log_end=NOON - MINUTE, visible_from=NOON + 4 * MINUTE)
        assert rig.run().versions_stored == 0
        rig.later()

        report = rig.run()

        assert report.versions_stored == 1
        assert rig.states() == rig.truth()

    def test_the_overlap_is_a_setting(self) -> None:
        """A tenant with slow nodes needs more."""
        rig = Rig(environment={"OVERLAP_MINUTES": "60"})
        rig.run()

        assert rig.position == NOON - HOUR

    def test_a_log_that_changes_is_stored_again(self, rig: Rig) -> None:
        """Each version that the tenant showed is kept."""
        guid = rig.tenant.add(status="RETRY", log_end=NOON - MINUTE)
        rig.run()
        rig.later()
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
        rig.later(6 * HOUR)

        report = rig.run()

        assert report.since == NOON - DAY
        assert rig.states() == rig.truth()

    def test_a_start_in_the_future_is_waited_for(self) -> None:
        """Nothing is read before it, and nothing is claimed."""
        rig = Rig(environment={"START_FROM": iso_instant(NOON + HOUR)})
        rig.tenant.add(log_end=NOON - MINUTE)

        report = rig.run()

        assert (report.rows_read, report.caught_up) == (0, True)
        assert rig.position is None

    def test_a_clock_that_is_ahead_does_not_eat_the_overlap(self, rig: Rig) -> None:
        """The position follows the tenant's clock: late logs are found as ever."""
        rig.clock.skew = 40 * MINUTE
        rig.tenant.add(log_end=NOON - MINUTE, visible_from=NOON + 4 * MINUTE)
        rig.run()

        assert rig.position == NOON - OVERLAP
        rig.later()
        rig.run()
        assert rig.states() == rig.truth()

    def test_a_clock_that_is_behind_reads_the_rest_later(self, rig: Rig) -> None:
        """Nothing is lost by it."""
        rig.clock.skew = -40 * MINUTE
        rig.tenant.add(log_end=NOON - MINUTE)
        rig.run()
        assert rig.position == NOON - 40 * MINUTE - OVERLAP

        rig.clock.skew = timedelta(0)
        rig.later()
        rig.run()
        assert rig.states() == rig.truth()

    def test_a_position_ahead_of_the_tenants_clock_does_not_fall(self, rig: Rig) -> None:
        """The tenant's clock was set back: there is nothing to read until it has caught up."""
        rig.run()
        before = rig.position
        rig.tenant.behaviour.clock_offset = -2 * HOUR

        report = rig.run()

        assert rig.position == before
        assert report.caught_up
        assert report.rows_read == 0


class TestFailing:
    """What was stored is claimed, and nothing more."""

    def test_what_was_not_stored_is_not_committed(self, rig: Rig) -> None:
        """The position moves only past data that S3 has acknowledged."""
        rig.tenant.add(log_end=NOON - 20 * HOUR)
        rig.tenant.add(log_end=NOON - 10 * HOUR)

        def fail(key: str) -> None:
            if "/02Z" in key:
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
            where = rig.position
            assert where is not None
            positions.append(where)
            rig.later()

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
            rig.later(15 * MINUTE)
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
        assert rig.position is None


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
        assert rig.position == bad
        rig.later()
        report = rig.run()

        assert report.as_json()["stepped_over"] == [iso_instant(bad)]
        assert report.caught_up
        assert rig.meter.values(Metric.READING_LIMITED) == [1]
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
        rig.later()

        with pytest.raises(UnreadableInstantError) as caught:
            rig.run()

        assert caught.value.instant == second

    def test_two_places_do_not_take_turns(self) -> None:
        """To step over one must not make the next run fail for the other again."""
        rig = Rig(environment={"OVERLAP_MINUTES": "60"})
        first, second = NOON - 50 * MINUTE, NOON - 20 * MINUTE
        for place in (first, second):
            rig.tenant.faults.add(failing_interval(place))
        rig.tenant.add(log_end=NOON - 10 * MINUTE)
        failed = 0
        for _ in range(8):
            try:
                rig.run()
            except UnreadableInstantError:
                failed += 1
            rig.later()

        assert failed == 2
        assert rig.states() == rig.truth()
        assert rig.checkpoints.read().stuck == {second}

    def test_neighbours_are_stepped_over_as_one_place(self, rig: Rig) -> None:
        """The tenant has to answer for what comes behind all of them."""
        first = NOON - 6 * HOUR
        for number in range(3):
            rig.tenant.faults.add(failing_interval(first + number * MILLISECOND))
        rig.tenant.add(log_end=NOON - 5 * HOUR)
        for _ in range(3):
            with pytest.raises(UnreadableInstantError):
                rig.run()
            rig.later()
        outage = rig.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        with pytest.raises(TenantUnavailableError):
            rig.run()
        assert rig.position == first
        rig.tenant.faults.remove(outage)

        assert len(rig.run().stepped_over) == 3
        assert rig.states() == rig.truth()
        assert rig.checkpoints.read().stuck == frozenset()

    def test_an_outage_is_told_as_one(self, rig: Rig) -> None:
        """Not as one bad millisecond, which the next run would step over."""
        rig.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        rig.tenant.add(log_end=NOON - HOUR)
        for _ in range(3):
            with pytest.raises(TenantUnavailableError, match="does not answer") as caught:
                rig.run()
            assert "tenant.example" in str(caught.value)
            rig.later()
        assert rig.checkpoints.read().stuck == frozenset()

    def test_an_outage_steps_over_nothing(self, rig: Rig) -> None:
        """Hours of failing runs, and then everything is read."""
        for n in range(10):
            rig.tenant.add(log_end=NOON - 10 * HOUR + n * HOUR)
        outage = rig.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        for _ in range(6):
            with pytest.raises(TenantUnavailableError):
                rig.run()
            rig.later()
        rig.tenant.faults.remove(outage)

        report = rig.run()

        assert report.stepped_over == []
        assert rig.states() == rig.truth()


class TestExpiry:
    """What the archive would delete before the tenant does is not archived."""

    def test_what_the_archive_has_deleted_is_not_read_again(self) -> None:
        """It would be kept for another whole retention, under numbers that were used before."""
        rig = Rig(environment={"START_FROM": "P60D", "ARCHIVE_RETENTION_DAYS": "35"})
        rig.tenant.add(log_end=NOON - 40 * DAY)
        rig.tenant.add(log_end=NOON - 30 * DAY, guid="young")

        report = rig.run()

        assert [state[0] for state in rig.states()] == ["young"]
        assert report.caught_up
        assert report.as_json()["expired_before"] == iso_instant(NOON - 35 * DAY)

    def test_an_archive_that_keeps_all_cuts_nothing(self) -> None:
        """The report says so by not saying anything."""
        rig = Rig(environment={"START_FROM": "P60D"})
        rig.tenant.add(log_end=NOON - 40 * DAY)

        assert "expired_before" not in rig.run().as_json()
        assert rig.states() == rig.truth()
