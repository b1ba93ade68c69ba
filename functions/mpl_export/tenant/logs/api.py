"""The tenant's OData API: asks with the bearer token, at the origin of the service key only."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import (
    AccessRefusedError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.model import Span
from mpl_export.tenant.http.attempts import Attempts
from mpl_export.tenant.http.pace import Pace
from mpl_export.tenant.logs import odata, opening
from mpl_export.tenant.logs.page_reader import PageReader
from mpl_export.tenant.odata import answers
from mpl_export.tenant.odata.asking import Asking, Tokens
from mpl_export.tenant.odata.refusals import (
    NothingThereError,
    RefusedQueryError,
    no_api_there,
    unexpected_refusal,
)

PAGE_BYTES = 16 << 20
"""The most that a decoded page may hold; a page of 1,000 rows usually has 1 to 3 MB."""

ERROR_TEXT_BYTES = 1 << 20
_SMALL_BYTES = 8 << 20
_PAGE_SECONDS = 60
_NARROWED_SECONDS = 30
_TEXT_SECONDS = 10

_log = logging.getLogger(__name__)


class _Selecting[R](Protocol):
    """A question that can be asked with ``$select`` and without."""

    def __call__(self, *, selecting: bool) -> R:
        """Ask."""


class TenantApi:
    """The API of one tenant, for the length of one run; threads may share it.

    Attributes:
        asking: Asks it for something else than logs.
        clock_ahead: How far our clock is ahead of the tenant's; None if the tenant sends no time.
    """

    def __init__(
        self,
        *,
        root: str,
        tokens: Tokens,
        attempts: Attempts,
        clock: Clock,
        expand: Iterable[str] = (),
        pace: Pace | None = None,
    ) -> None:
        """Ask below ``root``.

        Args:
            root: The service root, such as ``https://host/api/v1``.
            expand: Navigation properties to read along, where the tenant declares them.
            pace: How fast to ask, and how much at a time; None for no bound.
        """
        self.clock_ahead: timedelta | None = None
        self.asking = Asking(root=root, tokens=tokens, attempts=attempts, pace=pace)
        self._clock = clock
        self._wanted = tuple(expand)
        self._select: tuple[str, ...] = ()
        self._expand: tuple[str, ...] = ()
        self._is_described = False
        self._pages = PageReader()

    @property
    def host(self) -> str:
        """The host (and port, if unusual) of the API."""
        return self.asking.host

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones included."""
        return self.asking.requests

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
            The earlier of our clock and the tenant's, cut to milliseconds: a clock of ours that
            runs ahead must not make us believe that a span is over.
        """
        opened = opening.opened(self.asking, self._clock)
        if opened.declared is not None:
            self._select = tuple(sorted(opened.declared.properties))
            self._expand = tuple(
                name for name in self._wanted if name in opened.declared.navigation
            )
            self._is_described = True
        self.clock_ahead = opened.clock_ahead
        return opened.now

    def page(
        self,
        where: str,
        *,
        order: str = "LogEnd",
        top: int | None = None,
        skip: int = 0,
        count: bool = False,
        narrowed: bool = False,
    ) -> answers.RawPage:
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

        def ask(*, selecting: bool) -> answers.RawPage:
            select = (*self._select, *self._expand) if selecting else ()
            expand = self._expand if self._is_described else self._wanted
            page = self.asking.get(
                odata.logs_query(
                    where=where,
                    order=order,
                    select=select,
                    expand=expand,
                    top=top,
                    skip=skip,
                    count=count,
                ),
                self._pages.page_of,
                limit=PAGE_BYTES,
                count=1 if narrowed else 2,
                seconds=_NARROWED_SECONDS if narrowed else _PAGE_SECONDS,
            )
            return replace(page, expanded=bool(expand))

        try:
            return self._without_select_if_refused(ask)
        except NothingThereError:
            raise no_api_there(self.host) from None
        except answers.NotTheApiError as error:
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
            return self.asking.get(
                odata.count_query(odata.in_span(span)),
                answers.count_of,
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
            return self.asking.get(
                odata.error_text_path(guid),
                answers.text_of,
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
