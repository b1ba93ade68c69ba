"""What $filter finds, and what it refuses."""

from datetime import UTC, datetime, timedelta

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.tenant import SapTenant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def test_an_interval_is_half_open(tenant: SapTenant, caller: Caller) -> None:
    """``ge`` and ``lt`` tile time: a row on a border is in one interval only."""
    guids = [tenant.add(log_end=NOON + step * MILLISECOND) for step in range(4)]

    found = caller.guids(
        "$filter=LogEnd ge datetime'2026-11-22T12:00:00.001'"
        " and LogEnd lt datetime'2026-11-22T12:00:00.003'&$orderby=LogEnd"
    )

    assert found == guids[1:3]


@pytest.mark.parametrize(
    ("comparison", "found"),
    [("ge", [1, 2]), ("gt", [2]), ("lt", [0]), ("le", [0, 1]), ("eq", [1]), ("ne", [0, 2])],
)
@pytest.mark.parametrize("property_name", ["LogEnd", "LogStart"])
def test_a_border_belongs_where_the_operator_says(
    tenant: SapTenant, caller: Caller, comparison: str, found: list[int], property_name: str
) -> None:
    """To the microsecond, whether the comparison is bisected (LogEnd) or tried (LogStart)."""
    instants = [NOON + step * timedelta(microseconds=1) for step in (-1, 0, 1)]
    guids = [tenant.add(log_start=instant, log_end=instant) for instant in instants]

    condition = f"{property_name} {comparison} datetime'2026-11-22T12:00:00'"

    assert caller.guids(f"$filter={condition}&$orderby=LogEnd") == [guids[i] for i in found]


@pytest.mark.parametrize(("shown", "millis"), [("cut", 123), ("rounded", 124)])
def test_a_filter_compares_what_a_row_does_not_show(
    tenant: SapTenant, caller: Caller, shown: str, millis: int
) -> None:
    """The database keeps microseconds: ``le`` the shown value misses the row if it was cut."""
    tenant.behaviour.shown = "cut" if shown == "cut" else "rounded"
    tenant.add(log_end=NOON + timedelta(microseconds=123_600))

    (row,) = caller.logs("$filter=LogEnd ge datetime'2026-11-22T12:00:00.123'")

    assert row["LogEnd"] == f"/Date({int(NOON.timestamp()) * 1000 + millis})/"
    assert caller.logs("$filter=LogEnd le datetime'2026-11-22T12:00:00.123'") == []
    assert caller.logs("$filter=LogEnd ge datetime'2026-11-22T12:00:00.124'") == []


def test_a_time_filter_leaves_out_rows_without_dates(tenant: SapTenant, caller: Caller) -> None:
    """A comparison with null is never true: such rows need another question."""
    undated = tenant.add(status="RETRY", log_end=None)
    tenant.add(status="RETRY", log_end=NOON)

    assert undated not in caller.guids("$filter=LogEnd ge datetime'1970-01-01T00:00:00'")
    assert undated in caller.guids("$filter=Status eq 'RETRY'")


@pytest.mark.parametrize(
    "condition",
    [
        "Status eq 'FAILED'",
        "Status ne 'COMPLETED'",
        "CustomStatus eq 'FAILED'",
        "IntegrationFlowName eq 'Bank'",
        "IntegrationArtifact/Id eq 'Bank'",
        "IntegrationArtifact/Name eq 'Bank' and IntegrationArtifact/Type eq 'INTEGRATION_FLOW'",
        "Sender eq 'it''s'",
        "LogStart lt datetime'2026-11-22T12:00' and LogEnd gt datetime'2026-11-22T11:59:59.9000'",
        "(Status eq 'RETRY' or Status eq 'FAILED') and LogLevel eq 'INFO'",
        "Status eq 'COMPLETED' and Sender eq 'x' or Status eq 'FAILED'",
    ],
)
def test_what_is_documented_is_understood(
    tenant: SapTenant, caller: Caller, condition: str
) -> None:
    """Every property and operator that the documentation or a client in production uses."""
    failed = tenant.add(status="FAILED", log_end=NOON, artifact="Bank", Sender="it's")
    tenant.add(status="COMPLETED", log_end=NOON - timedelta(hours=1))

    assert caller.guids(f"$filter={condition}") == [failed]


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "Status",
        "Status eq",
        "Status eq FAILED",
        "Status eq 5",
        "Status like 'F'",
        "Status eq 'FAILED",
        "Status eq 'FAILED' and",
        "(Status eq 'FAILED'",
        "Status eq 'FAILED')",
        "not (Status eq 'FAILED')",
        "startswith(Status,'F')",
        "substringof('F',Status) eq true",
        "'FAILED' eq Status",
        "AlternateWebLink eq 'x'",
        "TransactionId eq 'x'",
        "IntegrationArtifact/PackageId eq 'x'",
        "Unheard eq 'x'",
        "MessageGuid gt 'A'",
        "MessageGuid ne 'A'",
        "CorrelationId ge 'A'",
        "LogEnd eq null",
        "LogEnd ne null",
        "LogEnd ge '2026-11-22T12:00:00'",
        "Status eq datetime'2026-11-22T12:00:00'",
        "LogEnd ge datetimeoffset'2026-11-22T12:00:00Z'",
        "(" * 60 + "Status eq 'A'" + ")" * 60,
    ],
)
def test_what_nobody_was_seen_to_filter_by_is_refused(caller: Caller, condition: str) -> None:
    """An unknown filter is a 400; an empty page would look like an empty tenant."""
    status, _ = caller.refusal(f"$filter={condition}")

    assert status == 400


@pytest.mark.parametrize(
    "literal",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00+00:00",
        "2026-11-22T12:00:00.1234",
        "2026-11-22T12:00:00.0001",
        "2026-11-22",
        "2026-02-30T12:00:00",
        "2026-11-22T25:00:00",
        "2026-11-22 12:00:00",
    ],
)
def test_a_date_has_no_zone_and_milliseconds_at_most(caller: Caller, literal: str) -> None:
    """The documentation says of a zone that it is not interpreted correctly."""
    status, sentence = caller.refusal(f"$filter=LogEnd ge datetime'{literal}'")

    assert status == 400
    assert "Wrong literal format" in sentence


def test_a_null_date_can_be_asked_for_where_the_tenant_allows_it(
    tenant: SapTenant, caller: Caller
) -> None:
    """The library behind the API can parse it; nobody has seen the API do it."""
    undated = tenant.add(status="PROCESSING", log_end=None)
    tenant.add()
    tenant.behaviour.null_dates = True

    assert caller.guids("$filter=LogEnd eq null") == [undated]


def test_custom_headers_can_be_searched_beside_a_filter(tenant: SapTenant, caller: Caller) -> None:
    """The documented parameter that is not OData."""
    wanted = tenant.add(custom_headers=[("po_number", "12345")])
    tenant.add(custom_headers=[("po_number", "9")])

    assert caller.guids("filterCustomHeaderProperties='po_number' eq '12345'") == [wanted]
