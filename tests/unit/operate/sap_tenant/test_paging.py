"""Pages and next links: the cap, the offset in the link, and what is wrong with both."""

from datetime import UTC, datetime, timedelta

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.exchange import Request
from operate.sap_tenant.tenant import SapTenant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def guids(tenant: SapTenant) -> list[str]:
    """Twenty-five rows a second apart, in a tenant that gives ten at a time."""
    tenant.behaviour.page_cap = 10
    return [tenant.add(log_end=NOON + step * SECOND) for step in range(25)]


def test_an_answer_has_a_thousand_rows_at_most(tenant: SapTenant, caller: Caller) -> None:
    """The documented cap; a greater $top is cut without a word."""
    tenant.populate(1001, NOON - timedelta(days=1), NOON)

    assert len(caller.logs()) == 1000
    assert len(caller.logs("$top=1001")) == 1000


def test_following_the_links_of_a_standing_set_finds_every_row(
    caller: Caller, guids: list[str]
) -> None:
    """A link is relative to the service root and holds an offset."""
    first = caller.envelope("$orderby=LogEnd")
    second = caller.envelope(first["__next"].partition("?")[2])
    third = caller.envelope(second["__next"].partition("?")[2])

    assert first["__next"] == "MessageProcessingLogs?$orderby=LogEnd&$skiptoken=10"
    found = [row["MessageGuid"] for page in (first, second, third) for row in page["results"]]
    assert found == guids
    assert "__next" not in third


def test_a_row_that_moves_between_two_pages_hides_another(
    tenant: SapTenant, caller: Caller, guids: list[str]
) -> None:
    """Why an exporter must not follow offsets: the twelfth row is in neither page."""
    first = caller.envelope("$orderby=LogEnd")
    tenant.change(guids[0], log_end=NOON + timedelta(hours=1))
    second = caller.envelope(first["__next"].partition("?")[2])

    found = {row["MessageGuid"] for page in (first, second) for row in page["results"]}
    assert guids[10] not in found


def test_no_link_follows_a_top_within_the_cap(caller: Caller, guids: list[str]) -> None:
    """However much is left: whoever sends $top has to page by $skip."""
    assert "__next" not in caller.envelope(f"$orderby=LogEnd&$top={len(guids) // 3}")
    assert "__next" not in caller.envelope("$orderby=LogEnd&$top=10")


def test_a_top_above_the_cap_is_carried_on(caller: Caller, guids: list[str]) -> None:
    """As observed: the link names what is left of it."""
    link = caller.envelope("$orderby=LogEnd&$top=15")["__next"]

    assert link == "MessageProcessingLogs?$orderby=LogEnd&$skiptoken=10&$top=5"
    rows = caller.logs(link.partition("?")[2])
    assert [row["MessageGuid"] for row in rows] == guids[10:15]


@pytest.mark.usefixtures("guids")
def test_a_link_after_an_encoded_name_holds_both_spellings(caller: Caller) -> None:
    """As observed (sample 10); and following it is a 400, because names are then doubled."""
    link = caller.envelope("%24top=15")["__next"]

    assert link == "MessageProcessingLogs?%24top=15&$skiptoken=10&$top=5"
    assert caller.follow(link).status == 400


def test_a_full_last_page_may_lead_to_an_empty_one(
    tenant: SapTenant, caller: Caller, guids: list[str]
) -> None:
    """A link is a hint that there may be more, and an empty page is a normal end."""
    for guid in guids[20:]:
        tenant.remove(guid)
    last = caller.envelope("$orderby=LogEnd&$skip=10")

    assert caller.envelope(last["__next"].partition("?")[2]) == {"results": []}

    tenant.behaviour.next_on_full_page = False
    assert "__next" not in caller.envelope("$orderby=LogEnd&$skip=10")


def test_a_callback_can_move_rows_between_two_pages(
    tenant: SapTenant, caller: Caller, guids: list[str]
) -> None:
    """It runs before the answer is computed, so the answer already shows what it did."""
    seen: list[str] = []

    def move(changed: SapTenant, request: Request) -> None:
        seen.append(request.target)
        if len(seen) == 2:
            changed.remove(guids[0])

    tenant.on_request.append(move)

    assert guids[0] in caller.guids("$orderby=LogEnd")
    assert guids[0] not in caller.guids("$orderby=LogEnd")
