"""The tenant on TLS ports: the API, and the token endpoint that demands a client certificate."""

import ssl
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Self

from operate.sap_tenant import token_endpoint
from operate.sap_tenant.exchange import Request, Response
from operate.sap_tenant.listener import Listener
from operate.sap_tenant.pem_text import (
    AS_DELIVERED,
    PemStyle,
    certificate_text,
    certificates_text,
    key_text,
)
from operate.sap_tenant.pki import (
    LONGEST_VALIDITY,
    Authority,
    Identity,
    client_authority,
    client_subject,
    external_authority,
    rsa_key,
    server_authority,
)
from operate.sap_tenant.reception import receive, receive_token_request
from operate.sap_tenant.service_keys import (
    KeyDocument,
    Nesting,
    at_host,
    certificate_key,
    secret_key,
)

if TYPE_CHECKING:
    from operate.sap_tenant.tenant import SapTenant

type KeyKind = Literal["certificate", "external", "external_without_key", "secret"]

USUAL_NAMES: Final = ("127.0.0.1", "localhost", "host.docker.internal")
_LEAF_KEYS: Final = 4
"""RSA keys that service keys take turns with: two keys in use at once are never the same."""


class SapTenantServer:
    """A tenant that listens, from ``start`` (or ``with``) to ``stop``.

    Attributes:
        tenant: What listens.
        ca_pem: The root that clients have to trust.
        client_authority: Signs SAP-generated client certificates.
        external_authority: Another one that the token endpoint trusts.
    """

    def __init__(
        self,
        tenant: "SapTenant",
        *,
        host: str = "127.0.0.1",
        names: Iterable[str] = (),
        api_port: int = 0,
        token_port: int = 0,
        secret_token_port: int = 0,
        server_valid: timedelta = LONGEST_VALIDITY,
    ) -> None:
        """Bind the ports; nothing answers yet.

        Args:
            host: The address to listen on; every one but loopback is for local containers.
            names: More names and addresses for the server's certificate.
            api_port, token_port, secret_token_port: 0 takes a free one.
            server_valid: How long the server's certificate is valid; negative has ended.
        """
        self.tenant = tenant
        self.client_authority = client_authority()
        self.external_authority = external_authority()
        self._authority = server_authority()
        self._issued = 0
        self._host = host
        identity = self._authority.for_server((*USUAL_NAMES, host, *names), valid=server_valid)
        self.ca_pem = certificates_text(self._authority.chain())
        trusted = (self.client_authority, self.external_authority)
        self._api = Listener((host, api_port), _context(identity), self._answer_api)
        self._token = Listener((host, token_port), _context(identity, trusted), self._answer_token)
        self._secret_token = Listener(
            (host, secret_token_port), _context(identity), self._answer_token
        )

    @property
    def api_url(self) -> str:
        """The ``url`` of service keys: scheme, host and port, without the service root."""
        return f"https://{self._host}:{self._api.port}"

    @property
    def token_url(self) -> str:
        """Where a client proves itself by its certificate; without one, TLS ends in an alert."""
        return f"https://{self._host}:{self._token.port}{token_endpoint.PATH}"

    @property
    def secret_token_url(self) -> str:
        """Where a client proves itself by a secret; no certificate is asked for."""
        return f"https://{self._host}:{self._secret_token.port}{token_endpoint.PATH}"

    def start(self) -> Self:
        """Answer from now on."""
        self.tenant.origin = self.api_url
        for listener in self._listeners:
            listener.start()
        return self

    def stop(self) -> None:
        """Close every connection and free the ports."""
        for listener in self._listeners:
            listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # -- service keys --------------------------------------------------------------------

    def service_key(
        self,
        kind: KeyKind = "certificate",
        *,
        public_host: str | None = None,
        nesting: Nesting = "oauth",
        style: PemStyle = AS_DELIVERED,
        valid: timedelta = LONGEST_VALIDITY,
    ) -> KeyDocument:
        """Issue a new service key; those issued before stay good until they are revoked.

        Args:
            kind: "external" is another authority's certificate, to which the owner has added
                the key; "external_without_key" is the same before that.
            public_host: The host of the URLs, if clients know us by another name.
            valid: How long its certificate is valid; negative has ended already.
        """
        url = at_host(self.api_url, public_host)
        with self.tenant.lock:
            if kind == "secret":
                client = self.tenant.clients.with_secret()
                token_url = at_host(self.secret_token_url, public_host)
                return secret_key(
                    client.client_id,
                    client.secret or "",
                    token_url=token_url,
                    url=url,
                    nesting=nesting,
                )
            identity = self.client_identity(external=kind != "certificate", valid=valid)
            client = self.tenant.clients.with_certificate(identity.fingerprint)
        return certificate_key(
            client.client_id,
            identity,
            token_url=at_host(self.token_url, public_host),
            url=url,
            style=style,
            nesting=nesting,
            with_key=kind != "external_without_key",
            with_details=kind == "certificate",
        )

    def client_identity(
        self,
        *,
        external: bool = False,
        valid: timedelta = LONGEST_VALIDITY,
        authority: Authority | None = None,
    ) -> Identity:
        """Make a client certificate that no service key knows (yet).

        Args:
            authority: Who signs it, if none of ours: the handshake then fails.
        """
        self._issued += 1
        signer = authority or (self.external_authority if external else self.client_authority)
        key = rsa_key(f"client {self._issued % _LEAF_KEYS}")
        return signer.for_client(client_subject(f"client-{self._issued}"), key, valid=valid)

    # -- inside --------------------------------------------------------------------------

    @property
    def _listeners(self) -> tuple[Listener, ...]:
        return (self._api, self._token, self._secret_token)

    def _answer_api(self, request: Request, _peer: bytes | None) -> Response:
        return receive(self.tenant, request)

    def _answer_token(self, request: Request, peer: bytes | None) -> Response:
        return receive_token_request(self.tenant, request, peer)


def _context(identity: Identity, client_authorities: Iterable[Authority] = ()) -> ssl.SSLContext:
    """Make a server's context; with client authorities, a client certificate is demanded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(key_text(identity, PemStyle(key_format="pkcs8")) + certificate_text(identity))
        file.flush()
        context.load_cert_chain(file.name)
    # The roots alone: a client that does not send its intermediate is not known.
    roots = [authority.chain()[-1] for authority in client_authorities]
    if roots:
        context.load_verify_locations(cadata=certificates_text(roots))
        context.verify_mode = ssl.CERT_REQUIRED
    return context
