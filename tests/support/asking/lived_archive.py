"""A tenant's life as an archive has it: failures, retries, odd rows, and the days around them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from operate.sap_tenant.faults import malformed_row
from tests.support.exporter.exporter_harness import Harness
from tests.support.exporter.fakes import SimulatedExchange
from tests.support.manual_clock import NOON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mpl_export.tenant.http.transport import Answer, Request

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)

LONG_TEXT: Final = ("Zeile \"eins\"\r\n\tat com.sap.it.Ä😀 'two' \\ \u2028 \x01\n" * 2000)[:60_000]
"""Newlines, quotes, backslashes, control characters and what is outside of the BMP."""


HALF: Final = "half-a-surrogate-pair"
"""Stands in the tenant's store for what its answers cut in the middle of a character."""


@dataclass
class LivedArchive:
    """An archive and the ids of what a test looks for.

    Attributes:
        objects: Every object by its key.
        records: Every record, in the order of their parts.
        named: Ids of messages by what is special about them.
        now: When the last run ended.
    """

    objects: Mapping[str, bytes]
    records: list[dict[str, Any]]
    named: dict[str, str]
    now: datetime


def lived(count: int = 600) -> LivedArchive:
    """Let a tenant live for some days, and export it as a stack would."""
    harness = Harness(environment={"EXPAND": "CustomHeaderProperties", "START_FROM": "P12D"})
    tenant, clock = harness.tenant, harness.clock
    tenant.populate(count, NOON - 11 * DAY, NOON)
    named = {
        "long text": tenant.add(status="FAILED", log_end=NOON - HOUR, error_text=LONG_TEXT),
        "headers": tenant.add(
            log_end=NOON - 2 * HOUR, custom_headers=[("po", "4711"), ("Kunde", 'Müller "&" Söhne')]
        ),
        "no artifact": tenant.add(status="FAILED", log_end=NOON - HOUR, artifact=None),
        "half a character": tenant.add(log_end=NOON - HOUR, Sender=f"cut {HALF}"),
        "raw": tenant.add(status="FAILED", log_end=NOON - HOUR, error_text="odd row"),
        "no dates": tenant.add(status="PROCESSING", log_end=None),
        "no time at all": tenant.add(status="RETRY", log_end=None, guid="not-of-the-usual-make"),
        "retried": tenant.add(status="RETRY", log_end=NOON - 20 * HOUR, artifact="Stock"),
        "recovered": tenant.add(status="FAILED", log_end=NOON - HOUR, artifact="Recovered"),
        "amended": tenant.add(log_end=NOON - MINUTE, Sender="A"),
        "first of a chain": tenant.add(
            log_end=NOON - 3 * HOUR, CorrelationId="chain-1", ApplicationMessageId="PO-1"
        ),
        "second of a chain": tenant.add(
            status="FAILED",
            log_end=NOON - 2 * HOUR,
            CorrelationId="chain-1",
            artifact="Broken_For_Good",
            error_text="HTTP 500 from crm.example",
        ),
    }
    harness.exchange = _Cutting(tenant)
    tenant.faults.add(malformed_row(named["raw"], "number_status"))
    harness.run()
    for step, status in enumerate(("RETRY", "RETRY", "COMPLETED")):
        harness.later(4 * MINUTE)
        tenant.change(named["retried"], status=status, log_end=clock.true_now())
        if step == 0:
            tenant.change(named["amended"], Sender="B")
            tenant.change(named["recovered"], status="COMPLETED", log_end=clock.true_now())
        harness.later(MINUTE)
        harness.run()
        # The same state with another sender: an amended version, and no retry more.
        tenant.change(named["retried"], Sender=f"system {step}")
        harness.later(MINUTE)
        harness.run()
    harness.later(HOUR)
    harness.run()
    return LivedArchive(
        objects=dict(harness.objects.held),
        records=harness.records(),
        named=named,
        now=clock.true_now(),
    )


class _Cutting(SimulatedExchange):
    """The wire to the tenant, which escapes half of a surrogate pair where the tenant cut one."""

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Answer a request."""
        answer = super().__call__(request, timeout=timeout, size_limit=size_limit)
        return replace(answer, body=answer.body.replace(HALF.encode(), rb"\ud83d"))
