"""Who may ask, for what, and what hangs on a single log."""

import json
from datetime import timedelta

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.clocks import HandClock
from operate.sap_tenant.exchange import Request
from operate.sap_tenant.tenant import SapTenant

LOGS = "/api/v1/MessageProcessingLogs"


@pytest.mark.parametrize("authorization", [None, "Bearer unheard", "Bearer", "Basic {token}"])
def test_nobody_asks_without_a_good_token(tenant: SapTenant, authorization: str | None) -> None:
    """A 401 comes before anything else is looked at, a wrong path included."""
    token = tenant.issue_token()
    headers = {} if authorization is None else {"authorization": authorization.format(token=token)}

    assert tenant.handle(Request("GET", LOGS, headers)).status == 401
    assert tenant.handle(Request("GET", "/unheard", headers)).status == 401


def test_a_token_ends(tenant: SapTenant, caller: Caller, clock: HandClock) -> None:
    """By its time, or because it was revoked."""
    assert caller.get("MessageProcessingLogs").status == 200

    clock.advance(tenant.behaviour.token_lifetime)
    assert caller.get("MessageProcessingLogs").status == 401

    fresh = Caller(tenant)
    tenant.revoke_tokens()
    assert fresh.get("MessageProcessingLogs").status == 401


def test_the_log_of_requests_holds_no_token(tenant: SapTenant, caller: Caller) -> None:
    """Method, target and status are enough to know what a client did."""
    caller.get("MessageProcessingLogs", "$top=1")

    (line,) = tenant.requests
    assert (line.method, line.target, line.status) == ("GET", f"{LOGS}?$top=1", 200)
    assert caller.headers["authorization"].split()[1] not in repr(tenant.requests)


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("Unheard", 404),
        ("MessageProcessingLogs/Unheard", 404),
        ("MessageProcessingLogs('unheard')", 404),
        ("MessageProcessingLogs(unheard)", 400),
        ("MessageProcessingLogs('{guid}')/Unheard", 404),
        ("MessageProcessingLogErrorInformations", 501),
        ("MessageProcessingLogs('{guid}')", 200),
        ("MessageProcessingLogs(MessageGuid='{guid}')", 200),
        ("MessageProcessingLogs('{guid}')/CustomHeaderProperties", 200),
        ("MessageProcessingLogs('{guid}')/Runs", 200),
        ("", 200),
    ],
)
def test_an_address_is_known_or_not(
    tenant: SapTenant, caller: Caller, resource: str, status: int
) -> None:
    """404 is how a log that was cleaned up looks."""
    guid = tenant.add()

    assert caller.get(resource.format(guid=guid)).status == status


def test_ids_are_told_apart_by_case(tenant: SapTenant, caller: Caller) -> None:
    """Base64 is."""
    tenant.add(guid="AbC")

    assert caller.get("MessageProcessingLogs('AbC')").status == 200
    assert caller.get("MessageProcessingLogs('abc')").status == 404


def test_an_error_text_is_plain_text(tenant: SapTenant, caller: Caller) -> None:
    """Two addresses lead to it; whoever accepts only JSON is refused."""
    guid = tenant.add(status="FAILED", error_text="boom\n\tat Ä")
    address = f"MessageProcessingLogs('{guid}')/ErrorInformation"

    for resource in (
        f"{address}/$value",
        f"MessageProcessingLogErrorInformations('{guid}')/$value",
    ):
        response = caller.get(resource, accept="*/*")
        assert response.body.decode() == "boom\n\tat Ä"
        assert response.header("content-type") == "text/plain;charset=utf-8"
    assert caller.get(f"{address}/$value").status == 406
    assert json.loads(caller.get(address).body)["d"]["Type"] == "text/plain"


@pytest.mark.parametrize("status", [404, 204])
def test_an_error_text_may_be_missing(tenant: SapTenant, caller: Caller, status: int) -> None:
    """A failed log without a text is normal; both answers were reported."""
    tenant.behaviour.no_error_status = 204 if status == 204 else 404
    guid = tenant.add(status="FAILED")

    resource = f"MessageProcessingLogs('{guid}')/ErrorInformation/$value"
    assert caller.get(resource, accept="*/*").status == status


@pytest.mark.parametrize(("method", "status"), [("POST", 403), ("DELETE", 403), ("HEAD", 405)])
def test_nothing_can_be_changed(
    tenant: SapTenant, caller: Caller, method: str, status: int
) -> None:
    """An exporter reads; whatever else it tries is its own fault."""
    assert tenant.handle(Request(method, LOGS, caller.headers)).status == status


def test_an_address_has_an_end(tenant: SapTenant, caller: Caller) -> None:
    """Long chains of ``or`` do not fit into a request."""
    target = f"{LOGS}?$filter=" + "%20or%20".join(["Status%20eq%20'FAILED'"] * 1000)

    assert tenant.handle(Request("GET", target, caller.headers)).status == 414


def test_a_late_row_is_not_there_until_it_is(
    tenant: SapTenant, caller: Caller, clock: HandClock
) -> None:
    """Its LogEnd lies in the past when it is first seen: why a run reads an overlap."""
    guid = tenant.add(log_end=clock.now, visible_from=clock.now + timedelta(minutes=2))

    assert caller.guids() == []
    assert caller.get(f"MessageProcessingLogs('{guid}')").status == 404
    assert tenant.rows() == []
    assert len(tenant.rows(hidden=True)) == 1

    clock.advance(timedelta(minutes=2))
    assert caller.guids() == [guid]


def test_a_late_change_shows_the_old_row_until_then(
    tenant: SapTenant, caller: Caller, clock: HandClock
) -> None:
    """A retry that ended may still look like a retry."""
    guid = tenant.add(status="RETRY", log_end=clock.now)
    late = clock.now + timedelta(minutes=1)
    tenant.change(guid, status="COMPLETED", log_end=clock.now, visible_from=late)

    assert caller.logs()[0]["Status"] == "RETRY"
    clock.advance(timedelta(minutes=1))
    assert caller.logs()[0]["Status"] == "COMPLETED"
    assert caller.logs()[0]["CustomStatus"] == "COMPLETED"


def test_a_late_change_does_not_undo_a_newer_one(
    tenant: SapTenant, caller: Caller, clock: HandClock
) -> None:
    """Changes may show themselves in another order; the newest of each property stays."""
    guid = tenant.add(status="RETRY", Sender="A")
    late = clock.now + timedelta(minutes=1)
    tenant.change(guid, status="FAILED", Sender="B", visible_from=late)
    tenant.change(guid, status="COMPLETED")

    clock.advance(timedelta(minutes=1))

    (row,) = caller.logs()
    assert (row["Status"], row["Sender"]) == ("COMPLETED", "B")


def test_a_row_can_go_before_it_was_ever_seen(tenant: SapTenant, clock: HandClock) -> None:
    """What is still pending for a row that was removed comes to nothing."""
    late = clock.now + timedelta(minutes=1)
    hidden = tenant.add(visible_from=late)
    changed = tenant.add()
    tenant.change(changed, status="FAILED", visible_from=late)
    tenant.remove(hidden)
    tenant.remove(changed)

    clock.advance(timedelta(minutes=1))
    assert tenant.rows() == []


def test_a_property_that_a_log_does_not_have_cannot_be_set(tenant: SapTenant) -> None:
    """A typing error in a test is not a property of SAP's."""
    with pytest.raises(ValueError, match="Sendr"):
        tenant.add(Sendr="A")
    with pytest.raises(ValueError, match="exists"):
        tenant.add(guid=tenant.add())
