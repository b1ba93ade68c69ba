"""An exporter with its whole chain, from the secret to the archive, in which any call may fail.

Time is the turning clock's: waits and timeouts cost it, and nobody really waits.
"""

import gzip
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson

from mpl_export.archive.archive import Archive
from mpl_export.archive.objects import Objects
from mpl_export.archive.rules import StoredRules
from mpl_export.checkpoint import Checkpoints
from mpl_export.clock import Clock, Deadline
from mpl_export.exporter.events import ExportSpan, SpanPurpose
from mpl_export.exporter.report import Report
from mpl_export.exporter.run import Run
from mpl_export.instants import iso_instant
from mpl_export.metrics import EmfMeter
from mpl_export.model import Span
from mpl_export.settings import Settings
from mpl_export.tenant.credentials.token_cache import TokenCache
from mpl_export.tenant.credentials.token_source import (
    Connect,
    SecretReader,
    TokenSource,
    open_token_source,
)
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.transport import Exchange, tls_context
from mpl_export.tenant.logs.api import TenantApi
from operate.sap_tenant import SapTenant
from tests.support.manual_clock import ManualClock

LIMIT = timedelta(minutes=15)
_RESERVE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
"""Noon of the real day, because certificates are compared with it."""

_METERED = "demo"
"""Powertools keeps one set of metrics for the whole process, so all worlds are metered as one."""

type State = tuple[str, str | None, str]


@dataclass(frozen=True)
class _Connected:
    api: TenantApi
    tokens: TokenSource

    @property
    def certificate_ends(self) -> datetime | None:
        """When the certificate in use ends."""
        return self.tokens.certificate_not_after

    @property
    def uses_previous_key(self) -> bool:
        """Whether the current key is refused."""
        return self.tokens.uses_previous_key


@dataclass(kw_only=True)
class FaultWorld:
    """One exporter, one tenant, one archive, wherever each of them is kept.

    Attributes:
        name: The tenant's name.
        bodies: Gives key and body of every object of the archive.
        connect: Makes connections under a TLS context.
        opened: Called with all that knows a secret while a run has the tenant open.
        root_pem: A CA to trust besides.
    """

    objects: Objects
    checkpoints: Checkpoints
    bodies: Callable[[], dict[str, bytes]]
    secret: SecretReader
    tenant: SapTenant
    clock: ManualClock
    connect: Connect
    opened: Callable[[object], None] = lambda _: None
    name: str = "demo"
    root_pem: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    tokens: TokenCache = field(default_factory=TokenCache)
    runs: int = 0

    @property
    def settings(self) -> Settings:
        """The settings, as the environment says."""
        return Settings.from_env(
            {
                "TENANT": self.name,
                "SERVICE_KEY_SECRET": "secret",
                "ARCHIVE_BUCKET": "bucket",
                "CHECKPOINT_TABLE": "table",
                "START_FROM": "P1D",
                "PAGE_CONCURRENCY": "1",
                **self.environment,
            },
            self.clock.now(),
        )

    def run(self) -> Report:
        """A scheduled run, in a container that knows nothing."""
        meter = EmfMeter(_METERED)
        try:
            return self._prepared(meter).scheduled()
        finally:
            meter.flush()

    def export(self, since: datetime, until: datetime, purpose: SpanPurpose) -> Report:
        """Export a span of one's choice."""
        meter = EmfMeter(_METERED)
        try:
            return self._prepared(meter).span(ExportSpan(Span(since=since, until=until), purpose))
        finally:
            meter.flush()

    def _prepared(self, meter: EmfMeter) -> Run:
        self.runs += 1
        return Run(
            run_id=f"run-{self.runs}",
            settings=self.settings,
            clock=self.clock,
            checkpoints=self.checkpoints,
            archive=Archive(self.objects, self.name),
            rules=StoredRules(self.objects, self.name),
            connect=self._connected,
            meter=meter,
            reading=Deadline.after(self.clock, LIMIT - _RESERVE),
            storing=Deadline.after(self.clock, LIMIT - _RESERVE / 4),
            ends=self.clock.now() + LIMIT,
        )

    @contextmanager
    def _connected(self, deadline: Deadline) -> Iterator[_Connected]:
        tokens = open_token_source(
            self.secret,
            deadline=deadline,
            extra_ca_pem=self.root_pem,
            cache=self.tokens,
            connect=self.connect,
        )
        with self._api_exchange(deadline.clock) as exchange:
            api = TenantApi(
                root=tokens.service_key.api_root,
                tokens=tokens,
                attempts=Attempts(exchange=exchange, deadline=deadline, jitter=lambda: 0.5),
                clock=self.clock,
                expand=self.settings.expand,
            )
            try:
                yield _Connected(api, tokens)
            finally:
                for value in (tokens, tokens.service_key, self.tokens, api, exchange):
                    self.opened(value)
                    self.opened(getattr(value, "__dict__", ""))

    def _api_exchange(self, clock: Clock) -> AbstractContextManager[Exchange]:
        return self.connect(_context(self.root_pem), clock)

    # -- what is there, and what should be -------------------------------------------------

    def records(self) -> list[dict[str, Any]]:
        """Every record of the archive."""
        return [
            orjson.loads(line)
            for key, body in sorted(self.bodies().items())
            if key.startswith("mpl/")
            for line in gzip.decompress(body).splitlines()
        ]

    def states(self) -> list[State]:
        """What every record that could be read says of its log: id, end and status; sorted."""
        records = (record for record in self.records() if "Raw" not in record)
        return sorted(((r["MessageGuid"], r["LogEnd"], r["Status"]) for r in records), key=repr)

    def kept_raw(self) -> int:
        """How many records are kept as they came, because they could not be read."""
        return sum("Raw" in record for record in self.records())

    def truth(self) -> list[State]:
        """The same of every log that the tenant shows now."""
        return sorted(
            (
                (str(r["MessageGuid"]), _text(r["LogEnd"]), str(r["Status"]))
                for r in self.tenant.rows()
            ),
            key=repr,
        )


@cache
def _context(root_pem: str) -> ssl.SSLContext:
    """The context for the API; loading the public roots takes longer than a whole run here."""
    return tls_context(root_pem)


def _text(instant: object) -> str | None:
    return iso_instant(instant) if isinstance(instant, datetime) else None
