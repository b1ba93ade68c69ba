"""An invocation as a whole: its lease, its report, its container."""

from datetime import timedelta

import pytest

from mpl_export import __version__
from mpl_export.clock import Deadline
from mpl_export.metrics import Metric
from tests.support.rig import Rig
from tests.support.sap_tenant import Fault
from tests.support.turning_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


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
        assert rig.meter.values(Metric.LAG_SECONDS) == []

    def test_a_run_that_finds_it_held_tells_the_lag(self, rig: Rig) -> None:
        """The other one may hang: then nobody else would say that the export stands still."""
        rig.run()
        rig.later(HOUR)
        now = rig.clock.now()
        with rig.checkpoints.lease("another", now=now, until=now + HOUR, start_from=NOON):
            rig.run()

        assert rig.meter.values(Metric.LAG_SECONDS) == [0, 3600]

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

        rig.later()
        assert rig.run().since is None
        rig.later(10 * MINUTE)
        assert rig.run().since is not None


def test_a_report_tells_the_run(rig: Rig) -> None:
    """What the handler returns and logs."""
    rig.tenant.add(status="FAILED", log_end=NOON - HOUR)
    rig.tenant.add(status="COMPLETED", log_end=NOON - HOUR)

    report = rig.run().as_json()

    [part] = rig.parts()
    assert report == {
        "tenant": "demo",
        "purpose": "scheduled",
        "since": "2026-11-21T12:00:00.000Z",
        "until": "2026-11-22T12:00:00.000Z",
        "reached": "2026-11-22T12:00:00.000Z",
        "position": "2026-11-22T11:45:00.000Z",
        "caught_up": True,
        "rows_read": 2,
        "versions_stored": 2,
        "late": 0,
        "requests": len(rig.tenant.requests),
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
        "stepped_over": [],
        "parts": [part],
    }


def test_a_stored_part_is_noted_once_an_hour(rig: Rig) -> None:
    """The notifier looks for it: where it never heard of it, nobody is told of failures."""
    noted = []
    for _ in range(14):
        rig.tenant.add(log_end=rig.clock.now() - SECOND)
        rig.run()
        part = rig.checkpoints.read().part
        assert part is not None
        assert part.key in rig.objects.held
        noted.append(part.at)
        rig.later()

    assert noted == [NOON] * 12 + [NOON + HOUR] * 2


def test_a_run_that_stores_nothing_notes_no_part(rig: Rig) -> None:
    """There is nothing that the notifier could have missed."""
    rig.run()

    assert rig.checkpoints.read().part is None


def test_a_warm_container_stores_what_a_cold_one_would() -> None:
    """What it remembers of the archive saves reads, and changes nothing."""
    rigs = [Rig(warm=warm) for warm in (True, False)]
    for rig in rigs:
        for n in range(6):
            rig.tenant.add(log_end=rig.clock.now() - MINUTE, guid=f"guid-{n}")
            rig.run()
            rig.later()

    warm, cold = rigs
    assert warm.states() == cold.states() == warm.truth()
    assert warm.objects.gets < cold.objects.gets


def test_the_deadline_of_reading_leaves_time_to_store(rig: Rig) -> None:
    """It comes before Lambda's own."""
    run = rig.prepared()

    assert isinstance(run.reading, Deadline)
    assert rig.clock.now() + timedelta(seconds=run.reading.seconds_left()) < run.ends
