"""The hourly sweep: rows without dates and rows that are not final."""

from datetime import timedelta

from mpl_export.metrics import Metric
from tests.support.rig import Rig
from tests.support.sap_tenant import Request, SapTenant
from tests.support.turning_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE


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
            rig.later()

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
