"""Answers of the API as Python values: a page of rows, a count, a text.

Source: OData V2, "JSON format"; SAP, "Query options" (at most 1,000 entries a call).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mpl_export.errors import TenantUnavailableError, UnexpectedResponseError
from mpl_export.tenant.http.transport import Answer

PAGE_ROWS = 1000
"""The most rows that the tenant puts into one answer."""

MOST_ROWS = 5 * PAGE_ROWS
"""More rows than this would take the memory that the pages of all readers have together."""

_MOST_VALUES = 1_000_000
"""The most objects and lists in a body that is parsed; a full page has 20,000."""

_LONGEST_COUNT = 18  # digits; Python refuses to read numbers of thousands of them


class DamagedAnswerError(TenantUnavailableError):
    """A 200 whose body is not the JSON that it claims to be: cut short, or garbled."""

    def __init__(self) -> None:
        super().__init__("the answer is damaged: it ends too early or is no JSON")


class TooManyRowsError(TenantUnavailableError):
    """A page with far more rows than the tenant puts into one; a smaller question may do better."""

    def __init__(self) -> None:
        super().__init__(f"the answer holds more than {MOST_ROWS} rows")


class NotTheApiError(TenantUnavailableError):
    """A 200 with a page for people, such as a login page, where the API should have answered."""

    def __init__(self) -> None:
        super().__init__("a page for people came back instead of the API's answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """One answer: the rows as they came.

    Attributes:
        rows: The rows.
        more: Whether the answer carries a link to a next page.  The link itself is never followed:
            it is an offset into a moving set.
        count: How many rows the filter matches; None if that was not asked.
        expanded: Whether lists were read along, which a tenant fetches by a second query; that one
            brings the rows in another order.
    """

    rows: Sequence[object]
    more: bool
    count: int | None
    expanded: bool = False


def page_of(answer: Answer) -> RawPage:
    """Read a page.

    Raises:
        DamagedAnswerError: No JSON; worth another attempt.
        TooManyRowsError: More than ``MOST_ROWS``.
        NotTheApiError: HTML.
        UnexpectedResponseError: JSON, but no collection of rows.
    """
    refuse_html(answer)
    if is_too_much(answer):
        raise TooManyRowsError
    envelope = _json(answer.body)
    results: Any = envelope.get("d") if isinstance(envelope, dict) else None
    rest: dict[str, Any] = {}
    if isinstance(results, dict):
        rest = results
        results = results.get("results")
    if not isinstance(results, list):
        raise UnexpectedResponseError(
            "the tenant answered with JSON that is no collection of rows; please report this"
        )
    if len(results) > MOST_ROWS:
        raise TooManyRowsError
    return RawPage(
        rows=results,
        more=bool(rest.get("__next")),
        count=number_in(rest.get("__count")),
    )


def is_too_much(answer: Answer) -> bool:
    """Whether a body holds more objects and lists than are worth parsing."""
    body = answer.body
    if len(body) // 2 <= _MOST_VALUES:  # each has two brackets; counting takes a millisecond a page
        return False
    return body.count(b"{") + body.count(b"[") > _MOST_VALUES


def text_of(answer: Answer) -> bytes | None:
    """Read an error text; None if there is none (204).

    Raises:
        NotTheApiError: By its type or its shape this is no text: a login page, or JSON.
    """
    if answer.status == 204:
        return None
    refuse_html(answer)
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind and not kind.startswith("text/") and kind != "application/octet-stream":
        raise NotTheApiError
    return answer.body


def count_of(answer: Answer) -> int:
    """Read a bare count.

    Raises:
        DamagedAnswerError: It is no number.
    """
    count = number_in(answer.body.decode("utf-8-sig", "replace").strip())
    if count is None:
        raise DamagedAnswerError
    return count


def number_in(value: object) -> int | None:
    """A count, which comes as text; None for what is none, or too long to be one."""
    text = str(value) if isinstance(value, str | int) else ""
    plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_COUNT
    return int(text) if plain else None


def refuse_html(answer: Answer) -> None:
    """Tell a page for people by its type or its first character.

    Raises:
        NotTheApiError: It is one.
    """
    kind = answer.headers.get("Content-Type", "").lower()
    if "html" in kind or answer.body[:64].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise NotTheApiError


def _json(body: bytes) -> object:
    """JSON as the tenant wrote it; where it is not quite JSON, so that single rows suffer only."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass  # lone surrogates, broken UTF-8 and NaN are left to the slower, laxer parser
    try:
        return json.loads(body.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise DamagedAnswerError from error
