"""Rows by the thousand, and the life of a tenant."""

import base64
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from operate.sap_tenant.caller import Caller
from operate.sap_tenant.clocks import HandClock
from operate.sap_tenant.life import FINAL, Habits, Life
from operate.sap_tenant.tenant import SapTenant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def test_an_id_holds_the_second_in_which_the_log_began(tenant: SapTenant) -> None:
    """28 characters: a zero byte, four of time, sixteen of chance (seen in two recordings)."""
    guid = tenant.add(log_start=NOON, log_end=NOON + DAY)

    raw = base64.urlsafe_b64decode(guid)
    assert (len(guid), len(raw), raw[0]) == (28, 21, 0)
    assert int.from_bytes(raw[1:5]) == int(NOON.timestamp())


def test_one_seed_is_one_population() -> None:
    """A failure that a random tenant shows can be shown again."""
    tenants = [SapTenant(clock=HandClock(NOON), seed=seed) for seed in (1, 1, 2)]
    for tenant in tenants:
        tenant.populate(50, NOON - DAY, NOON)

    assert tenants[0].rows() == tenants[1].rows() != tenants[2].rows()


def test_a_population_has_everything_that_is_met(tenant: SapTenant) -> None:
    """Every status, an unknown one, rows without dates, texts of errors, values that are null."""
    guids = tenant.populate(3000, NOON - DAY, NOON)
    rows = tenant.rows()

    statuses = Counter(str(row["Status"]) for row in rows)
    assert {"COMPLETED", "FAILED", "ESCALATED", "RETRY", "PROCESSING"} < set(statuses)
    assert {"DISCARDED", "CANCELLED", "ABANDONED", "SUSPENDED_BY_FUTURE_RELEASE"} < set(statuses)
    assert any(row["LogEnd"] is None for row in rows)
    assert all(row["LogEnd"] or row["Status"] in {"PROCESSING", "RETRY"} for row in rows)
    assert all(bool(row["ErrorText"]) for row in rows if row["Status"] == "FAILED")
    assert len(set(guids)) == len(rows) == 3000


def live(tenant: SapTenant, clock: HandClock, habits: Habits, *, hours: int) -> Life:
    """Live for some hours, a minute at a time."""
    life = Life(tenant, since=clock.now, seed=5, habits=habits)
    for _ in range(hours * 60):
        life.advance(clock.advance(MINUTE))
    return life


def test_some_messages_follow_others_of_their_chain(tenant: SapTenant) -> None:
    """A story has more than one message; who follows names who came before."""
    tenant.populate(500, NOON - DAY, NOON)
    rows = {str(row["MessageGuid"]): row for row in tenant.rows()}

    chains = [
        (row, rows[str(row["PredecessorMessageGuid"])])
        for row in rows.values()
        if row["PredecessorMessageGuid"]
    ]

    assert len(chains) >= 40
    correlated = [(row, first) for row, first in chains if first["CorrelationId"] is not None]
    assert correlated
    assert all(row["CorrelationId"] in {first["CorrelationId"], None} for row, first in correlated)


def test_messages_end_in_time(tenant: SapTenant, clock: HandClock) -> None:
    """PROCESSING becomes COMPLETED or FAILED, RETRY becomes COMPLETED; LogEnd moves."""
    habits = Habits(rate=0.1, open_share=1.0, undated_share=0.0, late_share=0.0)
    life = live(tenant, clock, habits, hours=1)
    began = {str(row["MessageGuid"]): row for row in tenant.rows()}
    is_open = {guid for guid, row in began.items() if row["Status"] in {"PROCESSING", "RETRY"}}

    life.advance(clock.advance(30 * MINUTE))

    now = {str(row["MessageGuid"]): row for row in tenant.rows()}
    moved = {guid for guid in began if now[guid]["LogEnd"] != began[guid]["LogEnd"]}
    assert is_open <= moved
    assert len(is_open) > 5
    assert {now[guid]["Status"] for guid in is_open} >= {"COMPLETED"}


def test_what_is_final_and_old_is_cleaned_up(tenant: SapTenant, clock: HandClock) -> None:
    """What is not final stays for ever, as recorded."""
    habits = Habits(rate=0.1, retention=timedelta(hours=1))
    born = clock.now
    live(tenant, clock, habits, hours=4)

    old = clock.now - timedelta(hours=1, minutes=11)
    left = [r for r in tenant.rows() if isinstance(r["LogEnd"], datetime) and r["LogEnd"] < old]
    statuses = {str(row["Status"]) for row in left}
    assert born < old
    assert statuses
    assert statuses.isdisjoint(FINAL)


def test_some_rows_are_late_and_some_have_no_dates(tenant: SapTenant, clock: HandClock) -> None:
    """A client that reads the newest minute only misses the late ones."""
    habits = Habits(rate=0.2, late_share=0.5, undated_share=0.5)
    live(tenant, clock, habits, hours=1)

    assert len(tenant.rows(hidden=True)) > len(tenant.rows())
    assert any(row["LogEnd"] is None for row in tenant.rows())


@pytest.mark.parametrize("every", [4, 10])
def test_a_life_can_fail_by_number(tenant: SapTenant, clock: HandClock, every: int) -> None:
    """For demonstrations: so many failures, no more."""
    habits = Habits(rate=0.2, fail_every=every, open_share=0.0, late_share=0.0)
    live(tenant, clock, habits, hours=1)

    rows = tenant.rows()
    failed = [row for row in rows if row["Status"] == "FAILED"]
    assert len(failed) == len(rows) // every


def test_a_life_is_the_same_however_often_it_is_looked_at(clock: HandClock) -> None:
    """In steps of a minute or at once: the seed decides, not the observer."""
    tenants = [SapTenant(clock=clock), SapTenant(clock=clock)]
    lives = [Life(tenant, since=NOON, seed=9) for tenant in tenants]
    clock.now = NOON
    for _ in range(10):
        lives[0].advance(clock.advance(MINUTE))
    lives[1].advance(clock.now)
    clock.advance(10 * MINUTE)

    shown = [Caller(tenant).guids("$orderby=LogEnd") for tenant in tenants]
    assert shown[0] == shown[1] != []
