"""One simulated tenant: its rows, its clock, its clients, its faults and what it was asked."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from operate.sap_tenant.api import SERVICE_ROOT
from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.clients import Clients
from operate.sap_tenant.exchange import Exchange, Request, Response
from operate.sap_tenant.faults import Faults
from operate.sap_tenant.moments import micros_of, utc_now
from operate.sap_tenant.pki import LONGEST_VALIDITY
from operate.sap_tenant.population import populate
from operate.sap_tenant.reception import receive, receive_token_request
from operate.sap_tenant.rows import UNSET, Artifact, Unset, Value
from operate.sap_tenant.runtime_artifacts import RuntimeArtifacts
from operate.sap_tenant.server import SapTenantServer
from operate.sap_tenant.store import Store
from operate.sap_tenant.tokens import Tokens

type Hook = Callable[[SapTenant, Request], None]

_LOGGED_REQUESTS: Final = 10_000


class SapTenant:
    """A tenant in memory.  Every method may be called from any thread.

    Attributes:
        behaviour: Switches for what is not known of the real one, and for what differs.
        faults: What goes wrong.
        artifacts: What is deployed.
        on_request: Called with the tenant and the request before an answer is computed, with
            the lock held: what they change is seen by this answer and all later ones.
        between_queries: Called within an answer with expanded lists, after its rows were chosen and
            before they are shown; they are told the ids.
        requests: The newest exchanges, oldest first; bounded.
        clock: The tenant's own clock; everything it does by time, it does by this one.
        origin: Scheme, host and port under which rows name themselves.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        seed: int = 0,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour or Behaviour()
        self.store = Store(seed)
        self.clients = Clients()
        self.tokens = Tokens()
        self.faults = Faults()
        self.artifacts = RuntimeArtifacts(clock)
        self.on_request: list[Hook] = []
        self.between_queries: list[Callable[[list[str]], object]] = []
        self.requests: deque[Exchange] = deque(maxlen=_LOGGED_REQUESTS)
        self.origin = "https://tenant.example:443"
        self.lock = threading.RLock()

    # -- rows ----------------------------------------------------------------------------

    def add(
        self,
        *,
        status: str | None = "COMPLETED",
        log_end: datetime | Unset | None = UNSET,
        log_start: datetime | Unset | None = UNSET,
        artifact: str | Artifact | None = "Order_to_Cash",
        guid: str | None = None,
        error_text: str | None = None,
        visible_from: datetime | None = None,
        custom_headers: Iterable[tuple[str, str]] = (),
        adapter_attributes: Iterable[tuple[str, str, str]] = (),
        **properties: Value,
    ) -> str:
        """Write a log.

        Args:
            log_end: True instant, microseconds count; by default the tenant's present.  None
                is a null date.
            log_start: By default a second before ``log_end``, null with it.
            artifact: The id of an integration flow, or the whole complex property; None has
                all members null.
            visible_from: Until then the log is not in any answer: it comes late.
            custom_headers: (name, value) pairs.
            adapter_attributes: (adapter id, name, value) triples.
            properties: Any other property of a log by the tenant's name, as ``Sender="A"``.

        Returns:
            Its MessageGuid.
        """
        with self.lock:
            return self.store.add(
                now=self._now(),
                status=status,
                log_end=log_end,
                log_start=log_start,
                artifact=artifact,
                guid=guid,
                error_text=error_text,
                visible_from=visible_from,
                custom_headers=custom_headers,
                adapter_attributes=adapter_attributes,
                **properties,
            ).guid

    def change(
        self,
        guid: str,
        *,
        status: str | Unset | None = UNSET,
        log_end: datetime | Unset | None = UNSET,
        log_start: datetime | Unset | None = UNSET,
        error_text: str | Unset | None = UNSET,
        custom_headers: Iterable[tuple[str, str]] | None = None,
        visible_from: datetime | None = None,
        **properties: Value,
    ) -> None:
        """Change a log; what is not given stays.  CustomStatus follows Status if it was equal.

        Args:
            visible_from: Until then answers show the log as it was.

        Raises:
            KeyError: The tenant has no such log.
        """
        with self.lock:
            self.store.change(
                guid,
                now=self._now(),
                status=status,
                log_end=log_end,
                log_start=log_start,
                error_text=error_text,
                custom_headers=custom_headers,
                visible_from=visible_from,
                **properties,
            )

    def remove(self, guid: str) -> None:
        """Delete a log, as the tenant's cleanup does."""
        with self.lock:
            self.store.remove(guid)

    def populate(self, count: int, since: datetime, until: datetime) -> list[str]:
        """Add seeded rows of every status with ``since <= LogEnd < until``, some without dates.

        Returns:
            Their ids, in order of creation.
        """
        with self.lock:
            return populate(self.store, count=count, since=since, until=until)

    def rows(self, *, hidden: bool = False) -> list[dict[str, object]]:
        """Give the truth: every log with its values, dates as a reader of the API sees them.

        Args:
            hidden: Logs that are not visible yet, too.
        """
        with self.lock:
            self.store.reveal(self._now())
            return [row.seen(self.behaviour.shown) for row in self.store.all(hidden=hidden)]

    # -- clients -------------------------------------------------------------------------

    def issue_token(self) -> str:
        """Give out a bearer token, as the token endpoint would."""
        with self.lock:
            lifetime = self.behaviour.token_lifetime
            return self.tokens.issue(now=self.clock(), lifetime=lifetime)

    def accepts(self, authorization: str | None) -> bool:
        """Tell whether an ``Authorization`` header is good now."""
        return self.tokens.accepts(authorization, now=self.clock())

    def revoke_tokens(self) -> None:
        """Make every token that is out a 401."""
        with self.lock:
            self.tokens.revoke_all()

    def revoke_key(self, *, fingerprint: str | None = None, secret: str | None = None) -> None:
        """Delete the service key with this certificate or secret; without either, all of them.

        Tokens that are out stay good, as they do at the real one.
        """
        with self.lock:
            self.clients.revoke(fingerprint=fingerprint, secret=secret)

    # -- answering -----------------------------------------------------------------------

    @property
    def root(self) -> str:
        """The service root under which rows name themselves."""
        return self.origin + SERVICE_ROOT

    def handle(self, request: Request) -> Response:
        """Answer a request to the API as a client without a socket receives it.

        Raises:
            ConnectionLost: A fault cut the connection.
            NoAnswerInTime: A fault made the answer late.
        """
        return receive(self, request).received()

    def handle_token(self, request: Request, peer: bytes | None = None) -> Response:
        """Answer a request to the token endpoint as a client without a socket receives it.

        Args:
            peer: The client's certificate (DER); None if it sent none.

        Raises:
            ConnectionLost: A fault cut the connection.
            NoAnswerInTime: A fault, or the endpoint's latency, made the answer late.
        """
        return receive_token_request(self, request, peer).received()

    # -- serving -------------------------------------------------------------------------

    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        names: Iterable[str] = (),
        api_port: int = 0,
        token_port: int = 0,
        secret_token_port: int = 0,
        server_valid: timedelta = LONGEST_VALIDITY,
    ) -> SapTenantServer:
        """Give a server for this tenant: ``with tenant.serve() as server``.

        ``SapTenantServer`` describes the arguments.
        """
        return SapTenantServer(
            self,
            host=host,
            names=names,
            api_port=api_port,
            token_port=token_port,
            secret_token_port=secret_token_port,
            server_valid=server_valid,
        )

    def _now(self) -> int:
        return micros_of(self.clock())
