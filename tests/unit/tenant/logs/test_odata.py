"""Questions as OData V2 text, and answers in every shape that was seen or must be feared."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from mpl_export.errors import UnexpectedResponseError
from mpl_export.model import Span
from mpl_export.tenant.http.transport import Answer
from mpl_export.tenant.logs.odata import (
    count_query,
    declared_properties,
    error_text_path,
    in_span,
    in_status,
    logs_query,
)
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

SPAN = Span(since=NOON, until=NOON + timedelta(milliseconds=1500))


def answer(body: bytes | str, kind: str = "application/json") -> Answer:
    """A 200 with this body."""
    text = body if isinstance(body, bytes) else body.encode()
    return Answer(200, CaseInsensitiveDict({"content-type": kind}), text)


class TestQuestions:
    """The literal text matters: the tenant looks for it."""

    def test_a_span_is_two_literals_without_a_zone(self) -> None:
        """SAP would misread a zone, and cannot compare less than milliseconds."""
        assert in_span(SPAN) == (
            "LogEnd ge datetime'2026-11-22T12:00:00.000' and "
            "LogEnd lt datetime'2026-11-22T12:00:01.500'"
        )

    def test_the_option_names_keep_their_dollar(self) -> None:
        """``%24top`` is taken for another option, and comes back twice in links."""
        assert logs_query(where=in_span(SPAN), order="LogEnd") == (
            "MessageProcessingLogs?$format=json"
            "&$filter=LogEnd%20ge%20datetime'2026-11-22T12:00:00.000'%20and%20"
            "LogEnd%20lt%20datetime'2026-11-22T12:00:01.500'"
            "&$orderby=LogEnd"
        )

    def test_every_option_is_sent_where_it_is_asked_for(self) -> None:
        """And none else: an option that is not needed is one that a tenant may refuse."""
        query = logs_query(
            where="Status eq 'RETRY'",
            order="LogEnd desc",
            select=("LogEnd", "MessageGuid"),
            expand=("AdapterAttributes",),
            top=125,
            skip=500,
            count=True,
        )

        assert query == (
            "MessageProcessingLogs?$format=json&$filter=Status%20eq%20'RETRY'"
            "&$orderby=LogEnd%20desc&$select=LogEnd,MessageGuid&$expand=AdapterAttributes"
            "&$top=125&$skip=500&$inlinecount=allpages"
        )

    def test_several_statuses_are_one_question(self) -> None:
        """Three answers that do not fit together in time would miss a row that moves."""
        assert in_status(("RETRY", "ABANDONED")) == "Status eq 'RETRY' or Status eq 'ABANDONED'"

    def test_a_count_is_a_question_of_its_own(self) -> None:
        """It takes no format, and no order."""
        assert count_query("Status eq 'RETRY'") == (
            "MessageProcessingLogs/$count?$filter=Status%20eq%20'RETRY'"
        )

    @pytest.mark.parametrize(
        ("guid", "path"),
        [
            ("AGkh1pBZ_-v4", "MessageProcessingLogs('AGkh1pBZ_-v4')/ErrorInformation/$value"),
            ("a'b", "MessageProcessingLogs('a%27%27b')/ErrorInformation/$value"),
            ("../x?y#z", "MessageProcessingLogs('..%2Fx%3Fy%23z')/ErrorInformation/$value"),
            ("é%", "MessageProcessingLogs('%C3%A9%25')/ErrorInformation/$value"),
        ],
    )
    def test_an_id_cannot_leave_its_quotes(self, guid: str, path: str) -> None:
        """It comes from outside, and becomes part of a path."""
        assert error_text_path(guid) == path


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


METADATA = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
 <edmx:DataServices><Schema Namespace="com.sap.hci.api" xmlns="http://x/edm">
  <EntityType Name="Run"><Property Name="RunStart" Type="Edm.DateTime"/></EntityType>
  <EntityType Name="MessageProcessingLog">
   <Key><PropertyRef Name="MessageGuid"/></Key>
   <Property Name="MessageGuid" Type="Edm.String" Nullable="false"/>
   <Property Name="LogEnd" Type="Edm.DateTime"/>
   <Property Name="PropertyOfNextYear" Type="Edm.String"/>
   <NavigationProperty Name="CustomHeaderProperties" Relationship="r"/>
  </EntityType>
  <ComplexType Name="IntegrationArtifact"><Property Name="Id" Type="Edm.String"/></ComplexType>
 </Schema></edmx:DataServices>
</edmx:Edmx>"""


class TestMetadata:
    """Only what the tenant's own model declares is asked for."""

    def test_the_properties_of_a_log_are_found(self) -> None:
        """To select one that an older tenant does not have is a 400."""
        properties, navigation = declared_properties(METADATA.encode())

        assert properties == {"MessageGuid", "LogEnd", "PropertyOfNextYear"}
        assert navigation == {"CustomHeaderProperties"}

    def test_a_prefix_does_not_matter(self) -> None:
        """Namespaces may be written either way."""
        prefixed = METADATA.replace("<EntityType", "<edm:EntityType").replace(
            "</EntityType", "</edm:EntityType"
        )

        assert declared_properties(prefixed.encode()) == declared_properties(METADATA.encode())

    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE x [<!ENTITY a "aaaa">]>',
            '<!DOCTYPE x SYSTEM "file:///etc/hostname">',
            "<!DOCTYPE x>",
        ],
    )
    def test_a_document_type_is_refused(self, doctype: str) -> None:
        """It could make a parser swell or read files, and this document never has one."""
        hostile = METADATA.replace('encoding="utf-8"?>', f'encoding="utf-8"?>{doctype}')

        with pytest.raises(UnexpectedResponseError):
            declared_properties(hostile.encode())

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{}",
            METADATA[:400],
            METADATA.replace('"MessageProcessingLog"', '"Other"'),
            METADATA.replace('Name="LogEnd"', 'Name="Ended"'),
            METADATA + "<more/>",
        ],
    )
    def test_another_document_is_refused(self, text: str) -> None:
        """A $select that lacks the key or the date could not be worked with."""
        with pytest.raises(UnexpectedResponseError):
            declared_properties(text.encode())


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    """Whatever a proxy answers, the error says who has to act."""
    for read in (page_of, count_of, lambda it: declared_properties(it.body)):
        try:
            result: Any = read(answer(body))
        except (DamagedAnswerError, NotTheApiError, UnexpectedResponseError):
            continue
        assert result is not None


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


def test_a_literal_of_the_first_year_is_a_literal() -> None:
    """Somebody writes 0001-01-01 for everything there is."""
    everything = Span(since=datetime.min.replace(tzinfo=UTC), until=NOON)

    assert "datetime'0001-01-01T00:00:00.000'" in in_span(everything)


def test_a_count_may_begin_with_a_byte_order_mark() -> None:
    """``lstrip`` says that it is meant to be stripped; decoding as ASCII has replaced it before."""
    assert count_of(answer("\ufeff7", "text/plain")) == 7


def test_an_unknown_encoding_is_refused() -> None:
    """Expat raises LookupError for it, which ends the run instead of asking without $select."""
    with pytest.raises(UnexpectedResponseError):
        declared_properties(METADATA.replace("utf-8", "no-such-encoding").encode())
