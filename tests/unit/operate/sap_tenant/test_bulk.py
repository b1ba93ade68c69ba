"""The tenant in bulk answers as the simulated tenant would, from memory."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operate.sap_tenant.api import answer
from operate.sap_tenant.bulk import BulkServer, form
from operate.sap_tenant.bulk_rows import BULK_ORIGIN, BulkRows, hash_of
from operate.sap_tenant.exchange import Request, Response
from operate.sap_tenant.moments import instant_of, micros_of
from operate.sap_tenant.tenant import SapTenant

_SINCE = datetime(2026, 11, 1, tzinfo=UTC)
_UNTIL = _SINCE + timedelta(days=1)
_ROWS = 2_500
_DAY = "LogEnd ge datetime'2026-11-01T00:00:00.000' and LogEnd lt datetime'2026-11-02T00:00:00.000'"


@pytest.fixture
def server() -> Iterator[BulkServer]:
    """A tenant with some rows; it does not listen."""
    server = BulkServer(SapTenant(seed=1))
    server.rows = BulkRows(_ROWS, _SINCE, _UNTIL)
    yield server
    server.stop()


def _ask(server: BulkServer, where: str = _DAY, *, path: str = "", more: str = "") -> Response:
    headers = {"authorization": f"Bearer {server.tenant.issue_token()}"}
    query = f"$format=json&$filter={where}{more}".replace(" ", "%20")
    target = f"/api/v1/MessageProcessingLogs{path}?{query}"
    return server._answer_api(Request("GET", target, headers), None)


def _page(server: BulkServer, where: str = _DAY, more: str = "") -> dict[str, Any]:
    response = _ask(server, where, more=f"&$orderby=LogEnd{more}")
    assert response.status == 200
    content: dict[str, Any] = json.loads(response.body)["d"]
    return content


def test_pages_by_key_bring_every_row_once(server: BulkServer) -> None:
    """A client that follows LogEnd finds all, and the sum of hashes tells that it did."""
    guids: set[str] = set()
    since = "2026-11-01T00:00:00.000"
    while True:
        page = _page(server, _DAY.replace("2026-11-01T00:00:00.000", since, 1))
        guids |= {row["MessageGuid"] for row in page["results"]}
        if "__next" not in page:
            break
        millis = int(page["results"][-1]["LogEnd"][6:-2])
        since = instant_of(millis * 1000).replace(tzinfo=None).isoformat(timespec="milliseconds")

    assert len(guids) == _ROWS
    assert sum(hash_of(guid.encode()) for guid in guids) % (1 << 64) == server.rows.guids_sum


def test_rows_have_the_form_of_the_simulated_tenant(server: BulkServer) -> None:
    """A row costs a client what it costs elsewhere."""
    plain = SapTenant(seed=1)
    plain.origin = BULK_ORIGIN
    plain.add(log_end=_SINCE + timedelta(hours=1))
    headers = {"authorization": f"Bearer {plain.issue_token()}"}
    target = "/api/v1/MessageProcessingLogs?$format=json"
    usual = json.loads(answer(plain, Request("GET", target, headers)).response.body)

    [row, *_] = _page(server, more="&$top=1")["results"]

    [like] = usual["d"]["results"]
    assert list(row) == list(like)
    assert row["__metadata"].keys() == like["__metadata"].keys()
    assert row["__metadata"]["uri"] == like["__metadata"]["uri"].replace(
        like["MessageGuid"], row["MessageGuid"]
    )


def test_select_leaves_out_what_is_not_selected(server: BulkServer) -> None:
    """Rows are then smaller, as at the real tenant."""
    [row, *_] = _page(server, more="&$select=MessageGuid,LogEnd")["results"]

    assert row.keys() == {"__metadata", "MessageGuid", "LogEnd"}


def test_a_count_counts_the_interval(server: BulkServer) -> None:
    """Without a look at any row."""
    whole = _ask(server, path="/$count")
    half = _ask(server, _DAY.replace("2026-11-02", "2026-11-01T12:00:00.000"[:10]), path="/$count")

    assert int(whole.body) == _ROWS
    assert int(half.body) == 0


def test_an_interval_ends_before_its_end(server: BulkServer) -> None:
    """Bounds are half-open, to the millisecond."""
    first = server.rows.ends[0]
    low, high = server.rows.between(micros_of(_SINCE), first * 1000)

    assert (low, high) == (0, 0)
    assert server.rows.between(first * 1000, first * 1000 + 1) == (0, 1)


def test_open_logs_are_not_there(server: BulkServer) -> None:
    """All rows ended well, so a question for others has an empty answer."""
    response = _ask(server, "Status eq 'RETRY' or Status eq 'PROCESSING'", more="&$orderby=LogEnd")

    assert json.loads(response.body)["d"]["results"] == []


@pytest.mark.parametrize(
    ("where", "more"),
    [
        (f"{_DAY} and Status eq 'COMPLETED'", "&$orderby=LogEnd"),
        (_DAY, "&$orderby=LogEnd desc"),
        (_DAY, "&$orderby=LogEnd&$expand=CustomHeaderProperties"),
    ],
)
def test_what_is_not_in_memory_is_refused(server: BulkServer, where: str, more: str) -> None:
    """A wrong answer would be measured as a fast one."""
    assert _ask(server, where, more=more).status == 501


def test_no_token_no_rows(server: BulkServer) -> None:
    """As at the simulated tenant."""
    target = "/api/v1/MessageProcessingLogs?$format=json"

    assert server._answer_api(Request("GET", target), None).status == 401


def test_forms_are_written_from_the_same_values(server: BulkServer) -> None:
    """Whoever asks for whole rows gets the rows of those who select."""
    whole = json.loads(b"[%s]" % server.rows.text(form("whole"), 3, 5).tobytes())
    selected = json.loads(b"[%s]" % server.rows.text(form("selected"), 3, 5).tobytes())

    assert [{**one, **other} for one, other in zip(whole, selected, strict=True)] == whole
