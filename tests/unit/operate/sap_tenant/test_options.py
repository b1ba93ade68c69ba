"""The other query options: order, count, selection, expansion, and how they are spelled."""

from datetime import UTC, datetime, timedelta

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.columns import COLUMNS, NAVIGATION
from operate.sap_tenant.tenant import SapTenant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_rows_without_dates_come_first_when_falling_and_last_when_rising(
    tenant: SapTenant, caller: Caller
) -> None:
    """So they hid the newest rows from a client that asked for the last few."""
    old, undated, new = (tenant.add(log_end=end) for end in (NOON, None, NOON + SECOND))

    assert caller.guids("$orderby=LogEnd") == [old, new, undated]
    assert caller.guids("$orderby=LogEnd desc") == [undated, new, old]
    assert caller.guids("$orderby=LogEnd desc&$skip=1&$top=1") == [new]
    assert caller.guids("$orderby=LogEnd asc&$skip=1&$top=5") == [new, undated]


def test_two_keys_are_understood_in_the_documented_order_only(
    tenant: SapTenant, caller: Caller
) -> None:
    """``Status,LogEnd desc`` is in the list of the documentation."""
    first = tenant.add(status="FAILED", log_end=NOON)
    second = tenant.add(status="FAILED", log_end=NOON + SECOND)
    third = tenant.add(status="COMPLETED", log_end=NOON)

    assert caller.guids("$orderby=Status,LogEnd desc") == [third, second, first]


@pytest.mark.parametrize("order", ["LogEnd,MessageGuid", "MessageGuid", "LogEnd up", "Sender", ""])
def test_an_order_that_nobody_has_seen_is_refused(caller: Caller, order: str) -> None:
    """There is no tie-breaker to rely on."""
    assert caller.refusal(f"$orderby={order}") == (400, "Invalid order by expression")


def test_an_odd_tenant_ignores_the_order_and_does_not_count(
    tenant: SapTenant, caller: Caller
) -> None:
    """Rows come as they were written, and nobody says how many there are."""
    guids = [tenant.add(log_end=NOON - step * SECOND) for step in range(4)]
    query = "$orderby=LogEnd&$inlinecount=allpages"
    assert caller.envelope(query)["__count"] == "4"

    tenant.behaviour.heeds_order = tenant.behaviour.counts = False

    assert caller.guids(query) == guids
    assert "__count" not in caller.envelope(query)


def test_ties_can_come_in_another_order_at_every_request(tenant: SapTenant, caller: Caller) -> None:
    """Nothing promises an order among rows of one instant; paging must not build on one."""
    tenant.behaviour.tie_order = "shuffle"
    before = tenant.add(log_end=NOON - SECOND)
    ties = {tenant.add(log_end=NOON) for _ in range(20)}
    after = tenant.add(log_end=NOON + SECOND)

    answers = [caller.guids("$orderby=LogEnd") for _ in range(5)]

    assert len({tuple(answer) for answer in answers}) > 1
    for answer in answers:
        assert (answer[0], set(answer[1:-1]), answer[-1]) == (before, ties, after)


def test_shuffled_pages_lose_ties(tenant: SapTenant, caller: Caller) -> None:
    """Two pages of one instant do not add up to the instant: the trap is really there."""
    tenant.behaviour.tie_order = "shuffle"
    ties = {tenant.add(log_end=NOON) for _ in range(40)}

    both = {*caller.guids("$orderby=LogEnd&$top=20"), *caller.guids("$orderby=LogEnd&$skip=20")}

    assert both < ties


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("$top=1&$top=1", "Duplicate system query parameter names: '$top'."),
        ("$top=1&%24top=1", "Duplicate system query parameter names: '$top'."),
        ("$skiptoken=1071500A", "Invalid value: '1071500A'."),
        ("$top=", "Invalid value: ''."),
        ("$top=1.5", "Invalid value: '1.5'."),
        ("$skip=-1", "Provided value '-1' must not be negative."),
        ("$limit=5", "Invalid system query option: '$limit'."),
        ("$inlinecount=yes", "Invalid value: 'yes'."),
        ("$select=Unheard", "Could not find property with name: 'Unheard'."),
        ("$select=Status,", "Could not find property with name: ''."),
        (
            "$select=IntegrationArtifact/Id",
            "Could not find property with name: 'IntegrationArtifact/Id'.",
        ),
        ("$expand=Unheard", "Could not find property with name: 'Unheard'."),
    ],
)
def test_a_wrong_option_is_refused_in_the_library_s_words(
    caller: Caller, query: str, sentence: str
) -> None:
    """The one recorded refusal has the words of Apache Olingo; so do these."""
    assert caller.refusal(query) == (400, sentence)


def test_names_and_blanks_are_understood_in_both_spellings(
    tenant: SapTenant, caller: Caller
) -> None:
    """``%24`` for ``$``, ``+`` for a blank: clients in production send both."""
    guid = tenant.add(status="FAILED")

    assert caller.guids("%24filter=Status+eq+'FAILED'&%24orderby=LogEnd+desc") == [guid]


def test_a_count_is_text_and_ignores_the_page(tenant: SapTenant, caller: Caller) -> None:
    """``__count`` counts the rows of the filter, whatever $top and $skip say."""
    for step in range(5):
        tenant.add(status="FAILED" if step else "COMPLETED", log_end=NOON + step * SECOND)

    envelope = caller.envelope("$filter=Status eq 'FAILED'&$top=1&$skip=1&$inlinecount=allpages")

    assert envelope["__count"] == "4"
    assert "__count" not in caller.envelope("$top=1")
    assert caller.get("MessageProcessingLogs/$count", "$filter=Status eq 'FAILED'").body == b"4"


def test_a_selection_shows_nothing_else(tenant: SapTenant, caller: Caller) -> None:
    """Only what was named, and the metadata; a complex property comes whole."""
    tenant.add(artifact="Bank")

    (row,) = caller.logs("$select=Status,IntegrationArtifact,LogEnd")

    assert list(row) == ["__metadata", "LogEnd", "Status", "IntegrationArtifact"]
    assert row["IntegrationArtifact"]["Id"] == "Bank"


def test_an_older_tenant_does_not_know_the_predecessor(tenant: SapTenant, caller: Caller) -> None:
    """To select it there is a 400, so a client has to look into $metadata."""
    tenant.behaviour.with_predecessor = False
    tenant.add()

    assert caller.refusal("$select=PredecessorMessageGuid")[0] == 400
    assert "PredecessorMessageGuid" not in caller.logs()[0]
    assert b"PredecessorMessageGuid" not in caller.get("$metadata", accept="*/*").body


def test_a_tenant_may_refuse_every_selection(tenant: SapTenant, caller: Caller) -> None:
    """A client has to be able to do without."""
    tenant.behaviour.refuse_select = True

    assert caller.refusal("$select=Status")[0] == 400


def test_a_row_shows_every_property_and_defers_every_list(
    tenant: SapTenant, caller: Caller
) -> None:
    """As recorded: 24 properties, 6 deferred links, and metadata."""
    tenant.add()

    (row,) = caller.logs()

    assert set(row) == {"__metadata", *COLUMNS, *NAVIGATION}
    assert row["Runs"]["__deferred"]["uri"].endswith("/Runs")


def test_expanding_changes_the_order_within_the_page(tenant: SapTenant, caller: Caller) -> None:
    """The page is the right one, but its rows come by id, whatever case (REC1)."""
    names = ["b", "C", "a", "D"]
    for step, name in enumerate(names):
        tenant.add(guid=name, log_end=NOON + step * SECOND, custom_headers=[("k", name)])

    rows = caller.logs("$orderby=LogEnd&$top=3&$expand=CustomHeaderProperties")

    assert [row["MessageGuid"] for row in rows] == ["a", "b", "C"]
    header = rows[0]["CustomHeaderProperties"]["results"][0]
    assert (header["Name"], header["Value"]) == ("k", "a")


def test_an_expanded_list_that_was_not_selected_is_not_shown(
    tenant: SapTenant, caller: Caller
) -> None:
    """OData V2, section 4.8: a navigation property has to be selected, too."""
    tenant.add(adapter_attributes=[("HTTP", "status", "500")])

    (row,) = caller.logs("$select=Status&$expand=AdapterAttributes")
    (whole,) = caller.logs("$select=Status,AdapterAttributes&$expand=AdapterAttributes")

    assert "AdapterAttributes" not in row
    assert whole["AdapterAttributes"]["results"][0]["Value"] == "500"


@pytest.mark.parametrize("name", ["ErrorInformation", "Runs"])
def test_other_lists_cannot_be_expanded(caller: Caller, name: str) -> None:
    """Reported for error texts: 501."""
    assert caller.refusal(f"$expand={name}")[0] == 501


def test_what_rows_show_is_the_truth(tenant: SapTenant, caller: Caller) -> None:
    """``rows`` is what a test compares an archive with, so it has to agree with the answers."""
    tenant.populate(200, NOON - timedelta(days=1), NOON)
    shown = {row["MessageGuid"]: row for row in caller.logs()}

    for truth in tenant.rows():
        row = shown[truth["MessageGuid"]]
        end = truth["LogEnd"]
        millis = None if not isinstance(end, datetime) else round(end.timestamp() * 1000)
        assert row["LogEnd"] == (None if millis is None else f"/Date({millis})/")
        for name in ("Status", "Sender", "CustomStatus", "LogLevel", "ApplicationMessageId"):
            assert row[name] == truth[name]
        artifact = dict(row["IntegrationArtifact"])
        del artifact["__metadata"]
        assert artifact == truth["IntegrationArtifact"]
    assert shown.keys() == {row["MessageGuid"] for row in tenant.rows()}
