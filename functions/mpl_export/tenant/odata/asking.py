"""One question to the tenant's API: with the bearer token, at the origin of the service key only.

A token that is refused is replaced once; what else refuses a question is an error that says who has
to act.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit

from mpl_export.clock import Deadline
from mpl_export.errors import (
    ConfigurationError,
    TemporaryError,
    TenantThrottledError,
    TenantUnavailableError,
)
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.pace import Pace
from mpl_export.tenant.http.server_trust import untrusted
from mpl_export.tenant.http.transport import Answer, Request, TlsError
from mpl_export.tenant.odata.refusals import RefusalError, refused

_SECONDS = 30


class Tokens(Protocol):
    """Where tokens come from."""

    def current(self) -> Token:
        """A token that is still good by our own account."""

    def renew(self, stale: Token) -> Token:
        """Another token, because the API did not take this one."""


class Asking:
    """Asks one API, for the length of one run; threads may share it.

    Attributes:
        requests: How many requests were sent, repeated ones included.
    """

    def __init__(
        self, *, root: str, tokens: Tokens, attempts: Attempts, pace: Pace | None = None
    ) -> None:
        """Ask below ``root``.

        Args:
            root: The service root, such as ``https://host/api/v1``.
            pace: How fast, and how much at a time; None for no bound.
        """
        self.requests = 0
        self._root = root.rstrip("/")
        self._tokens = tokens
        self._exchange = (
            attempts.exchange if pace is None else pace.over(attempts.exchange, attempts.deadline)
        )
        self._attempts = replace(attempts, exchange=self._send)

    @property
    def host(self) -> str:
        """The host (and port, if unusual) of the API."""
        return urlsplit(self._root).netloc

    def get[R](
        self,
        path: str,
        accept_answer: Callable[[Answer], R],
        *,
        limit: int,
        accept: str = "application/json",
        count: int = 3,
        seconds: int = _SECONDS,
        deadline: Deadline | None = None,
    ) -> R:
        """Ask for what is at a path, with one further token if the first is refused.

        Args:
            accept_answer: Makes the result of an answer with 200 or 204.
            limit: The most bytes of a decoded answer.
            count: How often, and ``seconds`` how long at most each time.
            deadline: By default that of the run.

        Raises:
            RefusedQueryError: 400.
            NothingThereError: 404.
            AccessRefusedError: 401 with a fresh token, or 403.
            ConfigurationError: The API's server is not trusted.
            TenantUnavailableError, TemporaryError, OutOfTimeError, UnexpectedResponseError: As
                ``Attempts.send``, and what the token server did.
        """
        attempts = replace(
            self._attempts,
            count=count,
            timeout=timedelta(seconds=seconds),
            size_limit=limit,
            deadline=deadline or self._attempts.deadline,
        )

        def checked(answer: Answer) -> R:
            if answer.status in {200, 204}:
                return accept_answer(answer)
            raise RefusalError(answer.status)

        token = _token(self._tokens.current)
        try:
            return attempts.send(self._request(path, token, accept), checked)
        except RefusalError as refusal:
            if refusal.status != 401:
                raise refused(refusal.status) from None
        stale = token
        token = _token(lambda: self._tokens.renew(stale))
        try:
            return attempts.send(self._request(path, token, accept), checked)
        except RefusalError as refusal:
            raise refused(refusal.status) from None

    def _request(self, path: str, token: Token, accept: str) -> Request:
        return Request(
            "GET",
            f"{self._root}/{path}",
            {
                "Authorization": f"Bearer {token.value}",
                "Accept": accept,
                # A cache on the way would show an old state, and an old time with it.
                "Cache-Control": "no-cache, no-store, max-age=0",
                "Pragma": "no-cache",
            },
        )

    def _send(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        self.requests += 1
        try:
            return self._exchange(request, timeout=timeout, size_limit=size_limit)
        except TlsError as error:
            if error.untrusted_server:
                server = f"the API's server {self.host}"
                raise ConfigurationError(untrusted(server, error.verdict)) from error
            raise


def _token(ask: Callable[[], Token]) -> Token:
    """A token, or an error that nobody takes for the API's answer to a question.

    Else a page would be asked for in ever smaller pieces because the token server is down.
    """
    try:
        return ask()
    except TenantThrottledError:
        raise
    except TenantUnavailableError as error:
        raise TemporaryError(f"the token server gave no token: {error}") from error
