"""Certificates that do not open the door, on either side of it, and how runs end at it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from operate.sap_tenant.pki import LONGEST_VALIDITY, Authority, Identity, external_authority
from operate.sap_tenant.server import SapTenantServer
from operate.sap_tenant.service_keys import certificate_key
from tests.support.exporter import keys
from tests.support.faults.fault_endings import KEY_REFUSED, MISCONFIGURED, WRONG_KEY, Ending

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFault:
    """One thing that is wrong with a certificate.

    Attributes:
        name: What a reader calls it.
        ending: How a run ends.
        words: What its error says, as a regular expression.
        text: What the secret holds.
        trusted: Whether we know the authority of the tenant's servers.
        warm: Whether the run has a token already, so that the API's server is the first it meets.
        server_valid: How long the servers' certificate is valid.
        late: How late our own clock is, against the one that dates certificates.
    """

    name: str
    ending: Ending
    words: str
    text: Callable[[SapTenantServer], str] = lambda server: _text(server, server.client_identity())
    trusted: bool = True
    warm: bool = False
    server_valid: timedelta = LONGEST_VALIDITY
    late: timedelta = timedelta(0)


def good_text(server: SapTenantServer) -> str:
    """A service key that opens the tenant."""
    return json.dumps(server.service_key())


def _text(server: SapTenantServer, identity: Identity, **changes: object) -> str:
    client_id = server.tenant.clients.with_certificate(identity.fingerprint).client_id
    members = certificate_key(
        client_id, identity, token_url=server.token_url, url=server.api_url, nesting="top"
    )
    return json.dumps({**members, **changes})


def _valid(for_: timedelta) -> Callable[[SapTenantServer], str]:
    return lambda server: _text(server, server.client_identity(valid=for_))


def _of(authority: Callable[[], Authority]) -> Callable[[SapTenantServer], str]:
    return lambda server: _text(server, server.client_identity(authority=authority()))


def _not_yet_valid(server: SapTenantServer) -> str:
    issued = keys.client("future", since_days=3)
    return _text(server, Identity(issued.chain, issued.key))


def _of_another_key(server: SapTenantServer) -> str:
    return _text(server, server.client_identity(), key=keys.client().key_pem())


def _without_issuer(server: SapTenantServer) -> str:
    identity = server.client_identity()
    return _text(server, Identity((identity.leaf,), identity.key))


def _deleted(server: SapTenantServer) -> str:
    identity = server.client_identity()
    text = _text(server, identity)
    server.tenant.revoke_key(fingerprint=identity.fingerprint)
    return text


def _secret_at_the_wrong_door(server: SapTenantServer) -> str:
    members = server.service_key("secret", nesting="top")
    return json.dumps({**members, "tokenurl": server.token_url})


TLS_FAULTS = (
    TlsFault(
        name="our certificate has expired", ending=WRONG_KEY, words="expired on", text=_valid(-_DAY)
    ),
    TlsFault(
        name="our certificate has expired, and our clock is late",
        ending=KEY_REFUSED,
        words=r"certificate_expired.*new service key",
        text=_valid(-_DAY),
        late=1.5 * _DAY,
    ),
    TlsFault(
        name="our certificate is not valid yet",
        ending=WRONG_KEY,
        words="not valid before",
        text=_not_yet_valid,
    ),
    TlsFault(
        name="the key does not fit our certificate",
        ending=WRONG_KEY,
        words="'key' .*does not fit any certificate",
        text=_of_another_key,
    ),
    TlsFault(
        name="our certificate is of an authority that the tenant does not know",
        ending=KEY_REFUSED,
        words="unknown_ca",
        text=_of(lambda: external_authority("Stranger")),
    ),
    TlsFault(
        name="our certificate without that of its issuer",
        ending=KEY_REFUSED,
        words="unknown_ca.*whole chain",
        text=_without_issuer,
    ),
    TlsFault(
        name="a client secret, sent to the server for certificates",
        ending=KEY_REFUSED,
        words="certificate_required.*has a client secret instead",
        text=_secret_at_the_wrong_door,
    ),
    TlsFault(
        name="our certificate is of a service key that was deleted",
        ending=KEY_REFUSED,
        words=r"401, invalid_client.*it was deleted",
        text=_deleted,
    ),
    TlsFault(
        name="the token server's certificate is of an authority that we do not know",
        ending=MISCONFIGURED,
        words="token server .* is not trusted.*TenantCaPem",
        trusted=False,
    ),
    TlsFault(
        name="the token server's certificate has expired",
        ending=MISCONFIGURED,
        words=r"token server .* is not trusted \(certificate has expired\)",
        server_valid=-_DAY,
    ),
    TlsFault(
        name="the API's certificate is of an authority that we do not know",
        ending=MISCONFIGURED,
        words="API's server .* is not trusted.*TenantCaPem",
        trusted=False,
        warm=True,
    ),
    TlsFault(
        name="the API's certificate has expired",
        ending=MISCONFIGURED,
        words="API's server .* is not trusted",
        warm=True,
        server_valid=-_DAY,
    ),
)
