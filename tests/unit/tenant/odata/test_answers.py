"""Answers of the API in every shape that was seen or must be feared."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from mpl_export.errors import UnexpectedResponseError
from mpl_export.tenant.http.transport import Answer
from mpl_export.tenant.logs.rows import log_of
from mpl_export.tenant.odata.answers import (
    DamagedAnswerError,
    NotTheApiError,
    TooManyRowsError,
    count_of,
    page_of,
    text_of,
)
from tests.support.manual_clock import NOON
from tests.unit.samples import row_of


def answer(body: bytes | str, kind: str = "application/json") -> Answer:
    """A 200 with this body."""
    text = body if isinstance(body, bytes) else body.encode()
    return Answer(200, CaseInsensitiveDict({"content-type": kind}), text)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    """Whatever a proxy answers, the error says who has to act."""
    for read in (page_of, count_of):
        try:
            result: Any = read(answer(body))
        except (DamagedAnswerError, NotTheApiError, UnexpectedResponseError):
            continue
        assert result is not None


class TestPages:
    """The shapes of an answer."""

    def test_a_page_is_its_rows(self) -> None:
        """The count is text in OData V2, and a link says only that there is more."""
        body = {"d": {"__count": "7", "results": [{"a": 1}], "__next": "https://x/?$skiptoken=1"}}

        page = page_of(answer(orjson.dumps(body)))

        assert (page.rows, page.more, page.count) == ([{"a": 1}], True, 7)

    @pytest.mark.parametrize(
        ("body", "rows"),
        [
            ('{"d":{"results":[]}}', []),
            ('{"d":[]}', []),
            ('{"d":[{"a":1}]}', [{"a": 1}]),
            ('{"d":{"results":[null,7]}}', [None, 7]),
            ('{"d":{"results":[],"__next":null}}', []),
            ('{"d":{"results":[],"__count":null}}', []),
            ('{"d":{"results":[],"__count":"many"}}', []),
            ('{"d":{"results":[],"__count":-1}}', []),
        ],
    )
    def test_a_page_may_lack_everything_but_rows(self, body: str, rows: list[object]) -> None:
        """OData V1 has a bare list; an empty page is a normal end."""
        page = page_of(answer(body))

        assert (page.rows, page.more, page.count) == (rows, False, None)

    @pytest.mark.parametrize(
        "body",
        [
            "null",
            "7",
            "[]",
            "{}",
            '{"d":null}',
            '{"d":{}}',
            '{"d":{"results":{}}}',
            '{"value":[]}',
            '{"error":{"code":"Bad Request"}}',
        ],
    )
    def test_json_of_another_shape_is_a_developers_matter(self, body: str) -> None:
        """To take it for an empty page would step over everything."""
        with pytest.raises(UnexpectedResponseError, match="no collection"):
            page_of(answer(body))

    @pytest.mark.parametrize(
        "body",
        ["", " ", '{"d":{"results":[{"a":1},', "\ufeff", "Registered endpoint failed", "[" * 9999],
    )
    def test_what_is_no_json_may_be_whole_next_time(self, body: str) -> None:
        """A router cut it short, or answered in the tenant's place."""
        with pytest.raises(DamagedAnswerError):
            page_of(answer(body))

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ("<html>Sign In</html>", "text/html;charset=utf-8"),
            ("{}", "TEXT/HTML"),
            ("\n <!DOCTYPE html>\n<html>", "application/json"),
            ("<HTML>", ""),
        ],
    )
    def test_a_page_for_people_is_told_as_one(self, body: str, kind: str) -> None:
        """The URL of the web interface was given instead of the API's."""
        with pytest.raises(NotTheApiError):
            page_of(answer(body, kind))

    @pytest.mark.parametrize(
        "damage",
        [b"NaN", b"-Infinity", b"1" * 400],
        ids=["NaN", "infinity", "a number of 400 digits"],
    )
    def test_what_is_not_quite_json_harms_its_own_row_only(self, damage: bytes) -> None:
        """One sender with broken text must not stop the export of everybody's logs."""
        good, bad = row_of(1), row_of(2, Sender="@")
        body = orjson.dumps({"d": {"results": [good, bad]}}).replace(b'"@"', damage)

        page = page_of(answer(body))
        logs = [log_of(row, NOON) for row in page.rows]

        assert [one.readable for one in logs] == [True, False]
        assert logs[0] == log_of(good, NOON)

    @pytest.mark.parametrize("damage", [b'"\\ud800"', b'"\xff"'], ids=["surrogate", "no UTF-8"])
    def test_text_that_is_none_harms_one_character_only(self, damage: bytes) -> None:
        """A text that was cut in the middle of a character is a text all the same."""
        body = orjson.dumps({"d": {"results": [row_of(1, Sender="@")]}}).replace(b'"@"', damage)

        page = page_of(answer(body))

        assert log_of(page.rows[0], NOON) == log_of(row_of(1, Sender="\ufffd"), NOON)


class TestCounts:
    """A bare number."""

    @pytest.mark.parametrize("body", ["7", " 7\r\n"])
    def test_a_count_is_a_number(self, body: str) -> None:
        """Plain text, whatever blank space stands around it."""
        assert count_of(answer(body, "text/plain")) == 7

    @pytest.mark.parametrize("body", ["", "-7", "7.0", "many", "<html>", "\u0667"])
    def test_anything_else_is_no_count(self, body: str) -> None:
        """It may be one the next time."""
        with pytest.raises(DamagedAnswerError):
            count_of(answer(body, "text/plain"))


@pytest.mark.parametrize(
    "body",
    [
        b'{"d":{"results":[' + b"{}," * 5000 + b"{}]}}",
        b'{"d":{"results":[' + b"1," * 7_000_000 + b"1]}}",
        b'{"d":{"results":[' + b"{}," * 2_000_000 + b"{}]}}",
        b'{"d":{"results":[' + b"[]," * 2_000_000 + b"[]]}}",
    ],
    ids=["five pages", "numbers", "objects", "lists"],
)
def test_millions_of_tiny_rows_are_refused(body: bytes) -> None:
    """They fit into 16 MB, and as values would not fit into the memory; less may be well."""
    with pytest.raises(TooManyRowsError):
        page_of(answer(body))


def test_as_many_rows_as_five_pages_hold_are_taken() -> None:
    """A tenant may have another cap."""
    assert len(page_of(answer(b'{"d":{"results":[' + b"{}," * 4999 + b"{}]}}")).rows) == 5000


class TestErrorTexts:
    """A text is kept for ever, so it has to be one."""

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("text/html;charset=utf-8", b"sign in"),
            ("text/plain", b"  <!DOCTYPE html><html>"),
            ("", b"<HTML>"),
            ("application/json", b'{"error":"x"}'),
            ("application/xhtml+xml", b"<x/>"),
        ],
    )
    def test_what_is_none_by_type_or_shape_is_refused(self, kind: str, body: bytes) -> None:
        """A login page came with 200, sixty times of sixty."""
        with pytest.raises(NotTheApiError):
            text_of(Answer(200, {"Content-Type": kind}, body))

    @pytest.mark.parametrize("kind", ["text/plain;charset=utf-8", "", "application/octet-stream"])
    def test_a_text_is_taken_as_it_is(self, kind: str) -> None:
        """Also one that quotes HTML."""
        body = b"HTTP 502: <html><body>"
        assert text_of(Answer(200, {"Content-Type": kind}, body)) == body

    def test_no_content_is_no_text(self) -> None:
        """And not an empty one."""
        assert text_of(Answer(204, {}, b"")) is None


def test_a_count_may_begin_with_a_byte_order_mark() -> None:
    """``lstrip`` says that it is meant to be stripped; decoding as ASCII has replaced it before."""
    assert count_of(answer("\ufeff7", "text/plain")) == 7
