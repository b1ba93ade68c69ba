"""What a run tells CloudWatch."""

import pytest

from mpl_export.errors import (
    AwsUnavailableError,
    TenantUnavailableError,
)
from mpl_export.metrics import Metric
from tests.support.rig import Rig
from tests.support.sap_tenant import Fault
from tests.support.turning_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


class TestNumbers:
    """What a run tells CloudWatch."""

    def test_failures_are_told_right_after_their_part(self, rig: Rig) -> None:
        """A run that is killed later has told them, and the next will not find them new."""
        rig.tenant.add(status="FAILED", log_end=NOON - 2 * HOUR)
        rig.tenant.add(status="ESCALATED", log_end=NOON - 2 * HOUR)
        rig.tenant.add(status="COMPLETED", log_end=NOON - 2 * HOUR)
        rig.tenant.add(status="FAILED", log_end=NOON - HOUR)

        def fail(key: str) -> None:
            if "/11Z" in key:
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

    def test_what_counts_as_failed_is_what_is_told(self, rig: Rig) -> None:
        """The alarm and the digests speak of the same messages, whatever the operator chose."""
        rig.environment = {"START_FROM": "P1D", "ALERT_STATUSES": "ESCALATED,CANCELLED"}
        for status in ("FAILED", "FAILED", "FAILED", "ESCALATED", "CANCELLED", "COMPLETED"):
            rig.tenant.add(status=status, log_end=NOON - HOUR)

        rig.run()

        assert rig.meter.values(Metric.FAILED_MESSAGES) == [2]

    def test_an_amended_failure_is_not_told_again(self, rig: Rig) -> None:
        """Its text was corrected; it has not failed a second time."""
        guid = rig.tenant.add(status="FAILED", log_end=NOON - MINUTE)
        rig.run()
        rig.tenant.change(guid, CustomStatus="checked")
        rig.later()
        rig.run()

        assert len(rig.records()) == 2
        assert rig.meter.values(Metric.FAILED_MESSAGES) == [1]

    def test_the_lag_is_the_distance_to_what_is_reached(self, rig: Rig) -> None:
        """At the start as the last run left it, at the end as this one does."""
        rig.run()
        assert rig.meter.values(Metric.LAG_SECONDS) == [0, 0]
        rig.later(HOUR)
        rig.run()

        assert rig.meter.values(Metric.LAG_SECONDS) == [0, 0, 3600, 0]

    def test_a_first_run_is_not_behind_by_a_month(self, rig: Rig) -> None:
        """It has only just begun; a run that never gets anywhere shows soon enough."""
        rig.environment = {"START_FROM": "P30D"}
        rig.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        for _ in range(3):
            with pytest.raises(TenantUnavailableError):
                rig.run()
            rig.later(HOUR)

        lags = rig.meter.values(Metric.LAG_SECONDS)
        assert lags[0] == 0
        assert 2 * 3600 <= lags[-1] < 3 * 3600

    def test_the_time_until_data_is_lost_is_told(self, rig: Rig) -> None:
        """The tenant deletes after thirty days, whether we have read it or not."""
        rig.run()
        rig.later(28 * DAY)
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
