"""The notices, in DynamoDB and in memory: one suite, so that the fake cannot drift."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.notifier.dynamo_notices import DynamoNotices
from mpl_export.notifier.notices import Begun, Notices, OpenPart, Told, Waiting
from tests.support.manual_clock import NOON
from tests.support.notifier.groups import group
from tests.support.notifier.notifier_harness import MemoryNotices

if TYPE_CHECKING:
    from datetime import datetime

    from mpl_export.notifier.dynamo_table import NoticeTable
    from mpl_export.notifier.grouping import Group
    from operate.emulated.emulator import Emulator

pytestmark = pytest.mark.emulator

MINUTE = timedelta(minutes=1)
SOON = NOON + MINUTE


def some(signature: str, *, last: datetime = NOON) -> Group:
    """Failures with this signature."""
    return group(signature=signature, error="ä €", last=last)


@pytest.fixture(params=["dynamo", "memory"])
def notices(request: pytest.FixtureRequest) -> Notices:
    """Notices of a tenant of which nothing was told yet."""
    if request.param == "memory":
        return MemoryNotices()
    return DynamoNotices(request.getfixturevalue("notice_table"))


def told(at: datetime = NOON, times: int = 1) -> Told:
    """A signature that was told."""
    return Told(at=at, times=times, last=at - MINUTE)


def begin(notices: Notices, owner: str, *, now: datetime = NOON) -> Begun:
    """Begin with the part p."""
    return notices.begin("p", owner, now=now, until=now + MINUTE)


def test_one_at_a_time_has_the_right_to_a_part(notices: Notices) -> None:
    """Two deliveries of one part at once send its events once."""
    assert begin(notices, "one") is Begun.NEW
    assert begin(notices, "two") is Begun.BUSY


def test_the_right_to_a_part_ends_by_itself(notices: Notices) -> None:
    """Who was killed holds nothing up."""
    begin(notices, "one")

    assert begin(notices, "two", now=SOON) is Begun.NEW


def test_the_right_to_a_part_may_be_asked_for_again(notices: Notices) -> None:
    """The SDK tries again when an answer gets lost, and must not shut itself out."""
    begin(notices, "one")

    assert begin(notices, "one") is Begun.NEW


def test_what_was_noted_need_not_be_noted_again(notices: Notices) -> None:
    """Only the events are left to do."""
    begin(notices, "one")
    notices.note("p")

    assert begin(notices, "two", now=SOON) is Begun.NOTED


def test_a_part_that_is_finished_stays_so(notices: Notices) -> None:
    """However often it is delivered, even while its right would still last."""
    begin(notices, "one")
    notices.note("p")
    notices.finish("p", now=NOON)

    assert begin(notices, "two") is Begun.TOLD
    assert begin(notices, "one", now=NOON + timedelta(days=1)) is Begun.TOLD


def test_what_waits_counts_once_its_part_is_noted(notices: Notices) -> None:
    """Who dies before has not said all: the part comes again, and says it then."""
    begin(notices, "one")
    notices.wait("p", [some("s1"), some("s2")], now=NOON)
    assert notices.waiting() == []

    notices.note("p")

    found = sorted(notices.waiting(), key=lambda each: each.group.signature)
    assert found == [Waiting("p", some("s1")), Waiting("p", some("s2"))]


def test_to_let_wait_twice_is_to_let_wait_once(notices: Notices) -> None:
    """A redelivery counts nothing twice; the later one counts."""
    begin(notices, "one")
    notices.wait("p", [some("s1")], now=NOON)
    notices.wait("p", [some("s1", last=SOON)], now=SOON)
    notices.note("p")

    assert notices.waiting() == [Waiting("p", some("s1", last=SOON))]


def test_what_was_told_waits_no_longer(notices: Notices) -> None:
    """And it is known when its signature was told; another part's failures still wait."""
    for part in ("p", "q"):
        notices.begin(part, "one", now=NOON, until=SOON)
        notices.wait(part, [some("s1")], now=NOON)
        notices.note(part)

    sent = {"unassigned": [NOON], "sales": [NOON, SOON]}
    notices.told({"s1": told(times=3)}, [Waiting("p", some("s1"))], sent=sent)

    assert notices.waiting() == [Waiting("q", some("s1"))]
    assert notices.last_told(["s1", "s2"]) == {"s1": told(times=3)}
    with notices.turn("one", now=SOON, until=SOON + MINUTE) as turn:
        assert turn.sent == sent


def test_more_than_fits_a_batch_is_kept(notices: Notices) -> None:
    """A batch of writes holds 25 items, one of reads 100."""
    begin(notices, "one")
    groups = [some(f"s{number:03}") for number in range(230)]
    notices.wait("p", groups, now=NOON)
    notices.note("p")
    found = notices.waiting()
    notices.told({f"s{n:03}": told() for n in range(120)}, found[:120], sent={"sales": [NOON]})

    assert len(found) == 230
    assert len(notices.waiting()) == 110
    assert len(notices.last_told([each.signature for each in groups])) == 120


def test_nothing_at_all_is_no_request(notices: Notices) -> None:
    """DynamoDB refuses an empty batch."""
    notices.wait("p", [], now=NOON)
    notices.told({}, [], sent={})
    notices.open([])
    notices.close([])

    assert notices.last_told([]) == {}
    assert notices.open_parts() == []


def test_a_part_is_open_from_its_delivery_until_it_is_done(notices: Notices) -> None:
    """A later delivery says so, and its age is that of the part."""
    first = [OpenPart(name=name, since=NOON, seen=NOON) for name in ("p", "q")]
    notices.open(first)
    again = OpenPart(name="p", since=NOON, seen=SOON)
    notices.open([again])

    assert sorted(notices.open_parts(), key=lambda part: part.name) == [again, first[1]]

    notices.close(["q", "never-opened"])
    assert notices.open_parts() == [again]


def test_it_is_known_up_to_which_failure_events_are_sent(notices: Notices) -> None:
    """Who goes on with a part sends the rest."""
    begin(notices, "one")
    assert notices.sent("p") is None

    notices.note_sent("p", "v1")
    notices.note_sent("p", "v2")

    assert notices.sent("p") == "v2"


def test_it_is_known_whether_a_part_is_finished(notices: Notices) -> None:
    """Also of one that nobody had to begin with: it was too old to be of interest."""
    begin(notices, "one")
    assert not notices.is_finished("p")
    assert not notices.is_finished("q")

    notices.finish("p", now=NOON)
    notices.finish("q", now=NOON)

    assert notices.is_finished("p")
    assert notices.is_finished("q")
    assert notices.begin("q", "two", now=NOON, until=SOON) is Begun.TOLD


def test_one_at_a_time_has_the_turn_to_tell(notices: Notices) -> None:
    """Two that tell at once would tell the same."""
    with notices.turn("one", now=NOON, until=SOON) as turn:
        assert turn.held
        with notices.turn("two", now=NOON, until=SOON) as other:
            assert not other.held
        with notices.turn("two", now=SOON, until=SOON + MINUTE) as after:
            assert after.held
    with notices.turn("three", now=NOON, until=SOON) as given_back:
        assert given_back.held


def test_the_turn_of_another_is_not_given_back(notices: Notices) -> None:
    """Whoever took longer than its time has nothing to give."""
    with ExitStack() as one:
        one.enter_context(notices.turn("one", now=NOON, until=SOON))
        with notices.turn("two", now=SOON, until=SOON + MINUTE):
            one.close()
            with notices.turn("three", now=SOON, until=SOON + MINUTE) as third:
                assert not third.held


def test_notices_lie_apart_from_the_checkpoint_and_end_by_themselves(
    aws: Emulator, table: str, tenant: str, notice_table: NoticeTable
) -> None:
    """A hash key of their own keeps the notifier's role off the checkpoint."""
    notices = DynamoNotices(notice_table)
    begin(notices, "one")
    notices.wait("p", [some("s1")], now=NOON)
    notices.note("p")
    notices.told({"s2": told()}, [Waiting("p", some("s2"))], sent={"unassigned": [NOON]})
    notices.open([OpenPart(name="p", since=NOON, seen=NOON)])

    items = aws.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="tenant = :hash",
        ExpressionAttributeValues={":hash": {"S": f"{tenant}#notices"}},
    )["Items"]

    days = {
        item["item"]["S"]: (int(item["expires_at"]["N"]) - NOON.timestamp()) / 86_400
        for item in items
        if "expires_at" in item
    }
    assert days == {"open#p": 15, "part#p": 15, "waiting#p#s1": 14, "told#s2": 8}
    assert {item["item"]["S"] for item in items} - days.keys() == {"turn"}


def test_it_is_known_for_which_day_the_daily_was_done(notices: Notices) -> None:
    """With the right to tell, so that it costs a quiet flush nothing."""
    with notices.turn("one", now=NOON, until=NOON + timedelta(days=1)) as turn:
        assert turn.day is None
        notices.note_day(NOON.date())

    with notices.turn("two", now=NOON, until=NOON + timedelta(days=1)) as turn:
        assert turn.day == NOON.date()
