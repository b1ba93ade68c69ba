"""The tokens of one run, and what to do when the token server does not take the service key.

If the tenant refuses the key, the secret is read afresh, then its AWSPREVIOUS version is tried,
once each.  So a key may be replaced while runs go on, in either
order: the old key deleted first, or the new secret stored first.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import ExportError, KeyRefusedError, ServiceKeyError, TemporaryError
from mpl_export.tenant.credentials.certificate_files import client_context
from mpl_export.tenant.credentials.proven_key import ProvenKey, proven_key
from mpl_export.tenant.credentials.service_key import CertificateDatesError, ServiceKey
from mpl_export.tenant.credentials.token import Token, fetch_token
from mpl_export.tenant.credentials.token_cache import WARM_TOKENS, TokenCache
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.https_exchange import HttpsExchange
from mpl_export.tenant.http.transport import Exchange, tls_context

_LONGEST_EXCHANGE = timedelta(seconds=30)
_LARGEST_ANSWER_BYTES = 1 << 18


class SecretReader(Protocol):
    """Where the text of the service key is kept."""

    def current(self) -> str:
        """The version that holds, read anew at every call."""

    def previous(self) -> str | None:
        """The version before it; None if there is none."""


type Connect = Callable[[ssl.SSLContext, Clock], AbstractContextManager[Exchange]]


@contextmanager
def https(context: ssl.SSLContext, clock: Clock) -> Iterator[Exchange]:
    """The real connections, closed at the end."""
    exchange = HttpsExchange(context, clock)
    try:
        yield exchange
    finally:
        exchange.close()


class TokenSource:
    """Gives the threads of one run the token that is good at the moment.

    Attributes:
        notes: What an operator should know although the run goes on, to be logged as warnings.
    """

    def __init__(
        self,
        reader: SecretReader,
        *,
        deadline: Deadline,
        extra_ca_pem: str,
        cache: TokenCache,
        connect: Connect,
    ) -> None:
        self._reader = reader
        self._deadline = deadline
        self._extra_ca_pem = extra_ca_pem
        self._cache = cache
        self._connect = connect
        self._lock = Lock()
        self._in_use = proven_key(reader.current())
        self._has_looked_further = False
        self._uses_previous = False
        self._about_current: ExportError | None = None
        """Why the current key was refused, while its previous version is in use."""
        self._final: ExportError | None = None
        self.notes = list(self._in_use.key.notes)

    @property
    def service_key(self) -> ServiceKey:
        """The key in use.  Its ``api_root`` does not change during a run."""
        return self._in_use.key

    @property
    def certificate_not_after(self) -> datetime | None:
        """When the certificate in use ends, UTC; None for a client secret."""
        certificate = self._in_use.certificate
        return None if certificate is None else certificate.not_after

    @property
    def uses_previous_key(self) -> bool:
        """Whether the tenant refuses the current key and takes the one before it."""
        return self._uses_previous

    def current(self) -> Token:
        """The token to use now, fetched if there is none.

        Raises:
            KeyRefusedError: The token server takes neither the current key nor, where there is
                one, the previous; the error is about the current one, and further calls raise it
                without asking the server again.
            CertificateDatesError: The same, because its certificate is out of date.
            TemporaryError: The key was replaced during the run by one for another API.
            ServiceKeyError, ConfigurationError, TenantUnavailableError, UnexpectedResponseError:
                See ``fetch_token``.
        """
        with self._lock:
            return self._token(stale=None)

    def renew(self, stale: Token) -> Token:
        """Another token, because the API answered 401 to ``stale``.

        Several threads may come with the same token: the first one causes a request, the others
        get what it got.

        Raises:
            As ``current``.
        """
        with self._lock:
            return self._token(stale=stale)

    def _token(self, *, stale: Token | None) -> Token:
        """A token of the key in use; of another, if the server does not take this one."""
        if self._final is None:
            try:
                return self._token_of(self._in_use, stale=stale)
            except (KeyRefusedError, CertificateDatesError) as error:
                about_current = self._about_current or error
            if not self._has_looked_further:
                self._has_looked_further = True
                self._about_current = about_current
                token = self._token_of_another_key()
                if token is not None:
                    return token
                about_current = self._about_current
            self._final = about_current
        raise self._final

    def _token_of_another_key(self) -> Token | None:
        """A token for what the secret holds by now, or held before; None if neither is taken."""
        refused = {self._in_use.text}
        text = self._reader.current()
        if text not in refused:
            refused.add(text)
            try:
                replacement = proven_key(text)
                if replacement.key.api_root != self._in_use.key.api_root:
                    raise TemporaryError(
                        "the service key was replaced during this run by one for another API; "
                        "the next run uses it"
                    )
                token = self._token_of(replacement)
            except (KeyRefusedError, ServiceKeyError) as error:
                self._about_current = error
            else:
                self._about_current = None
                self._in_use = replacement
                self.notes += ["the service key was replaced", *replacement.key.notes]
                return token
        old_text = self._reader.previous()
        if old_text is not None and old_text not in refused:
            # Whatever is wrong with the old key is not what has to be told: the new one has to
            # be put right.
            with suppress(KeyRefusedError, ServiceKeyError):
                previous = proven_key(old_text)
                if previous.key.api_root == self._in_use.key.api_root:
                    token = self._token_of(previous)
                    self._in_use = previous
                    self._uses_previous = True
                    self.notes.append(
                        f"the previous version of the service key is in use: {self._about_current}"
                    )
                    return token
        return None

    def _token_of(self, proven: ProvenKey, *, stale: Token | None = None) -> Token:
        """The key's token out of the cache, unless it is the stale one; else a fresh one.

        By identity: a server may issue an equal token again, and is not asked twice for it.
        """
        now = self._deadline.clock.now()
        token = self._cache.find(proven.key, now)
        if token is not None and token is not stale:
            return token
        if proven.certificate is None:
            context = tls_context(self._extra_ca_pem)
        else:
            proven.certificate.check_dates(now)
            context = client_context(proven.certificate, self._extra_ca_pem)
        with self._connect(context, self._deadline.clock) as exchange:
            attempts = Attempts(
                exchange=exchange,
                deadline=self._deadline,
                timeout=_LONGEST_EXCHANGE,
                size_limit=_LARGEST_ANSWER_BYTES,
            )
            token = fetch_token(proven.key, attempts)
        self._cache.keep(proven.key, token)
        return token


def open_token_source(
    reader: SecretReader,
    *,
    deadline: Deadline,
    extra_ca_pem: str = "",
    cache: TokenCache = WARM_TOKENS,
    connect: Connect = https,
) -> TokenSource:
    """Read the secret and prove what it holds; the token server is not asked yet.

    Args:
        extra_ca_pem: Further certificates to trust, in any form of pasted PEM;
            empty for none.

    Raises:
        ServiceKeyError: The secret holds no service key that can be used.
        SettingsError: ``extra_ca_pem`` holds no certificate.
        AwsRefusedError, AwsUnavailableError: The secret cannot be read.
    """
    # Imported here because cryptography takes 60 ms, and not every start needs it.
    from mpl_export.tenant.credentials.client_certificate import trusted_certificates  # noqa: PLC0415

    return TokenSource(
        reader,
        deadline=deadline,
        extra_ca_pem=trusted_certificates(extra_ca_pem),
        cache=cache,
        connect=connect,
    )
