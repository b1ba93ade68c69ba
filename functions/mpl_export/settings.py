"""The settings of the exporter, read once from the environment; the template declares them all.

Those of the notifier, which reads its own in the same way, are in ``notifier.settings``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from mpl_export.errors import SettingsError
from mpl_export.instants import instant_or_ago

ARCHIVE_KEEPS_LONGER = timedelta(days=5)
"""How much longer than the tenant at least, or what it deletes would be exported again."""

_MOST_DIGITS = 9

type RuntimeArtifacts = Literal["on", "with-deployer", "off"]

EXPANDABLE = ("CustomHeaderProperties", "AdapterAttributes")

# The tenant's name stands in keys of S3, in partitions of Athena and in metric dimensions.
TENANT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_STATUSES = re.compile(r"[A-Z_]+(,[A-Z_]+)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator decides.

    Attributes:
        tenant: Name of the tenant: partition of the archive and dimension of every metric.
        start_from: Where the first run begins: an instant, or a duration before it.
        overlap: How far behind its start a run leaves the position, for logs that come late.
        page_concurrency: Threads that read slices of a long span.
        error_texts: Whether error texts are fetched.
        expand: Navigation properties that are read along.
        alert_max_age: How old a failure may be, when archived, to be told.
        alert_statuses: Which statuses are told, and so count as failed.
        tenant_retention: How long the tenant keeps its logs.
        archive_retention: After how long the archive deletes; None for never.
        tenant_ca_pem: A CA to trust in addition to the public ones; empty for none.
        seal_key: The ARN of the key that signs seals; empty for none.
        runtime_artifacts: Whether what is deployed is looked at, and with who deployed it.
    """

    tenant: str
    service_key_secret: str
    archive_bucket: str
    checkpoint_table: str
    start_from: str
    overlap: timedelta
    page_concurrency: int
    error_texts: bool
    expand: tuple[str, ...]
    alert_max_age: timedelta
    alert_statuses: tuple[str, ...]
    tenant_retention: timedelta
    archive_retention: timedelta | None
    tenant_ca_pem: str
    seal_key: str
    runtime_artifacts: RuntimeArtifacts

    @classmethod
    def from_env(cls, environment: Mapping[str, str], now: datetime) -> "Settings":
        """Read and check the settings.

        Raises:
            SettingsError: One is missing or cannot be understood; names it.
        """
        env = EnvironmentReader(environment)
        tenant_retention = timedelta(
            days=env.number("TENANT_RETENTION_DAYS", 30, least=1, most=3650)
        )
        return cls(
            tenant=env.matching("TENANT", TENANT_NAME),
            service_key_secret=env.text("SERVICE_KEY_SECRET"),
            archive_bucket=env.text("ARCHIVE_BUCKET"),
            checkpoint_table=env.text("CHECKPOINT_TABLE"),
            start_from=env.instant_or_ago("START_FROM", "P30D", now),
            overlap=timedelta(minutes=env.number("OVERLAP_MINUTES", 15, least=1, most=1440)),
            page_concurrency=env.number("PAGE_CONCURRENCY", 4, least=1, most=16),
            error_texts=env.switch("ERROR_TEXT", default="on"),
            expand=env.choices("EXPAND", EXPANDABLE),
            alert_max_age=timedelta(hours=env.number("ALERT_MAX_AGE_HOURS", 24, least=1, most=720)),
            alert_statuses=env.alert_statuses(),
            tenant_retention=tenant_retention,
            archive_retention=env.archive_retention(tenant_retention),
            tenant_ca_pem=env.optional("TENANT_CA_PEM"),
            seal_key=env.optional("SEAL_KEY"),
            runtime_artifacts=env.runtime_artifacts(),
        )


class EnvironmentReader:
    """Reads variables; one that cannot be understood is a ``SettingsError`` that names it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def optional(self, name: str, default: str = "") -> str:
        """A text; the default if the variable is absent or blank."""
        return self._environment.get(name, "").strip() or default

    def text(self, name: str) -> str:
        """A text that has to be there."""
        value = self.optional(name)
        if not value:
            raise SettingsError(name, "is missing")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """A name that has to be there, and match."""
        value = self.text(name)
        if pattern.fullmatch(value) is None:
            raise SettingsError(name, "must be 1 to 63 letters, digits, dots, hyphens, underscores")
        return value

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.optional(name, str(default))
        is_number = value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
        if not (is_number and least <= int(value) <= most):
            raise SettingsError(name, f"must be a whole number from {least} to {most}")
        return int(value)

    def archive_retention(self, of_the_tenant: timedelta) -> timedelta | None:
        """After how long the archive deletes; None for never.

        CloudFormation compares no numbers, so that it is longer than the tenant's is checked here.
        """
        name = "ARCHIVE_RETENTION_DAYS"
        days = self.number(name, 0, least=0, most=36_500)
        least = of_the_tenant + ARCHIVE_KEEPS_LONGER
        if days and timedelta(days=days) < least:
            raise SettingsError(
                name,
                f"must be 0 (for ever) or at least {least.days}: the tenant's retention and "
                f"{ARCHIVE_KEEPS_LONGER.days} days, or what the archive has deleted would be "
                "exported again",
            )
        return timedelta(days=days) if days else None

    def switch(self, name: str, *, default: str) -> bool:
        """``on`` or ``off``."""
        value = self.optional(name, default)
        if value not in {"on", "off"}:
            raise SettingsError(name, "must be on or off")
        return value == "on"

    def runtime_artifacts(self) -> RuntimeArtifacts:
        """Whether what is deployed is looked at, and with who deployed it."""
        name = "RUNTIME_ARTIFACTS"
        match self.optional(name, "on"):
            case "on":
                return "on"
            case "with-deployer":
                return "with-deployer"
            case "off":
                return "off"
            case _:
                raise SettingsError(name, "must be on, with-deployer or off")

    def choices(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """A comma list of some of the allowed, each once."""
        chosen = tuple(part.strip() for part in self.optional(name).split(",") if part.strip())
        if not set(chosen) <= set(allowed):
            raise SettingsError(name, f"may list only {' and '.join(allowed)}")
        return tuple(dict.fromkeys(chosen))

    def alert_statuses(self) -> tuple[str, ...]:
        """The statuses that people and systems are told of, each once."""
        name = "ALERT_STATUSES"
        value = self.optional(name, "FAILED,ESCALATED")
        if _STATUSES.fullmatch(value) is None:
            raise SettingsError(name, "must be a comma list of statuses such as FAILED")
        return tuple(dict.fromkeys(value.split(",")))

    def instant_or_ago(self, name: str, default: str, now: datetime) -> str:
        """The text of an instant, or of a duration before now."""
        value = self.optional(name, default)
        try:
            instant_or_ago(value, now)
        except ValueError:  # not chained: it quotes the value
            raise SettingsError(
                name, "must be an ISO 8601 instant or a duration such as P30D"
            ) from None
        return value
