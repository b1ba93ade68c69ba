"""A small tenant, an emulated AWS and a killable: what runs that are killed or raced start from."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from mpl_export.instants import iso_instant
from mpl_export.model import WINDOW, window_of
from operate.emulated.truth import compare
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import micros_of, utc_now
from operate.sap_tenant.rows import new_guid
from tests.support.exporter.exporter_resources import Resources, gaps, records_of
from tests.support.kills.killable_runs import open_killable_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operate.emulated.emulator import Emulator
    from operate.sap_tenant.server import SapTenantServer
    from tests.support.kills.killable_runs import KillableRuns

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillWorld:
    """One tenant that does not change any more, and any number of exporters of it.

    Attributes:
        service_key: What the secrets hold; one for all, as they are slow to issue.
        since: Where every exporter begins: the start of a window.
        undated: The logs that only the hourly sweep can find.
    """

    aws: Emulator
    tenant: SapTenant
    server: SapTenantServer
    killable: KillableRuns
    service_key: str
    since: datetime
    undated: frozenset[str]

    def resources(self, name: str) -> Resources:
        """New resources for an exporter."""
        return Resources.make(self.aws, name, self.service_key)

    def environment(self, resources: Resources, **settings: str) -> dict[str, str]:
        """The variables of that exporter: one thread, so that boundaries come in one order."""
        return resources.environment(
            {
                "TENANT_CA_PEM": self.server.ca_pem,
                "START_FROM": iso_instant(self.since),
                "PAGE_CONCURRENCY": "1",
                **settings,
            }
        )

    def lost_below(self, position: datetime | None, records: list[dict[str, Any]]) -> list[str]:
        """The logs that ended before a position and are not among the records."""
        held = {record["MessageGuid"] for record in records}
        return [
            str(row["MessageGuid"])
            for row in self.tenant.rows()
            if position is not None
            and isinstance(row["LogEnd"], datetime)
            and self.since <= row["LogEnd"] < position
            and row["MessageGuid"] not in held
        ]

    def differences(self, parts: Mapping[str, bytes]) -> list[str]:
        """In what an archive differs from the truth."""
        records = records_of(parts)
        comparison = compare(records, self.tenant.rows(), since=self.since)
        found = [] if comparison.equal else [str(comparison)]
        # The tenant stood still, so a log with two versions is one that was stored twice.
        times = Counter(record["MessageGuid"] for record in records)
        found += [f"{guid} is there {count} times" for guid, count in times.items() if count > 1]
        found += [f"the numbers of window {window} have gaps" for window in gaps(parts)]
        return found


@contextmanager
def open_kill_world(aws: Emulator, *, rows: int = 15, page: int = 8) -> Iterator[KillWorld]:
    """Run tenant and killable for the block.

    The tenant has three windows; more rows than fit a page; a failure with its text; and open
    logs, of which the undated one is filed, by the sweep, into a window that has a part already.

    Args:
        rows: How many usual rows the three windows have.
        page: The most rows of a page.
    """
    tenant = SapTenant(seed=11)
    tenant.behaviour.page_cap = page
    since = window_of(utc_now()) - 3 * WINDOW
    for number in range(rows):
        tenant.add(log_end=since + number * 3 * WINDOW / rows)
    for number in range(2):
        tenant.add(log_end=since + WINDOW, artifact=f"tie {number}")
    tenant.add(
        status="FAILED", log_end=since + WINDOW + _MINUTE, error_text="Read timed out after 30 s"
    )
    tenant.add(status="RETRY", log_end=since + WINDOW + 2 * _MINUTE)
    undated = tenant.add(
        status="PROCESSING",
        guid=new_guid(micros_of(since + _MINUTE), Random(1)),  # noqa: S311 - no secret
        log_end=None,
        log_start=None,
    )
    with tenant.serve() as server, open_killable_runs(aws) as killable:
        yield KillWorld(
            aws=aws,
            tenant=tenant,
            server=server,
            killable=killable,
            service_key=json.dumps(server.service_key()),
            since=since,
            undated=frozenset({undated}),
        )
