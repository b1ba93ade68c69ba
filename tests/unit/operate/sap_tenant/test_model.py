"""The query engine against a naive reading of the same question."""

import operator
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.caller import Caller
from operate.sap_tenant.clocks import HandClock
from operate.sap_tenant.tenant import SapTenant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
COMPARE = {"ge": operator.ge, "gt": operator.gt, "lt": operator.lt, "le": operator.le}

near_borders = st.tuples(st.integers(1, 4), st.sampled_from([-400, -1, 0, 1, 600])).map(
    lambda pair: 1000 * pair[0] + pair[1]
)
ends = st.one_of(st.none(), near_borders)
statuses = st.sampled_from(["COMPLETED", "FAILED", "RETRY"])
rows_of_a_tenant = st.lists(st.tuples(ends, statuses), max_size=25)
changes = st.lists(st.tuples(st.integers(0, 24), ends), max_size=10)


def literal(millis: int) -> str:
    """Write an instant as a filter does."""
    instant = NOON + timedelta(milliseconds=millis)
    return f"datetime'{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}'"


@given(
    rows=rows_of_a_tenant,
    changed=changes,
    bounds=st.tuples(st.integers(0, 2), st.integers(2, 5)),
    comparisons=st.tuples(st.sampled_from(["ge", "gt"]), st.sampled_from(["lt", "le"])),
    status=st.one_of(st.none(), statuses),
    skip=st.integers(0, 3),
    descending=st.booleans(),
    shuffled=st.booleans(),
)
def test_an_interval_is_what_a_look_at_every_row_would_find(
    *,
    rows: list[tuple[int | None, str]],
    changed: list[tuple[int, int | None]],
    bounds: tuple[int, int],
    comparisons: tuple[str, str],
    status: str | None,
    skip: int,
    descending: bool,
    shuffled: bool,
) -> None:
    """Bisection, lazy filters, changes and shuffled ties give the same rows as plain sorting."""
    behaviour = Behaviour(page_cap=7, tie_order="shuffle" if shuffled else "stable")
    tenant = SapTenant(clock=HandClock(NOON), behaviour=behaviour)
    truth = {
        tenant.add(status=name, log_end=None if end is None else NOON + end * MICROSECOND): end
        for end, name in rows
    }
    names = dict(zip(truth, (name for _, name in rows), strict=True))
    for index, end in changed:
        if index < len(rows):
            guid = list(truth)[index]
            truth[guid] = end
            tenant.change(guid, log_end=None if end is None else NOON + end * MICROSECOND)
    low, high = (1000 * bound for bound in bounds)
    query = f"$filter=LogEnd {comparisons[0]} {literal(bounds[0])}"
    query += f" and LogEnd {comparisons[1]} {literal(bounds[1])}"
    if status is not None:
        query += f" and Status eq '{status}'"
    query += f"&$orderby=LogEnd{' desc' if descending else ''}&$inlinecount=allpages&$skip={skip}"

    envelope = Caller(tenant).envelope(query)

    expected = sorted(
        (
            end
            for guid, end in truth.items()
            if end is not None
            and COMPARE[comparisons[0]](end, low)
            and COMPARE[comparisons[1]](end, high)
            and status in {None, names[guid]}
        ),
        reverse=descending,
    )
    found = [row["MessageGuid"] for row in envelope["results"]]
    assert [truth[guid] for guid in found] == expected[skip : skip + 7]
    assert len(set(found)) == len(found)
    assert envelope["__count"] == str(len(expected))
    assert ("__next" in envelope) == (len(found) == 7)


def test_a_cache_before_the_tenant_shows_an_old_document(tenant: SapTenant, caller: Caller) -> None:
    """Dated by when it was made; its age is told, or not.  Questions for logs pass by it."""
    fresh = caller.get("$metadata").header("Date")
    tenant.behaviour.metadata_age = timedelta(hours=2)

    cached = caller.get("$metadata")
    assert (cached.header("Date") != fresh, cached.header("Age")) == (True, "7200")
    assert caller.get("MessageProcessingLogs").header("Age") is None

    tenant.behaviour.tells_age = False
    assert caller.get("$metadata").header("Age") is None
