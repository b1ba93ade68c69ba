"""A digest: the message that people get, short enough for any channel.

Bounds: SNS, "Publish": a message of 256 KiB with its attributes; a subject of less than 100
characters without line breaks or control characters, which mail shows safely as ASCII only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from mpl_export.notifier.plain import cut, one_line, plain
from mpl_export.notifier.subject import subject_line

MESSAGE_BYTES = 256 << 10
_ATTRIBUTE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A message to people.

    Attributes:
        attributes: What subscriptions may filter by; a list is told as ``String.Array``.
    """

    subject: str
    body: str
    attributes: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What every digest of a stack says of itself.

    Attributes:
        bucket: Where the records lie.
        zone: In which zone times are given beside UTC; None for UTC alone.
        database: The database of Athena's tables; empty if unknown.
        alarm_url: Where the alarm on failed messages is seen; empty if unknown.
        runbook_url: The page that says what to do; empty if unknown.
    """

    tenant: str
    bucket: str
    zone: ZoneInfo | None = None
    database: str = ""
    alarm_url: str = ""
    runbook_url: str = ""

    def clock(self, instant: datetime) -> str:
        """An instant as people read it: in UTC, then in their own zone."""
        if self.zone is None:
            return f"{instant:%Y-%m-%d %H:%M:%S}Z"
        there = instant.astimezone(self.zone)
        day = "" if there.date() == instant.date() else f"{there:%Y-%m-%d} "
        return f"{instant:%Y-%m-%d %H:%M:%S}Z ({day}{there:%H:%M:%S %Z})"

    @property
    def table(self) -> str:
        """The table of the records, as a query names it whatever database it is asked in."""
        return f"{self.database}.mpl" if self.database else "mpl"

    def links(self, heading: str) -> list[str]:
        """Where to go on: the alarm, and what to do."""
        lines = [f"Alarm: {self.alarm_url}"] if self.alarm_url else []
        if self.runbook_url:
            lines.append(f"What to do: {self.runbook_url}#{heading}")
        return lines

    def digest(
        self,
        *,
        kind: str,
        severity: str,
        said: str,
        body: str,
        artifacts: Sequence[str],
        teams: Sequence[str],
    ) -> Digest:
        """A digest that SNS takes, whatever the texts hold.

        Args:
            said: The whole in a line, without the tenant.
            artifacts: The ids of all that it is about.
            teams: Who is told; at least one.
        """
        named = _within_bytes([one_line(each) for each in dict.fromkeys(artifacts)])
        return Digest(
            subject=subject_line(self.tenant, said),
            body=cut(plain(body), MESSAGE_BYTES - 2 * _ATTRIBUTE_BYTES),
            attributes={
                "tenant": self.tenant,
                "kind": kind,
                "severity": severity,
                "team": teams[0] if len(teams) == 1 else _within_bytes(teams),
                **({"artifact": named} if named else {}),
            },
        )


def _within_bytes(names: Sequence[str]) -> list[str]:
    """As many names as an attribute may hold."""
    kept: list[str] = []
    size = 2
    for name in names:
        size += len(orjson.dumps(name)) + 1
        if size > _ATTRIBUTE_BYTES:
            break
        kept.append(name)
    return kept
