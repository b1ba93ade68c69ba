"""What a run tells CloudWatch."""

import pytest

from mpl_export.errors import (
    AwsUnavailableError,
    ServiceKeyError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.metrics import Metric
from operate.sap_tenant import Fault, Request, SapTenant
from tests.support.exporter.exporter_harness import Harness
from tests.support.exporter.keyed_harness import KeyedHarness
from tests.support.faults.fault_world import TODAY
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


class TestNumbers:
    """What a run tells CloudWatch."""

    def test_failures_are_told_right_after_their_part(self, harness: Harness) -> None:
        """A run that is killed later has told them, and the next will not find them new."""
        harness.tenant.add(status="FAILED", log_end=NOON - 2 * HOUR)
        harness.tenant.add(status="ESCALATED", log_end=NOON - 2 * HOUR)
        harness.tenant.add(status="COMPLETED", log_end=NOON - 2 * HOUR)
        harness.tenant.add(status="FAILED", log_end=NOON - HOUR)

        def fail(key: str) -> None:
            if "/11Z" in key:
                raise AwsUnavailableError("AWS could not write")

        harness.objects.before_put = fail
        with pytest.raises(AwsUnavailableError):
            harness.run()

        assert (Metric.FAILED_MESSAGES, 2) in harness.meter.told

    def test_old_failures_are_not_told(self, harness: Harness) -> None:
        """A first run finds a month of them: that is history, not news."""
        harness.environment = {"START_FROM": "P30D", "ALERT_MAX_AGE_HOURS": "24"}
        harness.tenant.add(status="FAILED", log_end=NOON - DAY - SECOND)
        harness.tenant.add(status="FAILED", log_end=NOON - DAY + SECOND)

        harness.run()

        assert harness.meter.values(Metric.FAILED_MESSAGES) == [1]

    def test_what_counts_as_failed_is_what_is_told(self, harness: Harness) -> None:
        """The alarm and the digests speak of the same messages, whatever the operator chose."""
        harness.environment = {"START_FROM": "P1D", "ALERT_STATUSES": "ESCALATED,CANCELLED"}
        for status in ("FAILED", "FAILED", "FAILED", "ESCALATED", "CANCELLED", "COMPLETED"):
            harness.tenant.add(status=status, log_end=NOON - HOUR)

        harness.run()

        assert harness.meter.values(Metric.FAILED_MESSAGES) == [2]

    def test_an_amended_failure_is_not_told_again(self, harness: Harness) -> None:
        """Its text was corrected; it has not failed a second time."""
        guid = harness.tenant.add(status="FAILED", log_end=NOON - MINUTE)
        harness.run()
        harness.tenant.change(guid, CustomStatus="checked")
        harness.later()
        harness.run()

        assert len(harness.records()) == 2
        assert harness.meter.values(Metric.FAILED_MESSAGES) == [1]

    def test_the_lag_is_told_by_every_run_once_one_has_succeeded(self, harness: Harness) -> None:
        """By those that fail above all, even before they reach the tenant."""
        harness.run()
        assert harness.meter.values(Metric.LAG_SECONDS) == [0]
        harness.later(HOUR)
        harness.connect_fails = AwsUnavailableError("the secret cannot be read")
        with pytest.raises(AwsUnavailableError):
            harness.run()
        harness.connect_fails = None
        harness.run()

        assert harness.meter.values(Metric.LAG_SECONDS) == [0, 3600, 0]

    def test_before_the_first_success_there_is_no_lag(self, harness: Harness) -> None:
        """A lag near zero says "all well", and with a placeholder for a key nothing is."""
        harness.connect_fails = ServiceKeyError("is the placeholder")
        for _ in range(3):
            with pytest.raises(ServiceKeyError):
                harness.run()
            harness.later()
        assert harness.meter.values(Metric.LAG_SECONDS) == []

        harness.connect_fails = None
        harness.tenant.faults.add(Fault(kind="status", status=503, match="Logs?", times=None))
        with pytest.raises(TenantUnavailableError):
            harness.run()
        assert harness.meter.values(Metric.LAG_SECONDS) == []

        harness.tenant.faults.clear()
        harness.run()
        assert harness.meter.values(Metric.LAG_SECONDS) == [0]

    def test_a_first_run_of_hours_is_not_behind(self, harness: Harness) -> None:
        """Until it stands still."""
        harness.environment = {"START_FROM": "P30D"}
        harness.tenant.behaviour.page_cap = 5
        for n in range(200):
            harness.tenant.add(log_end=NOON - 29 * DAY + n * HOUR)

        def slow(tenant: SapTenant, _request: Request) -> None:
            del tenant
            harness.clock.turn(MINUTE)

        harness.tenant.on_request.append(slow)
        for _ in range(3):
            assert not harness.run().caught_up
            harness.later()
        assert max(harness.meter.values(Metric.LAG_SECONDS)) < 120
        assert harness.meter.values(Metric.RETENTION_HOURS_LEFT) == []

        harness.connect_fails = AwsUnavailableError("the secret cannot be read")
        harness.later(2 * HOUR)
        with pytest.raises(AwsUnavailableError):
            harness.run()
        assert harness.meter.values(Metric.LAG_SECONDS)[-1] > 2 * 3600

        harness.connect_fails = None
        harness.tenant.on_request.clear()
        assert harness.run().caught_up
        assert harness.meter.values(Metric.LAG_SECONDS)[-1] < 3600

    def test_the_time_until_data_is_lost_is_told_when_it_is_short(self, harness: Harness) -> None:
        """The tenant deletes after thirty days; a metric that says "29" all year costs."""
        harness.run()
        harness.later(22 * DAY)
        harness.connect_fails = AwsUnavailableError("the secret cannot be read")
        for _ in range(3):
            with pytest.raises(AwsUnavailableError):
                harness.run()
            harness.later(DAY + MINUTE)

        left = harness.meter.values(Metric.RETENTION_HOURS_LEFT)
        assert [round(hours) for hours in left] == [168, 144]

    @pytest.mark.parametrize("shape", ["date_garbage"])
    def test_what_limits_reading_is_one_number(self, harness: Harness, shape: str) -> None:
        """Its parts stand in the report; four metrics and four alarms would say the same."""
        guid = harness.tenant.add(log_end=NOON - MINUTE)
        harness.tenant.faults.add(
            Fault(kind="malformed_row", guid=guid, shape=shape, times=None)  # type: ignore[arg-type]
        )
        report = harness.run()

        assert harness.meter.values(Metric.READING_LIMITED) == [1]
        assert report.as_json()["unreadable"] == 1
        assert "Raw" in harness.records()[0]

    def test_what_should_never_happen_is_told_only_if_it_did(self, harness: Harness) -> None:
        """A metric costs by the hour in which it is emitted."""
        harness.run()

        assert {name for name, _ in (*harness.meter.told, *harness.meter._noted)} == {
            Metric.LAG_SECONDS,
            Metric.ROWS_READ,
            Metric.OLDEST_OPEN_MESSAGE_SECONDS,
        }


class TestKey:
    """How long the key in use lasts."""

    def test_it_is_told_by_the_first_run_of_six_hours(self, harness: Harness) -> None:
        """Four times a day are enough for an alarm on days, and cost a sixth."""
        harness.certificate_ends = NOON + 30 * DAY
        for _ in range(12 * 7):
            harness.run()
            harness.later()

        days = harness.meter.values(Metric.CERTIFICATE_DAYS_LEFT)
        assert days == [30, 29.75]
        assert harness.meter.values(Metric.PREVIOUS_KEY_IN_USE) == []

    def test_it_is_that_of_the_key_that_the_tenant_takes(self) -> None:
        """The refused one may last a year, while the one in use ends in two days."""
        harness = KeyedHarness(clock=ManualClock(TODAY))
        harness.run()
        harness.make_another()
        harness.store()
        harness.revoke_tokens()
        harness.later(6 * HOUR)

        harness.run()

        assert harness.meter.values(Metric.PREVIOUS_KEY_IN_USE) == [1]
        first, then = harness.meter.values(Metric.CERTIFICATE_DAYS_LEFT)
        assert first - then == pytest.approx(0.25, abs=0.01)
        harness.admit()
        harness.later()
        harness.run()
        assert harness.meter.values(Metric.PREVIOUS_KEY_IN_USE) == [1]

    def test_it_is_told_by_a_run_that_fails_too(self, harness: Harness) -> None:
        """An alarm on a certificate that has ended would otherwise go out by itself."""
        harness.certificate_ends = NOON - DAY
        harness.tenant.faults.add(Fault(kind="redirect", times=None))
        with pytest.raises(UnexpectedResponseError):
            harness.run()

        assert harness.meter.values(Metric.CERTIFICATE_DAYS_LEFT) == [-1]
