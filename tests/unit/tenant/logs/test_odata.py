"""Questions for logs as OData V2 text, and what the tenant declares that a log has."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.errors import UnexpectedResponseError
from mpl_export.model import Span
from mpl_export.tenant.logs.odata import (
    count_query,
    declared_properties,
    error_text_path,
    in_span,
    in_status,
    logs_query,
)
from tests.support.manual_clock import NOON

SPAN = Span(since=NOON, until=NOON + timedelta(milliseconds=1500))


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
def test_other_bytes_are_refused(body: bytes) -> None:
    """Whatever a proxy answers in place of the description."""
    with pytest.raises(UnexpectedResponseError):
        declared_properties(body)


def test_a_literal_of_the_first_year_is_a_literal() -> None:
    """Somebody writes 0001-01-01 for everything there is."""
    everything = Span(since=datetime.min.replace(tzinfo=UTC), until=NOON)

    assert "datetime'0001-01-01T00:00:00.000'" in in_span(everything)


def test_an_unknown_encoding_is_refused() -> None:
    """Expat raises LookupError for it, which ends the run instead of asking without $select."""
    with pytest.raises(UnexpectedResponseError):
        declared_properties(METADATA.replace("utf-8", "no-such-encoding").encode())
