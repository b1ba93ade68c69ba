"""Evidence: what the tenant counts on the oldest day of a reconcile, beside what it shows."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from mpl_export.checkpoint import Reconcile
from mpl_export.evidence import Evidence
from mpl_export.exporter.completeness import Distinct, oldest_day
from mpl_export.metrics import Metric
from mpl_export.model import Span, Walked
from mpl_export.tenant.http.transport import Answer, Request
from operate.sap_tenant import Fault, SapTenant, unreadable_row
from operate.sap_tenant import Request as Asked
from tests.support.exporter.exporter_harness import Harness
from tests.support.kills.killable_effects import Killed, Life
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND, log, page

MIDNIGHT = NOON + 12 * HOUR
OLDEST = MIDNIGHT - DAY
"""The oldest day of the reconcile that the harness is due to do, which is NOON's."""


@pytest.fixture
def harness() -> Harness:
    """An export that has run for days, with 30 logs on the day of noon, at the second midnight."""
    return prepared()


def prepared() -> Harness:
    """Such a harness."""
    harness = Harness(environment={"START_FROM": "P3D"})
    harness.run()
    for n in range(30):
        harness.tenant.add(log_end=OLDEST + n * 45 * MINUTE)
    harness.clock.turn(MIDNIGHT + DAY + 2 * MINUTE - harness.clock.now())
    return harness


def evidence(harness: Harness) -> Evidence | None:
    """What is noted."""
    return harness.checkpoints.read().evidence


def is_complete(harness: Harness) -> bool:
    """Whether the reconcile is done."""
    reconcile = harness.checkpoints.read().reconcile
    return reconcile is not None and reconcile.complete


def counts(harness: Harness, answer: Callable[[int], bytes]) -> None:
    """Let the tenant answer each question for a count by what this makes of the right one."""
    honest = harness.exchange

    def exchange(request: Request, *, timeout: float, size_limit: int) -> Answer:
        there = honest(request, timeout=timeout, size_limit=size_limit)
        if "Logs/$count" not in request.url and "Logs/%24count" not in request.url:
            return there
        return Answer(there.status, there.headers, answer(int(there.body)))

    harness.exchange = exchange  # type: ignore[assignment]


class TestTheDay:
    """Which day there is evidence of."""

    def test_the_first_whole_one(self) -> None:
        """Where the reconcile begins inside a day, the next one."""
        day = Span(since=MIDNIGHT, until=MIDNIGHT + DAY)

        assert oldest_day(MIDNIGHT, MIDNIGHT + 2 * DAY) == day
        assert oldest_day(NOON, MIDNIGHT + DAY) == day
        assert oldest_day(MIDNIGHT, MIDNIGHT + DAY) == day

    def test_none_where_no_day_is_whole(self) -> None:
        """The export began in it, or the rest was left by an older reconcile."""
        assert oldest_day(NOON, MIDNIGHT + 23 * HOUR) is None
        assert oldest_day(NOON, MIDNIGHT) is None


class TestDistinct:
    """Rows, each once."""

    def test_rows_at_the_edge_of_pages_count_once(self) -> None:
        """Each page begins where the last one ended."""
        rows = Distinct()
        rows.take(page(NOON + MINUTE, log(1, NOON), log(2, NOON + MINUTE)))
        rows.take(page(NOON + HOUR, log(2, NOON + MINUTE), log(3, NOON + 2 * MINUTE)))

        assert rows.count == 3

    def test_a_row_that_changed_counts_once(self) -> None:
        """Another version of it is the same row."""
        rows = Distinct()
        rows.take(page(NOON, log(1, NOON), log(1, NOON, Status="FAILED")))

        assert rows.count == 1

    def test_windows_that_are_over_are_forgotten_and_counted(self) -> None:
        """Memory does not grow with the day; the hour at whose edge the next page begins stays."""
        rows = Distinct()
        for hour in range(24):
            at = NOON + hour * HOUR
            rows.take(page(at + HOUR, log(2 * hour, at), log(2 * hour + 1, at + HOUR - SECOND)))
            rows.take(page(at + HOUR, log(2 * hour + 1, at + HOUR - SECOND)))
            assert rows.held <= 4

        assert rows.count == 48


class TestByTheReconcile:
    """Counted, read, and counted again."""

    def test_the_oldest_day_is_counted_before_and_after(self, harness: Harness) -> None:
        """And noted for the next seal; the report has it, too; a gap of none costs no metric."""
        harness.tenant.behaviour.page_cap = 7

        report = harness.run()

        day = Evidence(day=OLDEST, before=30, after=30, read=30)
        assert evidence(harness) == report.evidence == day
        assert report.as_json()["evidence"]["gap"] == 0
        assert harness.meter.values(Metric.COMPLETENESS_GAP) == []

    def test_each_day_has_its_evidence_once(self, harness: Harness) -> None:
        """Night by night."""
        days = []
        for _ in range(3):
            noted = harness.run().evidence
            assert noted is not None
            assert noted == evidence(harness)
            days.append(noted.day)
            harness.later()
            assert harness.run().evidence is None
            harness.clock.turn(DAY)

        assert days == [OLDEST, OLDEST + DAY, OLDEST + 2 * DAY]

    def test_a_gap_is_told(self, harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
        """The tenant counts what it does not show."""
        counts(harness, lambda count: b"%d" % (count + 4))

        with caplog.at_level(logging.WARNING):
            report = harness.run()

        assert report.evidence is not None
        assert report.evidence.gap == 4
        assert harness.meter.values(Metric.COMPLETENESS_GAP) == [4]
        assert "counted 34 logs before and 34 after they were read, and showed 30" in caplog.text

    def test_the_smaller_count_is_taken(self, harness: Harness) -> None:
        """What was cleaned up meanwhile is no gap, nor what appeared meanwhile."""
        counted = iter((40, 30))
        counts(harness, lambda _: b"%d" % next(counted))

        report = harness.run()

        assert report.evidence == Evidence(day=OLDEST, before=40, after=30, read=30)
        assert harness.meter.values(Metric.COMPLETENESS_GAP) == []

    def test_a_tenant_that_cannot_count_gives_no_counts(self, harness: Harness) -> None:
        """Null, and no metric; it is asked once."""
        harness.tenant.faults.add(Fault(kind="redirect", times=None, match="count"))

        report = harness.run()

        assert report.evidence == Evidence(day=OLDEST, read=30)
        assert report.evidence.gap is None
        assert harness.meter.values(Metric.COMPLETENESS_GAP) == []

    def test_what_was_stepped_over_is_no_gap(self, harness: Harness) -> None:
        """It has its own alarm, and stands beside the counts."""
        poisoned = harness.tenant.add(log_end=OLDEST + 10 * MINUTE)
        harness.checkpoints.commit(MIDNIGHT + DAY, MIDNIGHT + DAY, at=harness.clock.now())
        harness.tenant.faults.add(unreadable_row(poisoned))

        report = harness.run()

        assert report.evidence == Evidence(day=OLDEST, before=31, after=31, read=30, stepped_over=1)
        assert report.evidence.gap == 0

    def test_a_day_that_one_run_did_not_finish_has_none(self, harness: Harness) -> None:
        """Its rows cannot be told apart: rather nothing than a number that may be wrong."""
        harness.checkpoints.commit(MIDNIGHT + DAY, MIDNIGHT + DAY, at=harness.clock.now())
        harness.tenant.behaviour.page_cap = 2

        def slow(tenant: SapTenant, request: Asked) -> None:
            del tenant
            if "Logs?" in request.target:
                harness.clock.turn(timedelta(seconds=40))

        harness.tenant.on_request.append(slow)
        runs = 0
        while not is_complete(harness):
            assert harness.run().evidence is None
            harness.later()
            runs += 1

        assert 1 < runs < 20
        assert evidence(harness) is None

    def test_a_tie_that_an_earlier_run_has_walked_leaves_none(self, harness: Harness) -> None:
        """The rows before its offset do not come again, and would look like a gap."""
        harness.checkpoints.note_reconcile(
            Reconcile(
                since=OLDEST,
                until=MIDNIGHT + DAY,
                reached=OLDEST,
                below=MIDNIGHT,
                walked=Walked(OLDEST, 1),
            )
        )

        assert harness.run().evidence is None
        assert is_complete(harness)

    def test_a_run_that_is_killed_makes_no_gap(self) -> None:
        """Whichever effect was its last, what is noted is right."""
        whole = Life()
        prepared().prepared(whole).scheduled()
        assert "note evidence" in whole.effects
        noted: set[Evidence | None] = set()
        for number in range(len(whole.effects)):
            again = prepared()
            with pytest.raises(Killed):
                again.prepared(Life(left=number)).scheduled()
            again.later(15 * MINUTE)
            again.run()

            assert again.meter.values(Metric.COMPLETENESS_GAP) == []
            noted.add(evidence(again))

        right = Evidence(day=OLDEST, before=30, after=30, read=30)
        assert right in noted
        assert noted <= {right, None}

    def test_a_part_of_a_day_is_no_day(self) -> None:
        """The export began in it."""
        harness = Harness(environment={"START_FROM": "PT3H"})
        harness.run()
        harness.clock.turn(MIDNIGHT + 2 * MINUTE - harness.clock.now())
        harness.run()

        assert is_complete(harness)
        assert evidence(harness) is None
