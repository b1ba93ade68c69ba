"""Read the list of runtime artifacts: all of it, or nothing.

What is absent from a list counts, so half a list must never be taken for a whole one.  A list that
does not fit one answer is read by offset, and again from the start where it changed meanwhile.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from mpl_export.artifacts import Artifact, in_order
from mpl_export.clock import Deadline
from mpl_export.errors import (
    AccessRefusedError,
    ExportError,
    OutOfTimeError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.tenant.artifacts.rows import artifact_of, error_text_of
from mpl_export.tenant.http.transport import Answer
from mpl_export.tenant.odata import answers
from mpl_export.tenant.odata.questions import encoded, key_of
from mpl_export.tenant.odata.refusals import (
    NothingThereError,
    RefusedQueryError,
    TokenRefusedError,
)

SET = "IntegrationRuntimeArtifacts"
MOST_ARTIFACTS = 20_000
"""More than this in one list is no tenant that SAP offers."""

_PAGE_BYTES = 16 << 20
_TEXT_BYTES = 1 << 20
_TEXT_SECONDS = 10
_PASSES = 3
_SELECT = ("Id", "Version", "Name", "Type", "DeployedOn", "Status")
_DEPLOYER = "DeployedBy"


class Asks(Protocol):
    """Asks the API (``Asking``)."""

    def get[R](
        self,
        path: str,
        accept_answer: Callable[[Answer], R],
        *,
        limit: int,
        accept: str = ...,
        count: int = ...,
        seconds: int = ...,
        deadline: Deadline | None = ...,
    ) -> R:
        """Ask for what is at a path."""


class RoleMissingError(AccessRefusedError):
    """The role does not cover the runtime artifacts (403); the logs may be read all the same."""

    def __init__(self) -> None:
        super().__init__(
            "the role does not cover the runtime artifacts (403), so no flow is told that stopped "
            "or failed to start: give the service instance (plan api) the role MonitoringDataRead, "
            "or set the parameter RuntimeArtifacts to off; a change of roles takes up to an hour"
        )


class ArtifactListing:
    """The runtime artifacts of one tenant, for the length of one run."""

    def __init__(self, asks: Asks, *, with_deployer: bool = False) -> None:
        """Prepare to ask.

        Args:
            with_deployer: Whether to read who deployed an artifact.
        """
        self._asks = asks
        self._with_deployer = with_deployer
        self._select: Sequence[str] = (*_SELECT, _DEPLOYER) if with_deployer else _SELECT

    def read(self) -> tuple[Artifact, ...]:
        """All artifacts, in the order of their ids.

        Raises:
            RoleMissingError: The role does not cover them.
            TenantUnavailableError: No whole list after all attempts.
            ExportError: As for every question.
        """
        for _ in range(_PASSES):
            artifacts = self._pass()
            if artifacts is not None:
                return in_order(artifacts)
        raise TenantUnavailableError(
            "the list of runtime artifacts changes while it is read, or is shown in part; "
            "the next hour's run reads it again"
        )

    def probe(self) -> int | None:
        """How many artifacts there are, by a question for one; None if the tenant does not say."""
        return self._page(0, top=1).count

    def error_text(self, artifact: str, deadline: Deadline) -> str | None:
        """Why an artifact did not start; None if the tenant does not say so in time."""

        def text(answer: Answer) -> str | None:
            answers.refuse_html(answer)
            return error_text_of(answer.body) or None

        try:
            return self._asks.get(
                f"{SET}({key_of(artifact)})/ErrorInformation/$value",
                text,
                accept="*/*",
                limit=_TEXT_BYTES,
                count=1,
                seconds=_TEXT_SECONDS,
                deadline=deadline,
            )
        except (NothingThereError, RefusedQueryError):
            return None
        except OutOfTimeError:
            return None

    def _pass(self) -> list[Artifact] | None:
        """The whole list, read once; None if it cannot be the whole list of any time.

        Each page begins with the last row of the one before.  If that row has moved, something
        came or went, and another row may have slipped through between the two pages.
        """
        page = self._page(0)
        found, counts = self._artifacts(page), {page.count}
        while self._goes_on(page, len(found)):
            page = self._page(len(found) - 1)
            again = self._artifacts(page)
            counts.add(page.count)
            if not again or again[0].id != found[-1].id or len(counts) > 1:
                return None
            if len(again) == 1:
                break
            found += again[1:]
            if len(found) > MOST_ARTIFACTS:
                raise UnexpectedResponseError(
                    f"the tenant shows more than {MOST_ARTIFACTS} runtime artifacts, "
                    "or the same ones again and again; please report this"
                )
        return found if page.count in {None, len(found)} else None

    def _artifacts(self, page: answers.RawPage) -> list[Artifact]:
        return [artifact_of(row, with_deployer=self._with_deployer) for row in page.rows]

    @staticmethod
    def _goes_on(page: answers.RawPage, found: int) -> bool:
        """Whether there is more behind a page, if there is anything in it to go on from."""
        if not page.rows:
            return False
        if page.count is not None:
            return found < page.count
        return page.more or len(page.rows) >= answers.PAGE_ROWS

    def _page(self, skip: int, *, top: int | None = None) -> answers.RawPage:
        try:
            return self._ask(skip, top)
        except RefusedQueryError:
            if not self._select:
                raise _refused() from None
            self._select = ()
        try:
            return self._ask(skip, top)
        except RefusedQueryError:
            raise _refused() from None

    def _ask(self, skip: int, top: int | None) -> answers.RawPage:
        options = {
            "$format": "json",
            "$select": ",".join(self._select),
            "$orderby": "Id",
            "$skip": str(skip) if skip else "",
            "$top": "" if top is None else str(top),
            "$inlinecount": "allpages",
        }
        try:
            return self._asks.get(
                f"{SET}?{encoded(options)}", answers.page_of, limit=_PAGE_BYTES, count=2
            )
        except TokenRefusedError:
            raise
        except AccessRefusedError:
            raise RoleMissingError from None
        except NothingThereError:
            raise UnexpectedResponseError(
                f"the tenant has no {SET} (404); set the parameter RuntimeArtifacts to off"
            ) from None


def _refused() -> ExportError:
    return UnexpectedResponseError(
        f"the tenant does not take our query for {SET} (400), with or without $select; "
        "please report this, and set the parameter RuntimeArtifacts to off until then"
    )
