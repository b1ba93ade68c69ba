"""A tenant at a fixed instant, and a client that asks it without sockets."""

from datetime import UTC, datetime

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.clocks import HandClock
from operate.sap_tenant.tenant import SapTenant


@pytest.fixture
def clock() -> HandClock:
    """The tenant's clock, moved by the test."""
    return HandClock(datetime(2026, 11, 22, 14, 0, tzinfo=UTC))


@pytest.fixture
def tenant(clock: HandClock) -> SapTenant:
    """A tenant without rows."""
    return SapTenant(clock=clock)


@pytest.fixture
def caller(tenant: SapTenant) -> Caller:
    """A client with a good token."""
    return Caller(tenant)
