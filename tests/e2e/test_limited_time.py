"""A run that cannot finish gets as far as it can, and the next one goes on from there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from operate.emulated.deployment import deploy_stack
from operate.emulated.truth import compare
from operate.sap_tenant import Fault, SapTenant
from operate.sap_tenant.moments import utc_now

if TYPE_CHECKING:
    from datetime import datetime

    from operate.emulated.emulator import Emulator
    from operate.emulated.sam import LocalTemplate

pytestmark = pytest.mark.emulator

_LOGS: Final = 40_000
# A page of a thousand rows takes so long that a run has time for about eight of them.
_PAGE_TAKES: Final = timedelta(seconds=1)
_RUN_TAKES_SECONDS: Final = 13
_MOST_RUNS: Final = 10


@pytest.mark.timeout(400)
def test_a_window_of_forty_thousand_logs_is_done_by_a_handful_of_runs(
    aws: Emulator, template: LocalTemplate
) -> None:
    """Every run stores what it has read, moves on, and none stores anything twice."""
    tenant = SapTenant(seed=4)
    window = _newest_whole_window()
    tenant.populate(_LOGS, window, window + timedelta(minutes=15))
    tenant.faults.add(Fault(kind="slow", delay=_PAGE_TAKES, times=None, rows_above=500))
    with tenant.serve() as server:
        stack = deploy_stack(
            aws,
            template,
            tenant="burst",
            parameters={
                "ScheduleState": "DISABLED",
                "StartFrom": "PT2H",
                "TenantCaPem": server.ca_pem,
            },
        )
        stack.put_service_key(json.dumps(server.service_key()))
        stack.let_run_at_most(_RUN_TAKES_SECONDS)

        reports = [stack.invoke()]
        while not reports[-1]["caught_up"] and len(reports) < _MOST_RUNS:
            reports.append(stack.invoke())

        assert reports[-1]["caught_up"]
        stored = [report["versions_stored"] for report in reports]
        assert 4 <= len(reports) <= 8, stored
        assert all(stored[:-1]), stored
        positions = [report["position"] for report in reports]
        assert positions == sorted(positions)
        stack.invoke()  # what has no dates is looked at by a run that has time for it
        comparison = compare(stack.records(), tenant.rows(), since=window)
        assert comparison.equal, str(comparison)


def _newest_whole_window() -> datetime:
    """Begin of the newest quarter of an hour that ended before the overlap, so it is settled."""
    now = utc_now() - timedelta(minutes=32)
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
