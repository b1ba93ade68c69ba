"""The daily reconcile: begun by the scheduled runs, and gone on with until it is done."""

from datetime import datetime, timedelta

import pytest

from mpl_export.checkpoint import Checkpoint, Reconcile
from mpl_export.errors import UnexpectedResponseError
from mpl_export.exporter.reconcile import due
from mpl_export.metrics import Metric
from operate.sap_tenant import Fault, Request, SapTenant, unreadable_row
from tests.support.exporter.exporter_harness import Harness
from tests.support.kills.killable_effects import Killed, Life
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

MIDNIGHT = NOON + 12 * HOUR


@pytest.fixture
def harness() -> Harness:
    """An export that has run since noon, a few minutes past midnight."""
    harness = Harness(environment={"START_FROM": "P3D"})
    harness.run()
    harness.clock.turn(MIDNIGHT + 2 * MINUTE - harness.clock.now())
    return harness


def state(harness: Harness) -> Reconcile:
    """How far the reconcile is."""
    known = harness.checkpoints.read().reconcile
    assert known is not None
    return known


def seconds_of(harness: Harness, seconds: float) -> None:
    """Let each question for logs take so long."""

    def slow(tenant: SapTenant, request: Request) -> None:
        del tenant
        if "Logs?" in request.target:
            harness.clock.turn(timedelta(seconds=seconds))

    harness.tenant.on_request.append(slow)


class TestWhatIsDue:
    """Which days are to be read again."""

    def test_the_two_days_that_are_over(self) -> None:
        """Whole ones, in UTC."""
        known = Checkpoint(first_run=NOON - 9 * DAY, start_from=NOON - 39 * DAY)

        assert due(known, NOON, NOON - HOUR) == Reconcile(
            since=MIDNIGHT - 3 * DAY,
            until=MIDNIGHT - DAY,
            reached=MIDNIGHT - 3 * DAY,
            below=NOON - HOUR,
        )

    @pytest.mark.parametrize("first_run", [None, NOON, MIDNIGHT - DAY])
    def test_nothing_before_the_first_day_is_over(self, first_run: datetime | None) -> None:
        """The first catch-up has only just read it all."""
        assert due(Checkpoint(first_run=first_run), NOON + HOUR, None) is None

    def test_not_what_lies_before_the_export(self) -> None:
        """Nobody wanted it, so it would all be late."""
        known = Checkpoint(first_run=NOON - DAY, start_from=NOON - DAY)
        reconcile = due(known, NOON, None)
        assert reconcile is not None
        assert (reconcile.since, reconcile.until) == (NOON - DAY, MIDNIGHT - DAY)

        known = Checkpoint(first_run=NOON - DAY, start_from=NOON + DAY)
        reconcile = due(known, NOON, None)
        assert reconcile is not None
        assert reconcile.complete

    def test_one_that_was_begun_today_is_gone_on_with(self) -> None:
        """As far as it is, and done it stays done."""
        begun = Reconcile(
            since=MIDNIGHT - 3 * DAY, until=MIDNIGHT - DAY, reached=NOON - 2 * DAY, below=NOON
        )
        known = Checkpoint(first_run=NOON - 9 * DAY, reconcile=begun)

        assert due(known, NOON, NOON) is begun

    def test_what_an_older_one_left_undone_is_added(self) -> None:
        """A day that was never read again would be a hole in the promise."""
        old = Reconcile(
            since=MIDNIGHT - 5 * DAY, until=MIDNIGHT - 3 * DAY, reached=NOON - 4 * DAY, below=NOON
        )
        known = Checkpoint(first_run=NOON - 9 * DAY, reconcile=old)

        reconcile = due(known, NOON, NOON)

        assert reconcile is not None
        assert (reconcile.since, reconcile.reached) == (NOON - 4 * DAY, NOON - 4 * DAY)
        assert reconcile.until == MIDNIGHT - DAY

    def test_after_an_outage_no_day_is_passed_over(self) -> None:
        """The last one was complete, and then nothing caught up for days."""
        until = MIDNIGHT - 5 * DAY
        old = Reconcile(since=until - 2 * DAY, until=until, reached=until, below=NOON)
        known = Checkpoint(first_run=NOON - 9 * DAY, reconcile=old)

        reconcile = due(known, NOON, NOON)

        assert old.complete
        assert reconcile is not None
        assert (reconcile.since, reconcile.until) == (until - DAY, MIDNIGHT - DAY)


class TestByTheRuns:
    """Nothing has to start it."""

    def test_it_is_done_once_a_day_and_finds_what_came_late(self, harness: Harness) -> None:
        """By the first run after midnight that is caught up."""
        harness.run()
        harness.clock.turn(DAY)
        harness.tenant.add(log_end=NOON + HOUR, guid="late")
        first = harness.run()

        assert first.reconcile == state(harness)
        assert state(harness).complete
        assert state(harness).until == MIDNIGHT + DAY
        assert (first.late, first.rows_read) == (1, 0)
        assert harness.states() == harness.truth()
        assert harness.meter.values(Metric.LATE_LOGS) == [0, 1]
        told = first.as_json()
        assert (told["late"], told["late_by"]) == (1, {"more": 1})
        assert sum(told["late_by_artifact"].values()) == 1

        asked = len(harness.tenant.requests)
        harness.later()
        second = harness.run()
        assert second.late == 0
        assert len(harness.tenant.requests) - asked < 5
        assert harness.meter.values(Metric.LATE_LOGS) == [0, 1]

    def test_an_amended_row_is_not_late(self, harness: Harness) -> None:
        """The runs had not missed it; the tenant corrected it without moving its end."""
        guid = harness.tenant.add(log_end=NOON + 11 * HOUR, status="FAILED")
        harness.run()
        harness.tenant.change(guid, CustomStatus="checked")
        harness.clock.turn(DAY)

        report = harness.run()

        assert (report.versions_stored, report.late) == (1, 0)
        assert harness.states() == harness.truth() or len(harness.records()) == 2

    def test_its_rows_are_not_rows_read(self, harness: Harness) -> None:
        """A tenant that went silent yesterday still has what it showed the day before."""
        harness.tenant.add(log_end=NOON + HOUR)
        harness.run()
        harness.clock.turn(DAY)
        told = len(harness.meter.values(Metric.ROWS_READ))

        assert harness.run().rows_read == 0
        assert harness.meter.values(Metric.ROWS_READ)[told:] == [0]

    def test_one_that_does_not_fit_a_run_is_gone_on_with(self, harness: Harness) -> None:
        """Run by run; each gets further, and new logs do not wait for it."""
        harness.tenant.behaviour.page_cap = 2
        for n in range(60):
            harness.tenant.add(log_end=NOON - DAY + n * 30 * MINUTE)
        for _ in range(20):
            if harness.run().caught_up:
                break
        harness.clock.turn(DAY)
        seconds_of(harness, 40)
        reached: list[datetime] = []
        for _ in range(20):
            began = harness.clock.now()
            harness.tenant.add(log_end=began - SECOND)
            report = harness.run()
            assert report.caught_up
            assert report.versions_stored == 1
            assert harness.clock.now() - began < 7 * MINUTE
            reached.append(state(harness).reached)
            if state(harness).complete:
                break
            harness.later()

        assert len(reached) > 3
        assert reached == sorted(set(reached))
        assert state(harness).complete
        assert harness.states() == harness.truth()

    def test_one_that_is_killed_is_made_up_for(self, harness: Harness) -> None:
        """At any effect: the next runs end in the same state."""
        whole = Life()
        late = NOON + HOUR
        harness.tenant.add(log_end=late)
        harness.clock.turn(DAY)
        harness.prepared(whole).scheduled()
        assert "note reconcile" in whole.effects

        for number in range(0, len(whole.effects), 3):
            again = Harness(environment={"START_FROM": "P3D"})
            again.run()
            again.clock.turn(MIDNIGHT + 2 * MINUTE + DAY - again.clock.now())
            again.tenant.add(log_end=late)
            with pytest.raises(Killed):
                again.prepared(Life(left=number)).scheduled()
            again.later(15 * MINUTE)
            again.run()

            assert state(again).complete, f"killed before {whole.effects[number]}"
            assert again.states() == again.truth()

    def test_what_it_cannot_read_is_told_and_tried_again_an_hour_later(
        self, harness: Harness
    ) -> None:
        """The new logs are exported, so the run is none that failed."""
        harness.tenant.add(log_end=NOON + HOUR)
        harness.run()
        harness.clock.turn(DAY)
        fault = harness.tenant.faults.add(
            Fault(kind="redirect", times=None, match=is_of_an_old_day)
        )

        report = harness.run()
        assert report.caught_up
        assert "redirect" in (report.reconcile_failed or "")
        assert not state(harness).complete
        assert harness.meter.values(Metric.RECONCILE_COMPLETE)[-1] == 0
        harness.later()
        assert harness.run().reconcile_failed is None
        assert not state(harness).complete

        harness.tenant.faults.remove(fault)
        harness.later(HOUR)
        harness.run()
        assert state(harness).complete
        assert harness.meter.values(Metric.RECONCILE_COMPLETE)[-1] == 1

    def test_poison_does_not_stop_it(self, harness: Harness) -> None:
        """It leaves the millisecond out at once, and names it."""
        poisoned = harness.tenant.add(log_end=NOON + HOUR, visible_from=MIDNIGHT + HOUR)
        harness.tenant.add(log_end=NOON + 2 * HOUR, visible_from=MIDNIGHT + HOUR, guid="behind")
        harness.run()
        harness.tenant.faults.add(unreadable_row(poisoned))
        harness.clock.turn(DAY)

        report = harness.run()

        assert state(harness).complete
        assert report.stepped_over == [NOON + HOUR]
        assert [state[0] for state in harness.states()] == ["behind"]

    def test_a_run_that_has_not_caught_up_does_not_begin_it(self, harness: Harness) -> None:
        """First what is new."""
        harness.tenant.faults.add(Fault(kind="redirect", match="Logs?"))
        with pytest.raises(UnexpectedResponseError):
            harness.run()

        assert harness.checkpoints.read().reconcile is None

    def test_it_leaves_out_what_the_archive_has_deleted(self) -> None:
        """Where it was put off for longer than the archive keeps."""
        harness = Harness(environment={"START_FROM": "P90D", "ARCHIVE_RETENTION_DAYS": "35"})
        harness.run()
        days = timedelta(days=80)
        old = Reconcile(since=NOON - days, until=NOON - days + DAY, reached=NOON - days, below=NOON)
        harness.checkpoints.note_reconcile(old)
        harness.tenant.add(log_end=NOON - 60 * DAY)
        harness.clock.turn(DAY)

        report = harness.run()

        assert state(harness).complete
        assert harness.states() == []
        assert report.expired_before == NOON - 34 * DAY


class TestGauge:
    """Whether it is complete."""

    def test_it_is_told_four_times_a_day_from_the_first_day_on(self) -> None:
        """A metric costs by the hour in which it is."""
        harness = Harness()
        told: list[tuple[datetime, float]] = []
        for _ in range(12 * 48):
            before = len(harness.meter.values(Metric.RECONCILE_COMPLETE))
            harness.run()
            values = harness.meter.values(Metric.RECONCILE_COMPLETE)[before:]
            told += [(harness.clock.now(), value) for value in values]
            harness.later()

        hours = [(at - MIDNIGHT) / HOUR for at, _ in told]
        assert [round(hour) for hour in hours] == [0, 6, 12, 18, 24, 30]
        assert {value for _, value in told} == {1}


def is_of_an_old_day(request: Request) -> bool:
    """Whether a request is about the days that are over."""
    return "Logs?" in request.target and "2026-11-22T00" in request.target
