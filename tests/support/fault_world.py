"""An exporter with its whole chain, from the secret to the archive, in which any call may fail.

Time is the turning clock's: waits and timeouts cost it, and nobody really waits.
"""

import gzip
import hashlib
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from requests.structures import CaseInsensitiveDict

from mpl_export.archive.archive import Archive
from mpl_export.archive.objects import Objects
from mpl_export.checkpoint import Checkpoints
from mpl_export.clock import Clock, Deadline
from mpl_export.exporter.events import ExportSpan, SpanPurpose
from mpl_export.exporter.report import Report
from mpl_export.exporter.run import Run
from mpl_export.instants import iso_instant
from mpl_export.metrics import EmfMeter
from mpl_export.model import Span
from mpl_export.settings import Settings
from mpl_export.tenant.api import TenantApi
from mpl_export.tenant.attempts import Attempts
from mpl_export.tenant.token_cache import TokenCache
from mpl_export.tenant.token_source import Connect, SecretReader, open_token_source
from mpl_export.tenant.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionLostError,
    Exchange,
    Request,
    TenantTimeoutError,
    tls_context,
)
from tests.support import keys, sap_tenant
from tests.support.sap_tenant import SapTenant
from tests.support.turning_clock import TurningClock

LIMIT = timedelta(minutes=15)
_RESERVE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
"""Noon of the real day, because certificates are compared with it."""

_METERED = "demo"
"""Powertools keeps one set of metrics for the whole process, so all worlds are metered as one."""

type State = tuple[str, str | None, str]


@dataclass
class MemorySecret:
    """A secret in memory."""

    text: str = field(repr=False)
    before: str | None = field(repr=False, default=None)

    def current(self) -> str:
        """The current version."""
        return self.text

    def previous(self) -> str | None:
        """The version before."""
        return self.before


class Wire:
    """Sends requests to the simulated tenant without a socket; a timeout takes its time.

    Args:
        peer: The client's certificate as the token server sees it (DER).
    """

    def __init__(self, tenant: SapTenant, clock: TurningClock, peer: bytes) -> None:
        self._tenant = tenant
        self._clock = clock
        self._peer = peer
        tenant.behaviour.gzip = False

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Send the request."""
        target = request.url.partition("://")[2]
        asked = sap_tenant.Request(
            request.method,
            target[target.index("/") :],
            {name.lower(): value for name, value in request.headers.items()},
            request.body or b"",
        )
        try:
            if request.url == keys.TOKEN_URL:
                response = self._tenant.handle_token(asked, self._peer)
            else:
                response = self._tenant.handle(asked)
        except sap_tenant.ConnectionLost:
            response = None
        except sap_tenant.NoAnswerInTime as error:
            self._clock.turn(timedelta(seconds=timeout))
            raise TenantTimeoutError(timeout) from error
        if (
            response is None
        ):  # raised here: the simulated error holds what had arrived, token and all
            raise ConnectionLostError("simulated")
        if len(response.body) > size_limit:
            raise AnswerTooLargeError(size_limit)
        if "gzip" in (response.header("Content-Encoding") or ""):
            raise ConnectionLostError("simulated: a gzip stream that is cut short")
        return Answer(response.status, CaseInsensitiveDict(response.headers), response.body)

    @contextmanager
    def connected(self, context: ssl.SSLContext, clock: Clock) -> Iterator[Exchange]:
        """Stand where the real connections are made."""
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert clock is self._clock
        yield self


@dataclass(frozen=True)
class _Connected:
    api: TenantApi
    certificate_ends: datetime | None


@dataclass(kw_only=True)
class FaultWorld:
    """One exporter, one tenant, one archive, wherever each of them is kept.

    Attributes:
        name: The tenant's name.
        bodies: Gives key and body of every object of the archive.
        connect: Makes connections under a TLS context; None for the wire without sockets.
        root_pem: A CA to trust besides.
    """

    objects: Objects
    checkpoints: Checkpoints
    bodies: Callable[[], dict[str, bytes]]
    secret: SecretReader
    tenant: SapTenant
    clock: TurningClock
    connect: Connect
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
            connect=self._connected,
            meter=meter,
            reading=Deadline.after(self.clock, LIMIT - _RESERVE),
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
            yield _Connected(api, tokens.certificate_not_after)

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
        """What every record says of its log: id, end and status; sorted."""
        return sorted(
            ((r["MessageGuid"], r["LogEnd"], r["Status"]) for r in self.records()), key=repr
        )

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


def certificate_for(tenant: SapTenant) -> tuple[str, bytes]:
    """A service key that the tenant knows, and its certificate as the token server sees it."""
    issued = _issued()
    peer = issued.certificate.public_bytes(Encoding.DER)
    tenant.clients.client_id = keys.CLIENT_ID
    client = tenant.clients.with_certificate(hashlib.sha256(peer).hexdigest())
    return keys.service_key_text(keys.certificate_members(issued, clientid=client.client_id)), peer


@cache
def _issued() -> keys.Issued:
    """A client certificate whose key, on a curve, is loaded in no time."""
    return keys.client_of(ec.generate_private_key(ec.SECP256R1()), keys.intermediate())


def _text(instant: object) -> str | None:
    return iso_instant(instant) if isinstance(instant, datetime) else None
