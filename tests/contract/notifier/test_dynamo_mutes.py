"""What is muted, in DynamoDB and in memory: one suite, so that the fake cannot drift."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mpl_export.notifier.dynamo_mutes import DynamoMuteNotices
from mpl_export.notifier.muted import Muted, MuteNotice, MuteNotices
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import MemoryMuteNotices

pytestmark = pytest.mark.emulator

DAY = timedelta(days=1)


@pytest.fixture(params=["dynamo", "memory"])
def mutes(request: pytest.FixtureRequest) -> MuteNotices:
    """Mutes of a tenant of which nothing is known yet."""
    if request.param == "memory":
        return MemoryMuteNotices()
    return DynamoMuteNotices(request.getfixturevalue("notice_table"))


def muted(mute: str = "m", count: int = 1) -> Muted:
    """What a mute kept from being told."""
    return Muted(
        mute=mute, reason="ä", until=NOON + DAY, artifacts={"a": count}, first=NOON, last=NOON
    )


def test_what_is_muted_is_found_by_the_day_of_its_part(mutes: MuteNotices) -> None:
    """Each part and mute once, however often it is noted."""
    mutes.mute("2026-11-22T14Z-0000", [muted("m"), muted("n", 2)], now=NOON)
    mutes.mute("2026-11-22T14Z-0000", [muted("m")], now=NOON)
    mutes.mute("2026-11-22T14Z-0001", [muted("m", 3)], now=NOON)
    mutes.mute("2026-11-23T14Z-0000", [muted("m", 9)], now=NOON)

    found = mutes.muted(NOON.date())

    assert sorted((each.mute, each.count) for each in found) == [("m", 1), ("m", 3), ("n", 2)]
    assert mutes.muted((NOON + 5 * DAY).date()) == []


def test_it_is_known_since_when_a_mute_mutes_nothing(mutes: MuteNotices) -> None:
    """Seen, matched, told: each is kept."""
    assert mutes.mutes(["m"], now=NOON) == {"m": MuteNotice(since=NOON)}

    mutes.mute("2026-11-22T14Z-0000", [muted("m"), muted("n")], now=NOON + DAY)
    mutes.told_idle(["m"], now=NOON + 2 * DAY)

    assert mutes.mutes(["m", "n"], now=NOON + 3 * DAY) == {
        "m": MuteNotice(since=NOON, matched=NOON + DAY, told=NOON + 2 * DAY),
        "n": MuteNotice(since=NOON + DAY, matched=NOON + DAY),
    }
