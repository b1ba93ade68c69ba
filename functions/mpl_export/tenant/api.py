"""The tenant's OData API: asks with the bearer token, at the origin of the service key only."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import (
    AccessRefusedError,
    ConfigurationError,
    TemporaryError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.instants import floor_millisecond
from mpl_export.model import Span
from mpl_export.tenant import odata
from mpl_export.tenant.attempts import Attempts, parse_http_date
from mpl_export.tenant.refusals import (
    NothingThereError,
    RefusalError,
    RefusedQueryError,
    no_api_there,
    refused,
    unexpected_refusal,
)
from mpl_export.tenant.token import Token
from mpl_export.tenant.transport import Answer, Request, TlsError

PAGE_BYTES = 16 << 20
"""The most that a decoded page may hold; a page of 1,000 rows usually has 1 to 3 MB."""

ERROR_TEXT_BYTES = 1 << 20
_SMALL_BYTES = 8 << 20
_PAGE_SECONDS = 60
_NARROWED_SECONDS = 30
_TEXT_SECONDS = 10

_log = logging.getLogger(__name__)


class Tokens(Protocol):
    """Where tokens come from."""

    def current(self) -> Token:
        """A token that is still good by our reckoning."""

    def renew(self, stale: Token) -> Token:
        """Another token, because the API did not take this one."""


class _Selecting[R](Protocol):
    """A question that can be asked with ``$select`` and without."""

    def __call__(self, *, selecting: bool) -> R:
        """Ask."""


class TenantApi:
    """The API of one tenant, for the length of one run; threads may share it.

    Attributes:
        requests: How many requests were sent, repeated ones included.
    """

    def __init__(
        self,
        *,
        root: str,
        tokens: Tokens,
        attempts: Attempts,
        clock: Clock,
        expand: Iterable[str] = (),
    ) -> None:
        """Ask below ``root``.

        Args:
            root: The service root, such as ``https://host/api/v1``.
            expand: Navigation properties to read along, where the tenant declares them.
        """
        self.requests = 0
        self._root = root.rstrip("/")
        self._tokens = tokens
        self._attempts = replace(attempts, exchange=self._counted(attempts))
        self._clock = clock
        self._wanted = tuple(expand)
        self._select: tuple[str, ...] = ()
        self._expand: tuple[str, ...] = ()

    @property
    def host(self) -> str:
        """The host (and port, if unusual) of the API."""
        return urlsplit(self._root).netloc

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties that are asked for, in order; empty if ``$metadata`` is closed to us."""
        return self._select

    @property
    def expandable(self) -> tuple[str, ...]:
        """The navigation properties that are asked for."""
        return self._expand

    def open(self) -> datetime:
        """Learn what the tenant has to show, and what time it is there.

        Returns:
            The earlier of our clock and the ``Date`` of the tenant's answer, cut to milliseconds: a
            clock of ours that runs ahead must not make us believe that a span is over.
        """
        dates: list[datetime] = []

        def read(answer: Answer) -> bytes:
            date = parse_http_date(answer.headers.get("Date", ""))
            if date is not None:
                dates.append(date)
            odata.refuse_html(answer)
            return answer.body

        now = self._clock.now()
        try:
            metadata = self._get("$metadata", read, accept="application/xml", limit=_SMALL_BYTES)
            properties, navigation = odata.declared_properties(metadata)
        except TenantThrottledError:
            raise
        except (
            RefusedQueryError,
            NothingThereError,
            TenantUnavailableError,
            UnexpectedResponseError,
        ) as error:
            # Some gateways close $metadata; the logs can be read without, just not as lean.
            _log.warning("asking without $select: %s", type(error).__name__)
        else:
            self._select = tuple(sorted(properties))
            self._expand = tuple(name for name in self._wanted if name in navigation)
        return floor_millisecond(min([now, *dates]))

    def page(
        self,
        where: str,
        *,
        order: str = "LogEnd",
        top: int | None = None,
        skip: int = 0,
        count: bool = False,
        narrowed: bool = False,
    ) -> odata.RawPage:
        """Ask for one page of logs.

        Args:
            narrowed: Ask once only, and wait less: a larger question failed already.

        Raises:
            TenantUnavailableError: No page after all attempts.
            TemporaryError: The token server gave no token.
            OutOfTimeError: The deadline has come.
            AccessRefusedError: The token does not open the API.
            UnexpectedResponseError: The tenant does not take the query, or its answer makes no
                sense.
        """

        def ask(*, selecting: bool) -> odata.RawPage:
            select = (*self._select, *self._expand) if selecting else ()
            expand = self._expand if selecting else self._wanted
            page = self._get(
                odata.logs_query(
                    where=where,
                    order=order,
                    select=select,
                    expand=expand,
                    top=top,
                    skip=skip,
                    count=count,
                ),
                odata.page_of,
                limit=PAGE_BYTES,
                count=1 if narrowed else 2,
                seconds=_NARROWED_SECONDS if narrowed else _PAGE_SECONDS,
            )
            return replace(page, expanded=bool(expand))

        try:
            return self._without_select_if_refused(ask)
        except NothingThereError:
            raise no_api_there(self.host) from None
        except odata.NotTheApiError as error:
            raise UnexpectedResponseError(
                "the tenant answered with a page for people, perhaps a login page; compare the "
                "member 'url' of the service key with the cockpit: it must be the API's host, not "
                "the one of the web user interface"
            ) from error

    def count(self, span: Span) -> int | None:
        """How many logs a span holds; None if the tenant cannot tell in time, or does not.

        A refusal is no reason to end the run: if it is meant, the pages are refused too.
        """
        try:
            return self._get(
                odata.count_query(odata.in_span(span)),
                odata.count_of,
                accept="text/plain, */*",
                limit=_SMALL_BYTES,
                count=1,
                seconds=_NARROWED_SECONDS,
            )
        except (
            TenantUnavailableError,
            UnexpectedResponseError,
            AccessRefusedError,
            RefusedQueryError,
            NothingThereError,
        ):
            return None

    def error_text(self, guid: str, deadline: Deadline) -> bytes | None:
        """The error text of a log, by a deadline of its own; None if there is none."""
        try:
            return self._get(
                odata.error_text_path(guid),
                lambda answer: answer.body if answer.status == 200 else None,
                accept="*/*",
                limit=ERROR_TEXT_BYTES,
                count=1,
                seconds=_TEXT_SECONDS,
                deadline=deadline,
            )
        except (NothingThereError, RefusedQueryError):
            return None

    def _without_select_if_refused[R](self, ask: "_Selecting[R]") -> R:
        """Ask; if the query is refused, once more without ``$select``, and so from then on."""
        selecting = bool(self._select)
        try:
            return ask(selecting=selecting)
        except RefusedQueryError as error:
            if not selecting:
                raise unexpected_refusal() from error
        try:
            result = ask(selecting=False)
        except RefusedQueryError as error:
            raise unexpected_refusal() from error
        self._select = ()
        _log.warning("the tenant refuses $select; asking without")
        return result

    def _get[R](
        self,
        path: str,
        accept_answer: Callable[[Answer], R],
        *,
        limit: int,
        accept: str = "application/json",
        count: int = 3,
        seconds: int = _NARROWED_SECONDS,
        deadline: Deadline | None = None,
    ) -> R:
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
            {"Authorization": f"Bearer {token.value}", "Accept": accept},
        )

    def _counted(self, attempts: Attempts) -> "_Counted":
        return _Counted(self, attempts)


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


class _Counted:
    def __init__(self, api: TenantApi, attempts: Attempts) -> None:
        self._api = api
        self._exchange = attempts.exchange

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        self._api.requests += 1
        try:
            return self._exchange(request, timeout=timeout, size_limit=size_limit)
        except TlsError as error:
            if error.untrusted_server:
                raise ConfigurationError(
                    f"the certificate of the API's server {self._api.host} is not trusted; if a "
                    "gateway with a certificate of its own stands between, give its CA in the "
                    "template parameter TenantCaPem"
                ) from error
            raise
