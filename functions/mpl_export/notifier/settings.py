"""The settings of the notifier, read once from the environment; the template declares them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mpl_export.errors import SettingsError
from mpl_export.notifier.digest import Origin
from mpl_export.notifier.flows import expected_flows
from mpl_export.settings import TENANT_NAME, EnvironmentReader


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifierSettings:
    """What an operator decides about telling.

    Attributes:
        alert_topic: The ARN of the topic that reaches people.
        event_bus: Name or ARN of the bus that gets an event for each failed message.
        alert_max_age: How old a failure may be, when archived, to be told.
        alert_statuses: Which statuses are told.
        error_text: Whether error texts are told; the archive holds them in any case.
        time_zone: In which zone digests give times beside UTC; None for UTC alone.
        database: The database of Athena's tables; empty if unknown.
        alarm_url: Where the alarm on failed messages is seen; empty if unknown.
        runbook_url: The page that says what to do; empty if unknown.
        daily_summary: Whether a summary of the day before is told in the morning.
        expected_flows: Artifacts of which a COMPLETED is expected, and within which interval.
    """

    tenant: str
    archive_bucket: str
    checkpoint_table: str
    alert_topic: str
    event_bus: str
    alert_max_age: timedelta
    alert_statuses: tuple[str, ...]
    error_text: bool
    time_zone: ZoneInfo | None
    database: str
    alarm_url: str
    runbook_url: str
    daily_summary: bool
    expected_flows: Mapping[str, timedelta]

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "NotifierSettings":
        """Read and check the settings.

        Raises:
            SettingsError: One is missing or cannot be understood; names it.
        """
        env = EnvironmentReader(environment)
        return cls(
            tenant=env.matching("TENANT", TENANT_NAME),
            archive_bucket=env.text("ARCHIVE_BUCKET"),
            checkpoint_table=env.text("CHECKPOINT_TABLE"),
            alert_topic=env.text("ALERT_TOPIC"),
            event_bus=env.optional("EVENT_BUS", "default"),
            alert_max_age=timedelta(hours=env.number("ALERT_MAX_AGE_HOURS", 24, least=1, most=720)),
            alert_statuses=env.alert_statuses(),
            error_text=env.switch("ALERT_ERROR_TEXT", default="on"),
            time_zone=_zone(env.optional("ALERT_TIME_ZONE", "UTC")),
            database=env.optional("ATHENA_DATABASE"),
            alarm_url=env.optional("ALARM_URL"),
            runbook_url=env.optional("RUNBOOK_URL").rstrip("#"),
            daily_summary=env.switch("DAILY_SUMMARY", default="off"),
            expected_flows=_flows(env.optional("EXPECTED_FLOWS")),
        )

    @property
    def origin(self) -> Origin:
        """What every digest says of this stack."""
        return Origin(
            tenant=self.tenant,
            bucket=self.archive_bucket,
            zone=self.time_zone,
            database=self.database,
            alarm_url=self.alarm_url,
            runbook_url=self.runbook_url,
        )


def _zone(name: str) -> ZoneInfo | None:
    if name == "UTC":
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise SettingsError(
            "ALERT_TIME_ZONE", "must be a time zone of the IANA database, such as Europe/Berlin"
        ) from error


def _flows(text: str) -> Mapping[str, timedelta]:
    try:
        return expected_flows(text)
    except ValueError as error:
        raise SettingsError(
            "EXPECTED_FLOWS",
            "must be a comma list of pairs such as Order_to_Cash=PT1H, each interval an ISO 8601 "
            "duration from a minute to 30 days",
        ) from error
