"""What a run tells CloudWatch."""

import pytest

from mpl_export.errors import (
    AwsUnavailableError,
    ServiceKeyError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.metrics import Metric
from tests.support.fault_world import TODAY
from tests.support.keyed_rig import KeyedRig
from tests.support.rig import Rig
from tests.support.sap_tenant import Fault, Request, SapTenant
from tests.support.turning_clock import NOON, TurningClock
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

    def test_the_lag_is_told_by_every_run_once_one_has_succeeded(self, rig: Rig) -> None:
        """By those that fail above all, even before they reach the tenant."""
        rig.run()
        assert rig.meter.values(Metric.LAG_SECONDS) == [0]
        rig.later(HOUR)
        rig.connect_fails = AwsUnavailableError("the secret cannot be read")
        with pytest.raises(AwsUnavailableError):
            rig.run()
        rig.connect_fails = None
        rig.run()

        assert rig.meter.values(Metric.LAG_SECONDS) == [0, 3600, 0]

    def test_before_the_first_success_there_is_no_lag(self, rig: Rig) -> None:
        """A lag near zero says "all well", and with a placeholder for a key nothing is."""
        rig.connect_fails = ServiceKeyError("is the placeholder")
        for _ in range(3):
            with pytest.raises(ServiceKeyError):
                rig.run()
            rig.later()
        assert rig.meter.values(Metric.LAG_SECONDS) == []

        rig.connect_fails = None
        rig.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        with pytest.raises(TenantUnavailableError):
            rig.run()
        assert rig.meter.values(Metric.LAG_SECONDS) == []

        rig.tenant.faults.clear()
        rig.run()
        assert rig.meter.values(Metric.LAG_SECONDS) == [0]

    def test_a_first_run_of_hours_is_not_behind(self, rig: Rig) -> None:
        """Until it stands still."""
        rig.environment = {"START_FROM": "P30D"}
        rig.tenant.behaviour.page_cap = 5
        for n in range(200):
            rig.tenant.add(log_end=NOON - 29 * DAY + n * HOUR)

        def slow(tenant: SapTenant, _request: Request) -> None:
            del tenant
            rig.clock.turn(MINUTE)

        rig.tenant.on_request.append(slow)
        for _ in range(3):
            assert not rig.run().caught_up
            rig.later()
        assert max(rig.meter.values(Metric.LAG_SECONDS)) < 120
        assert rig.meter.values(Metric.RETENTION_HOURS_LEFT) == []

        rig.connect_fails = AwsUnavailableError("the secret cannot be read")
        rig.later(2 * HOUR)
        with pytest.raises(AwsUnavailableError):
            rig.run()
        assert rig.meter.values(Metric.LAG_SECONDS)[-1] > 2 * 3600

        rig.connect_fails = None
        rig.tenant.on_request.clear()
        assert rig.run().caught_up
        assert rig.meter.values(Metric.LAG_SECONDS)[-1] < 3600

    def test_the_time_until_data_is_lost_is_told_when_it_is_short(self, rig: Rig) -> None:
        """The tenant deletes after thirty days; a metric that says "29" all year costs."""
        rig.run()
        rig.later(22 * DAY)
        rig.connect_fails = AwsUnavailableError("the secret cannot be read")
        for _ in range(3):
            with pytest.raises(AwsUnavailableError):
                rig.run()
            rig.later(DAY + MINUTE)

        left = rig.meter.values(Metric.RETENTION_HOURS_LEFT)
        assert [round(hours) for hours in left] == [168, 144]

    @pytest.mark.parametrize("shape", ["date_garbage"])
    def test_what_limits_reading_is_one_number(self, rig: Rig, shape: str) -> None:
        """Its parts stand in the report; four metrics and four alarms would say the same."""
        guid = rig.tenant.add(log_end=NOON - MINUTE)
        rig.tenant.faults.add(
            Fault(kind="malformed_row", guid=guid, shape=shape, times=None)  # type: ignore[arg-type]
        )
        report = rig.run()

        assert rig.meter.values(Metric.READING_LIMITED) == [1]
        assert report.as_json()["unreadable"] == 1
        assert "Raw" in rig.records()[0]

    def test_what_should_never_happen_is_told_only_if_it_did(self, rig: Rig) -> None:
        """A metric costs by the hour in which it is emitted."""
        rig.run()

        assert {name for name, _ in (*rig.meter.told, *rig.meter._noted)} == {
            Metric.LAG_SECONDS,
            Metric.ROWS_READ,
            Metric.OLDEST_OPEN_MESSAGE_SECONDS,
        }


class TestKey:
    """How long the key in use lasts."""

    def test_it_is_told_by_the_first_run_of_six_hours(self, rig: Rig) -> None:
        """Four times a day are enough for an alarm on days, and cost a sixth."""
        rig.certificate_ends = NOON + 30 * DAY
        for _ in range(12 * 7):
            rig.run()
            rig.later()

        days = rig.meter.values(Metric.CERTIFICATE_DAYS_LEFT)
        assert days == [30, 29.75]
        assert rig.meter.values(Metric.PREVIOUS_KEY_IN_USE) == []

    def test_it_is_that_of_the_key_that_the_tenant_takes(self) -> None:
        """The refused one may last a year, while the one in use ends in two days."""
        rig = KeyedRig(clock=TurningClock(TODAY))
        rig.run()
        rig.make_another()
        rig.store()
        rig.revoke_tokens()
        rig.later(6 * HOUR)

        rig.run()

        assert rig.meter.values(Metric.PREVIOUS_KEY_IN_USE) == [1]
        first, then = rig.meter.values(Metric.CERTIFICATE_DAYS_LEFT)
        assert first - then == pytest.approx(0.25, abs=0.01)
        rig.admit()
        rig.later()
        rig.run()
        assert rig.meter.values(Metric.PREVIOUS_KEY_IN_USE) == [1]

    def test_it_is_told_by_a_run_that_fails_too(self, rig: Rig) -> None:
        """An alarm on a certificate that has ended would otherwise go out by itself."""
        rig.certificate_ends = NOON - DAY
        rig.tenant.faults.add(Fault(kind="redirect", times=None))
        with pytest.raises(UnexpectedResponseError):
            rig.run()

        assert rig.meter.values(Metric.CERTIFICATE_DAYS_LEFT) == [-1]
