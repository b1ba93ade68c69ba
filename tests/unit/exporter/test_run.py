"""An invocation as a whole: its lease, its report, its container."""

from datetime import timedelta

import pytest

from mpl_export import __version__
from mpl_export.clock import Deadline
from mpl_export.metrics import Metric
from operate.sap_tenant import Fault
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


class TestLease:
    """One run at a time: it saves the tenant double load."""

    def test_a_run_that_finds_it_held_says_so_and_ends_well(self, harness: Harness) -> None:
        """It is no failure: the other one is at work."""
        harness.tenant.add(log_end=NOON - MINUTE)
        first = harness.prepared()

        with harness.checkpoints.lease(
            "another", now=NOON, until=NOON + HOUR, start_from=NOON - DAY
        ):
            report = first.scheduled()

        assert not report.caught_up
        assert (report.since, report.rows_read, report.requests) == (None, 0, 0)
        assert harness.objects.held == {}
        assert harness.meter.values(Metric.LAG_SECONDS) == []

    def test_a_run_that_finds_it_held_tells_the_lag(self, harness: Harness) -> None:
        """The other one may hang: then nobody else would say that the export stands still."""
        harness.run()
        harness.later(HOUR)
        now = harness.clock.now()
        with harness.checkpoints.lease("another", now=now, until=now + HOUR, start_from=NOON):
            harness.run()

        assert harness.meter.values(Metric.LAG_SECONDS) == [0, 3600]

    def test_it_is_given_back_at_the_end(self, harness: Harness) -> None:
        """The next run does not wait for the time that was left."""
        harness.run()

        assert harness.run().caught_up

    def test_it_is_given_back_after_a_failure(self, harness: Harness) -> None:
        """The next run is the retry."""
        harness.tenant.faults.add(Fault(kind="redirect", match="Logs?"))
        with pytest.raises(Exception, match="redirects"):
            harness.run()

        assert harness.run().caught_up

    def test_a_killed_run_frees_itself_when_its_time_is_over(self, harness: Harness) -> None:
        """Nobody else could: it was killed."""
        lease = harness.checkpoints.lease(
            "killed", now=NOON, until=NOON + 14 * MINUTE, start_from=NOON - DAY
        )
        lease.__enter__()

        harness.later()
        assert harness.run().since is None
        harness.later(10 * MINUTE)
        assert harness.run().since is not None


def test_a_report_tells_the_run(harness: Harness) -> None:
    """What the handler returns and logs."""
    harness.tenant.add(status="FAILED", log_end=NOON - HOUR)
    harness.tenant.add(status="COMPLETED", log_end=NOON - HOUR)

    report = harness.run().as_json()

    [part] = harness.parts()
    assert report == {
        "tenant": "demo",
        "purpose": "scheduled",
        "since": "2026-11-21T12:00:00.000Z",
        "until": "2026-11-22T12:00:00.000Z",
        "reached": "2026-11-22T12:00:00.000Z",
        "walked": None,
        "position": "2026-11-22T11:45:00.000Z",
        "caught_up": True,
        "rows_read": 2,
        "versions_stored": 2,
        "late": 0,
        "requests": len(harness.tenant.requests),
        "release": __version__,
        "by_status": {"COMPLETED": 1, "FAILED": 1},
        "sweep": {
            "open": 0,
            "oldest_seconds": 0.0,
            "abandoned": 0,
            "dead": 0,
            "at_cap": False,
            "failed": [],
        },
        "artifacts": {
            "read": 0,
            "stored": "artifacts/v1/tenant=demo/dt=2026-11-22/1200Z.jsonl.gz",
        },
        "stepped_over": [],
        "parts": [part],
    }


def test_a_stored_part_is_noted_once_an_hour(harness: Harness) -> None:
    """The notifier looks for it: where it never heard of it, nobody is told of failures."""
    noted = []
    for _ in range(14):
        harness.tenant.add(log_end=harness.clock.now() - SECOND)
        harness.run()
        part = harness.checkpoints.read().part
        assert part is not None
        assert part.key in harness.objects.held
        noted.append(part.at)
        harness.later()

    assert noted == [NOON] * 12 + [NOON + HOUR] * 2


def test_a_run_that_stores_nothing_notes_no_part(harness: Harness) -> None:
    """There is nothing that the notifier could have missed."""
    harness.run()

    assert harness.checkpoints.read().part is None


def test_a_warm_container_stores_what_a_cold_one_would() -> None:
    """What it remembers of the archive saves reads, and changes nothing."""
    harnesses = [Harness(warm=warm) for warm in (True, False)]
    for harness in harnesses:
        for n in range(6):
            harness.tenant.add(log_end=harness.clock.now() - MINUTE, guid=f"guid-{n}")
            harness.run()
            harness.later()

    warm, cold = harnesses
    assert warm.states() == cold.states() == warm.truth()
    assert warm.objects.gets < cold.objects.gets


def test_the_deadline_of_reading_leaves_time_to_store(harness: Harness) -> None:
    """It comes before Lambda's own."""
    run = harness.prepared()

    assert isinstance(run.reading, Deadline)
    assert harness.clock.now() + timedelta(seconds=run.reading.seconds_left()) < run.ends
