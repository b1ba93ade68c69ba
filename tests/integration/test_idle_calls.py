"""What a stack asks of AWS while nothing happens: its costs are calculated from that."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from mpl_export.exporter import handler as exporter
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now
from tests.support.cost.lines import CALLS, Prices
from tests.support.exporter.exporter_resources import Resources
from tests.support.invocation import Invocation
from tests.support.notifier.notifier_resources import open_telling
from tests.support.rights.noted_calls import noted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from operate.emulated.emulator import Emulator

pytestmark = pytest.mark.emulator

_HOUR: Final = timedelta(hours=1)


def calls_of(invoke: Callable[[], object]) -> Counter[str]:
    """The calls of AWS that an invocation makes."""
    before = len(noted())
    invoke()
    return Counter(each.call.action.replace(":", "_") for each in noted()[before:])


def said_of(does: Mapping[str, float]) -> Counter[str]:
    """The calls that the file of prices says there are."""
    return Counter({name: int(count) for name, count in does.items() if name in CALLS})


def test_a_run_that_finds_nothing(aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a warm container, as all but a few of a month's runs are."""
    tenant = SapTenant(seed=5)
    tenant.populate(20, utc_now() - _HOUR, utc_now())
    with tenant.serve() as server:
        resources = Resources.make(aws, "idle-calls", json.dumps(server.service_key()))
        settings = {"TMPDIR": "/tmp", "TENANT_CA_PEM": server.ca_pem, "START_FROM": "PT2H"}  # noqa: S108
        for name, value in resources.environment(settings).items():
            monkeypatch.setenv(name, value)
        exporter._container.cache_clear()
        invocation: Any = Invocation("exporter", 60)
        for _ in range(2):
            exporter.handler({}, invocation)

        calls = calls_of(lambda: exporter.handler({}, invocation))
        exporter._container.cache_clear()

    assert calls - said_of(Prices.read().exporter) == Counter()


def test_a_flush_that_finds_nothing(aws: Emulator) -> None:
    """The notifier's five-minute schedule."""
    with open_telling(aws) as telling:
        telling.invoke({"flush": True})

        calls = calls_of(lambda: telling.invoke({"flush": True}))

    assert calls - said_of(Prices.read().notifier) == Counter()
