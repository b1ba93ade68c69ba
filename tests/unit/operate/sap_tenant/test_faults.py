"""Faults strike when they are told to, and do what their name says."""

import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.exchange import ConnectionLost, NoAnswerInTime, Request
from operate.sap_tenant.faults import (
    Fault,
    Shape,
    failing_interval,
    malformed_row,
    throttled,
    unreadable_row,
)
from operate.sap_tenant.tenant import SapTenant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOGS = "MessageProcessingLogs"
AROUND_NOON = (
    "$filter=LogEnd ge datetime'2026-11-22T11:59:00' and LogEnd lt datetime'2026-11-22T12:01:00'"
)


def statuses(caller: Caller, count: int, query: str = "") -> list[int]:
    """Ask so many times and give the statuses."""
    return [caller.get(LOGS, query).status for _ in range(count)]


def test_a_fault_strikes_so_many_times_after_so_many(tenant: SapTenant, caller: Caller) -> None:
    """So a test can let the second page fail, twice."""
    tenant.faults.add(Fault(kind="status", status=503, after=1, times=2))

    assert statuses(caller, 5) == [200, 503, 503, 200, 200]


def test_a_fault_strikes_what_it_matches(tenant: SapTenant, caller: Caller) -> None:
    """By a part of the target, or by anything a function can see."""
    tenant.faults.add(Fault(kind="status", status=502, match="$top=7", times=None))
    tenant.faults.add(
        Fault(kind="status", status=408, match=lambda request: "$skip=9" in request.target)
    )

    assert statuses(caller, 2, "$top=7") == [502, 502]
    assert statuses(caller, 2, "$skip=9") == [408, 200]
    assert statuses(caller, 1) == [200]


def test_the_first_fault_that_matches_is_used(tenant: SapTenant, caller: Caller) -> None:
    """One after the other, in the order in which they were added."""
    tenant.faults.add(throttled("7"))
    tenant.faults.add(throttled())

    first, second, third = (caller.get(LOGS) for _ in range(3))

    assert (first.status, first.header("retry-after")) == (429, "7")
    assert (second.status, second.header("retry-after")) == (429, None)
    assert third.status == 200


@pytest.mark.parametrize(
    ("status", "piece"), [(500, b'"code":"Internal Server Error"'), (502, b"<html>"), (503, b"")]
)
def test_a_status_has_a_body_of_its_own(
    tenant: SapTenant, caller: Caller, status: int, piece: bytes
) -> None:
    """OData from the API, HTML or plain text from the router before it."""
    tenant.faults.add(Fault(kind="status", status=status))

    assert piece in caller.get(LOGS).body


def test_the_token_endpoint_has_faults_of_its_own(tenant: SapTenant, caller: Caller) -> None:
    """A fault of one endpoint does not strike the other."""
    tenant.faults.add(Fault(kind="status", status=500, endpoint="token"))

    assert statuses(caller, 1) == [200]
    assert tenant.handle_token(Request("POST", "/oauth/token")).status == 500
    assert tenant.handle_token(Request("POST", "/oauth/token")).status == 400


def test_a_connection_can_be_lost_before_or_within_the_answer(
    tenant: SapTenant, caller: Caller
) -> None:
    """The pure tenant raises what a client with sockets would see."""
    tenant.add()
    tenant.faults.add(Fault(kind="reset"))
    tenant.faults.add(Fault(kind="reset_in_body"))

    with pytest.raises(ConnectionLost) as before:
        caller.get(LOGS)
    with pytest.raises(ConnectionLost) as within:
        caller.get(LOGS)

    assert before.value.received == b""
    assert within.value.received.startswith(b'{"d"')
    assert [line.status for line in tenant.requests] == [None, 200]


@pytest.mark.parametrize("kind", ["slow", "endless", "endless_headers"])
def test_an_answer_can_come_too_late(tenant: SapTenant, caller: Caller, kind: str) -> None:
    """Without a socket nobody waits: the lateness is an exception."""
    tenant.faults.add(Fault(kind=kind))  # type: ignore[arg-type]  # one of its kinds

    with pytest.raises(NoAnswerInTime):
        caller.get(LOGS)


def test_a_body_can_be_half_of_one(tenant: SapTenant, caller: Caller) -> None:
    """The answer is whole as HTTP goes, so only reading it tells."""
    tenant.add()
    tenant.faults.add(Fault(kind="truncated_gzip"))
    tenant.faults.add(Fault(kind="truncated_json"))

    zipped, text = caller.get(LOGS), caller.get(LOGS)

    with pytest.raises((EOFError, zlib.error)):
        gzip.decompress(zipped.body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(text.body)


def test_an_answer_can_be_something_else(tenant: SapTenant, caller: Caller) -> None:
    """A login page, JSON of another API, another host: each with a status of success."""
    for kind in (
        Fault(kind="login_page"),
        Fault(kind="other_json"),
        Fault(kind="redirect"),
        Fault(kind="foreign_next"),
        Fault(kind="oversized", size=100_000),
    ):
        tenant.faults.add(kind)

    page, other, redirect, foreign, oversized = (caller.get(LOGS) for _ in range(5))

    assert (page.status, page.header("content-type")) == (200, "text/html;charset=utf-8")
    assert "d" not in json.loads(other.body)
    assert (redirect.header("location") or "").startswith("https://elsewhere.example/")
    assert json.loads(foreign.body)["d"]["__next"].startswith("https://elsewhere.example/")
    assert len(oversized.body) == 100_000
    assert json.loads(oversized.body)["d"]["results"] == []


def test_a_page_can_come_without_its_rows_and_link_on(tenant: SapTenant, caller: Caller) -> None:
    """The count stays: there is something."""
    tenant.add()
    tenant.faults.add(Fault(kind="empty_page"))

    envelope = caller.envelope("$inlinecount=allpages")

    assert (envelope["results"], envelope["__count"], "__next" in envelope) == ([], "1", True)
    assert len(caller.logs()) == 1


def test_an_answer_can_have_other_members(tenant: SapTenant, caller: Caller) -> None:
    """A token server that leaves one out, and puts another type in the place of one."""
    tenant.faults.add(Fault(kind="other_members", members={"d": None, "value": "7"}))

    assert json.loads(caller.get(LOGS).body) == {"value": "7"}


def test_an_interval_can_fail_whoever_asks(tenant: SapTenant, caller: Caller) -> None:
    """Every request around the instant fails; its neighbours and other questions do not."""
    tenant.faults.add(failing_interval(NOON))

    assert statuses(caller, 2, AROUND_NOON) == [500, 500]
    assert statuses(caller, 1, AROUND_NOON + " and Status eq 'FAILED'") == [500]
    assert statuses(caller, 1, "$filter=LogEnd lt datetime'2026-11-22T12:00:00'") == [200]
    assert statuses(caller, 1, "$filter=Status eq 'RETRY'") == [200]

    tenant.faults.clear()
    tenant.faults.add(failing_interval(NOON, status=None))
    with pytest.raises(NoAnswerInTime):
        caller.get(LOGS, AROUND_NOON)


def test_a_large_page_can_fail_where_a_small_one_does_not(
    tenant: SapTenant, caller: Caller
) -> None:
    """Why a client asks again for half."""
    for _ in range(10):
        tenant.add()
    tenant.faults.add(Fault(kind="status", status=504, rows_above=5, times=None))

    assert statuses(caller, 1) == [504]
    assert statuses(caller, 1, "$top=5") == [200]


def test_a_row_can_be_unreadable_for_the_tenant_itself(tenant: SapTenant, caller: Caller) -> None:
    """Every answer that would hold it fails, however small; all others are well."""
    good, bad = tenant.add(log_end=NOON), tenant.add(log_end=NOON + timedelta(seconds=1))
    tenant.faults.add(unreadable_row(bad))

    assert statuses(caller, 2) == [500, 500]
    assert statuses(caller, 1, "$orderby=LogEnd&$top=1") == [200]
    assert caller.get(f"{LOGS}('{bad}')").status == 500
    assert caller.get(f"{LOGS}('{good}')").status == 200


@pytest.mark.parametrize(
    "shape",
    [
        "date_garbage",
        "date_number",
        "number_status",
        "not_an_object",
        "null",
        "no_guid",
        "null_guid",
        "number_guid",
    ],
)
def test_rows_can_come_malformed(tenant: SapTenant, caller: Caller, shape: Shape) -> None:
    """All that are told to, on every page that holds them, beside rows that are well."""
    guids = [tenant.add(log_end=NOON + timedelta(seconds=step)) for step in range(3)]
    well = caller.logs("$orderby=LogEnd")
    for guid in guids[:2]:
        tenant.faults.add(malformed_row(guid, shape))

    rows = caller.logs("$orderby=LogEnd")

    assert rows[2] == well[2]
    assert rows[0] != well[0]
    assert rows[1] != well[1]
    assert caller.get(f"{LOGS}('{guids[0]}')").body != b""
