"""The forms of an answer: JSON, Atom, refusals in both, $metadata, compression."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.clocks import HandClock
from operate.sap_tenant.columns import COLUMNS
from operate.sap_tenant.tenant import SapTenant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
EDM = "{http://schemas.microsoft.com/ado/2008/09/edm}"


def test_json_is_to_the_letter_of_the_recordings(tenant: SapTenant, caller: Caller) -> None:
    """Dates in milliseconds, booleans as booleans, metadata with host and port."""
    guid = tenant.add(log_end=NOON, artifact=None)

    (row,) = caller.logs()

    uri = f"https://tenant.example:443/api/v1/MessageProcessingLogs('{guid}')"
    kind = "com.sap.hci.api.MessageProcessingLog"
    assert row["__metadata"] == {"id": uri, "uri": uri, "type": kind}
    assert row["LogEnd"] == f"/Date({int(NOON.timestamp()) * 1000})/"
    assert row["ArchivingLogAttachments"] is False
    assert row["IntegrationArtifact"]["Id"] is None


def test_dates_and_booleans_have_a_second_form(tenant: SapTenant, caller: Caller) -> None:
    """Other tenants and the official examples write them so; a client has to read both."""
    tenant.behaviour.date_offset = True
    tenant.behaviour.text_booleans = True
    tenant.add(log_end=NOON)

    (row,) = caller.logs()

    assert row["LogEnd"] == f"/Date({int(NOON.timestamp()) * 1000}+0000)/"
    assert row["ArchivingLogAttachments"] == "false"


def test_a_row_that_changes_is_not_answered_from_memory(tenant: SapTenant, caller: Caller) -> None:
    """Texts of rows are kept for speed; a change and a switch must both reach the answer."""
    guid = tenant.add(log_end=NOON)
    assert caller.logs()[0]["Status"] == "COMPLETED"

    tenant.change(guid, status="FAILED")
    assert caller.logs()[0]["Status"] == "FAILED"

    tenant.behaviour.date_offset = True
    assert caller.logs()[0]["LogEnd"].endswith("+0000)/")
    tenant.behaviour.text_booleans = True
    assert caller.logs()[0]["ArchivingLogAttachments"] == "false"
    tenant.origin = "https://renamed.example:443"
    assert caller.logs()[0]["__metadata"]["uri"].startswith(tenant.origin)
    assert list(caller.logs("$select=Status")[0]) == ["__metadata", "Status"]


@pytest.mark.parametrize("accept", ["*/*", "application/atom+xml"])
def test_atom_is_the_default(tenant: SapTenant, caller: Caller, accept: str) -> None:
    """Whoever does not ask for JSON gets a feed, with an absolute link to the next page."""
    tenant.behaviour.page_cap = 1
    tenant.add(log_end=NOON + timedelta(milliseconds=830), Sender="A & B")
    tenant.add(log_end=None)

    response = caller.get("MessageProcessingLogs", "$orderby=LogEnd", accept=accept)

    assert response.header("content-type") == "application/atom+xml;type=feed;charset=utf-8"
    feed = ET.fromstring(response.body)  # noqa: S314 - our own
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f".//{DATA}LogEnd") == "2026-11-22T12:00:00.83"
    assert entry.findtext(f".//{DATA}Sender") == "A & B"
    link = feed.find(f"{ATOM}link[@rel='next']")
    assert link is not None
    assert link.get("href") == (
        "https://tenant.example:443/api/v1/MessageProcessingLogs?$orderby=LogEnd&$skiptoken=1"
    )


def test_the_format_option_wins_over_the_header(tenant: SapTenant, caller: Caller) -> None:
    """``$format=json`` is what most clients send."""
    tenant.add()

    response = caller.get("MessageProcessingLogs", "$format=json", accept="application/xml")

    assert json.loads(response.body)["d"]["results"]


def test_a_refusal_comes_in_the_form_that_was_asked_for(caller: Caller) -> None:
    """The code is the reason phrase of HTTP, as recorded."""
    as_json = caller.get("MessageProcessingLogs", "$skiptoken=1071500A")
    as_xml = caller.get("MessageProcessingLogs", "$skiptoken=1071500A", accept="*/*")

    assert json.loads(as_json.body) == {
        "error": {
            "code": "Bad Request",
            "message": {"lang": "en", "value": "Invalid value: '1071500A'."},
        }
    }
    assert b"<code>Bad Request</code>" in as_xml.body
    assert as_xml.status == as_json.status == 400


def test_metadata_declares_what_rows_show(caller: Caller) -> None:
    """Among several entity types: a client must find the right one."""
    document = ET.fromstring(caller.get("$metadata", accept="*/*").body)  # noqa: S314 - our own

    types = document.findall(f".//{EDM}EntityType")
    (log,) = (kind for kind in types if kind.get("Name") == "MessageProcessingLog")
    assert len(types) > 5
    assert [prop.get("Name") for prop in log.findall(f"{EDM}Property")] == list(COLUMNS)


def test_metadata_is_xml_or_nothing(tenant: SapTenant, caller: Caller) -> None:
    """Whoever accepts only JSON gets a 406, and a tenant may keep the document to itself."""
    assert caller.get("$metadata").status == 406

    tenant.behaviour.refuse_metadata = 403
    assert caller.get("$metadata", accept="*/*").status == 403


def test_a_body_is_compressed_for_who_accepts_it(tenant: SapTenant, caller: Caller) -> None:
    """And for nobody else, nor where the tenant is told not to."""
    tenant.add()
    plain = caller.get("MessageProcessingLogs")
    zipped = caller.get("MessageProcessingLogs", accept_encoding="gzip, deflate")

    assert zipped.header("Content-Encoding") == "gzip"
    assert gzip.decompress(zipped.body) == plain.body

    tenant.behaviour.gzip = False
    assert caller.get("MessageProcessingLogs", accept_encoding="gzip").body == plain.body


def test_answers_are_dated_by_the_tenant_s_clock(
    tenant: SapTenant, caller: Caller, clock: HandClock
) -> None:
    """Which may differ from the client's by minutes."""
    tenant.behaviour.clock_offset = timedelta(minutes=-7)

    date = caller.get("MessageProcessingLogs").header("date")

    assert parsedate_to_datetime(date or "") == clock.now - timedelta(minutes=7)
