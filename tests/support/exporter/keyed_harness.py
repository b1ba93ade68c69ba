"""The harness with the real source of tokens, whose key may be replaced while runs go on."""

import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Self
from unittest import mock

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from requests.structures import CaseInsensitiveDict

from mpl_export.clock import Clock, Deadline
from mpl_export.tenant.credentials import token_source
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.token_cache import TokenCache
from mpl_export.tenant.credentials.token_source import TokenSource, open_token_source
from mpl_export.tenant.http.transport import Answer, Exchange, Request
from operate import sap_tenant
from tests.support.exporter import keys
from tests.support.exporter.exporter_harness import Harness
from tests.support.kills.killable_effects import Life

_CERTIFICATES = 3
"""How many keys there are to replace each other with; a deleted one may be issued again."""

_NO_KEY = '{"clientid": "'


@dataclass(kw_only=True)
class KeyedHarness(Harness):
    """One exporter that proves itself by the certificate in its secret.

    Attributes:
        secret: The versions of the secret, oldest first.
    """

    secret: list[str] = field(default_factory=list, repr=False)
    _newest: int = 0
    _tokens: TokenCache = field(default_factory=TokenCache)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.tenant.clients.client_id = keys.CLIENT_ID
        self.admit()
        self.store()

    # -- the life of the key -------------------------------------------------------------

    def make_another(self) -> None:
        """There is another key; the tenant does not know it yet."""
        self._newest = (self._newest + 1) % _CERTIFICATES

    def admit(self) -> None:
        """The tenant knows the newest key from now on."""
        self.tenant.clients.with_certificate(_fingerprint(self._newest))

    def store(self) -> None:
        """The newest key is put into the secret."""
        self.secret.append(_key_text(self._newest))

    def store_nonsense(self) -> None:
        """What is no key is put into the secret."""
        self.secret.append(_NO_KEY)

    def delete_older_keys(self) -> None:
        """The tenant forgets every key but the newest, and the tokens of all."""
        self.tenant.revoke_key()
        self.admit()
        self.revoke_tokens()

    def revoke_tokens(self) -> None:
        """The tenant forgets every token that is out."""
        self.tenant.revoke_tokens()

    @property
    def is_key_good(self) -> bool:
        """Whether the secret holds a key by which every run has to find a token."""
        is_a_key = self.secret[-1] != _NO_KEY
        return is_a_key and any(self._is_known(text) for text in self.secret[-2:])

    @property
    def is_newest_known(self) -> bool:
        """Whether a run finds a token without looking beyond the current version."""
        return self._is_known(self.secret[-1])

    @property
    def is_token_dead(self) -> bool:
        """Whether a warm run begins with a token that the tenant has forgotten."""
        tokens = self._tokens._tokens.values()
        return any(not self.tenant.accepts(f"Bearer {token.value}") for token in tokens)

    def _is_known(self, text: str) -> bool:
        return any(
            text == _key_text(number)
            and self.tenant.clients.knows(
                keys.CLIENT_ID, fingerprint=_fingerprint(number), secret=None
            )
            for number in range(_CERTIFICATES)
        )

    # -- the life of a run ---------------------------------------------------------------

    @contextmanager
    def tokens_of(self, life: Life, deadline: Deadline) -> Iterator[tuple[str, TokenSource]]:
        """The real source of tokens; a warm container has those of the run before."""
        if not self.warm:
            self._tokens = TokenCache()

        @contextmanager
        def connect(context: ssl.SSLContext, _: Clock) -> Iterator[Exchange]:
            assert isinstance(context, _Presenting)
            yield self._token_exchange(life, context.certificate)

        # OpenSSL and the files that it reads have tests of their own, and cost more than a run.
        with mock.patch.object(token_source, "client_context", _Presenting.of):
            source = open_token_source(
                _Secret(self, life), deadline=deadline, cache=self._tokens, connect=connect
            )
            yield source.service_key.api_root, source

    def _token_exchange(self, life: Life, peer: bytes) -> Exchange:
        def exchange(request: Request, *, timeout: float, size_limit: int) -> Answer:
            assert request.url == keys.TOKEN_URL
            assert timeout > 0
            assert size_limit > 0
            life.effect("ask for a token")
            for happen in list(self.before_request):
                happen()
            asked = sap_tenant.Request(
                request.method,
                "/oauth/token",
                {name.lower(): value for name, value in request.headers.items()},
                request.body or b"",
            )
            response = self.tenant.handle_token(asked, peer)
            life.effect("answered with a token")
            return Answer(response.status, CaseInsensitiveDict(response.headers), response.body)

        return exchange


@dataclass(frozen=True)
class _Secret:
    """The secret as one run sees it."""

    harness: KeyedHarness
    life: Life

    def current(self) -> str:
        """The current version."""
        self.life.effect("read the secret")
        return self.harness.secret[-1]

    def previous(self) -> str | None:
        """The version before."""
        self.life.effect("read the secret's previous version")
        return self.harness.secret[-2] if len(self.harness.secret) > 1 else None


class _Presenting(ssl.SSLContext):
    """Stands for a context that presents this certificate (DER)."""

    certificate: bytes

    @classmethod
    def of(cls, certificate: ClientCertificate, _extra_ca_pem: str = "") -> Self:
        """As ``client_context``."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        leaf = x509.load_pem_x509_certificate(certificate.chain_pem.encode())
        context.certificate = leaf.public_bytes(Encoding.DER)
        return context


@cache
def _client(number: int) -> keys.Issued:
    """A client certificate whose key, on a curve, is loaded in no time."""
    assert number < _CERTIFICATES
    return keys.client_of(ec.generate_private_key(ec.SECP256R1()), keys.intermediate())


@cache
def _key_text(number: int) -> str:
    return keys.service_key_text(keys.certificate_members(_client(number)))


@cache
def _fingerprint(number: int) -> str:
    der = _client(number).certificate.public_bytes(Encoding.DER)
    return hashlib.sha256(der).hexdigest()
