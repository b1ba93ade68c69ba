"""Deployed stacks: the real template, built and deployed by the real ``sam``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from operate.emulated import sam
from operate.emulated.deployment import deploy_stack
from operate.emulated.emf_bridge import EmfBridge
from operate.emulated.emulator import Emulator
from operate.emulated.mailbox import Mailbox
from operate.emulated.waiting import wait_for
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.emulated.stack import Json, Stack
    from operate.sap_tenant.server import SapTenantServer

LOGS: Final = 5_000
HISTORY: Final = timedelta(days=2)
# The emulator starts a schedule of one minute 60 to 70 seconds after the deployment.
FIRST_TICK: Final = timedelta(seconds=150)


@dataclass(frozen=True, slots=True)
class World:
    """A stack that was deployed and has run, and the tenant that it exports from.

    Attributes:
        since: When the oldest of the tenant's logs ended, or before.
        first_report: What the run reported that the schedule started.
    """

    stack: Stack
    tenant: SapTenant
    server: SapTenantServer
    bridge: EmfBridge
    mailbox: Mailbox
    since: datetime
    first_report: Json


@pytest.fixture(scope="session")
def template() -> sam.LocalTemplate:
    """Build what is deployed."""
    return sam.local_template(sam.build())


@pytest.fixture(scope="session")
def aws() -> Iterator[Emulator]:
    """Run the emulator for all stacks that need nothing special."""
    with Emulator.start() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def world(aws: Emulator, template: sam.LocalTemplate) -> Iterator[World]:
    """Deploy a stack, let its schedule run it once, and pause the schedule."""
    tenant = SapTenant(seed=3)
    now = utc_now()
    tenant.populate(LOGS, now - HISTORY, now)
    with tenant.serve() as server:
        stack = deploy_stack(
            aws,
            template,
            tenant="acme",
            parameters={
                "ScheduleExpression": "rate(1 minute)",
                "StartFrom": "P3D",
                "TenantCaPem": server.ca_pem,
                "FailureAlarmActions": "on",  # so that the way to the subscriber can be tried
            },
        )
        stack.put_service_key(json.dumps(server.service_key()))
        mailbox = Mailbox.open(stack)
        reports = wait_for("the scheduled run", stack.reports, within=FIRST_TICK)
        stack.pause_schedules()
        yield World(
            stack=stack,
            tenant=tenant,
            server=server,
            bridge=EmfBridge(stack),
            mailbox=mailbox,
            since=now - HISTORY,
            first_report=reports[0],
        )
