"""An archive on this disk, of rows as a tenant shows them, written as the exporter writes it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mpl_export.archive.layout import part_key
from mpl_export.archive.records import compressed, record_line
from mpl_export.model import created_at, window_of
from mpl_export.tenant.logs.rows import log_of
from tests.support.manual_clock import NOON
from tests.unit.samples import guid_of, json_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

TENANT = "acme"
SECOND = timedelta(seconds=1)
SOON = timedelta(minutes=3)
LINK = "https://acme.integrationsuite.example:443/shell/monitoring/Messages/%7B%22identifier%22%7D"


def shown_row(  # one argument for each member that tests vary
    number: int,
    ended: datetime | None,
    *,
    status: str = "COMPLETED",
    started: datetime | None = None,
    created: datetime | None = None,
    artifact: str = "Order_to_Cash",
    headers: Sequence[tuple[str, str]] = (),
    **members: Any,  # noqa: ANN401 - whatever a tenant may say
) -> dict[str, Any]:
    """A row as a tenant shows it."""
    born = created or started or (ended or NOON) - SECOND
    return {
        "MessageGuid": guid_of(number, born),
        "LogStart": None if ended is None else json_date(started or born),
        "LogEnd": None if ended is None else json_date(ended),
        "Status": status,
        "CorrelationId": guid_of(number + 1_000_000, born),
        "AlternateWebLink": LINK,
        "IntegrationArtifact": {"Id": artifact, "Name": artifact.replace("_", " ")},
        "CustomHeaderProperties": {
            "results": [{"Name": name, "Value": value} for name, value in headers]
        },
        **members,
    }


@dataclass(slots=True)
class WrittenArchive:
    """A folder that holds an archive."""

    root: Path
    tenant: str = TENANT
    _lines: dict[datetime, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _numbers: dict[datetime, int] = field(default_factory=lambda: defaultdict(int))

    def hold(
        self,
        row: dict[str, Any],
        *,
        read_at: datetime | None = None,
        error_text: str | None = None,
        amended: bool = False,
    ) -> dict[str, Any]:
        """Take a row; ``write`` puts it into a part.  Gives the row."""
        probe = log_of(dict(row), NOON)
        read = read_at or (probe.log_end or created_at(probe.guid or "") or NOON) + SOON
        log = log_of(dict(row), read)
        self._lines[window_of(log.filed_at)].append(
            record_line(log, amended=amended, error_text=error_text)
        )
        return row

    def write(self) -> list[str]:
        """Write what was taken since, one part a window; gives the keys."""
        keys = []
        for window, lines in sorted(self._lines.items()):
            key = part_key(self.tenant, window, self._numbers[window])
            self._numbers[window] += 1
            path = self.root / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(compressed(lines))
            keys.append(key)
        self._lines.clear()
        return keys
