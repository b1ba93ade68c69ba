"""Every new failure is told, and never as a flood."""

from collections import Counter

import pytest

from mpl_export.checkpoint import Checkpoint, NotedPart
from mpl_export.errors import AwsUnavailableError, PartsUntoldError
from mpl_export.instants import iso_instant
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import (
    Harness,
    Json,
    tell_texts_that_never_repeat,
)
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


def test_a_failure_is_told_at_once(harness: Harness) -> None:
    """People and systems both get it from the very batch that brings it."""
    part = harness.part([harness.record(1), harness.record(2, Status="COMPLETED")])

    undone = harness.notifier().take([part])

    assert undone == []
    assert harness.told() == ["[demo] NEW 1 FAILED: Order to Cash - The receiver answered 500"]
    assert [event["messageGuid"] for event in harness.events] == ["guid-1"]


def test_the_same_part_delivered_five_times_is_told_once(harness: Harness) -> None:
    """Queues deliver at least once; alone, in one batch, and long after."""
    part = harness.part([harness.record()])

    harness.notifier().take([part, part])
    harness.notifier().take([part])
    harness.clock.turn(2 * HOUR)
    harness.notifier().take([part])
    harness.notifier().take([part])
    harness.flush_for(2 * HOUR)

    assert len(harness.digests) == 1
    assert len(harness.events) == 1


def test_one_batch_is_one_digest(harness: Harness) -> None:
    """After an outage of a day, 96 parts come at once: nobody wants 96 mails."""
    parts = [
        harness.part(
            [harness.record(n, ErrorText=f"cause {'abc'[n % 3]}", LogEnd=iso_instant(at))],
            number=n,
            at=at,
        )
        for n in range(96)
        for at in [harness.clock.now() - n * 15 * MINUTE + SECOND]
    ]

    harness.notifier().take(parts)

    assert harness.told() == ["[demo] NEW 96 FAILED: Order to Cash 96"]
    assert len(harness.events) == 96


@pytest.mark.parametrize(
    "members",
    [
        {"Status": "COMPLETED"},
        {"Status": "RETRY"},
        {"Status": "CANCELLED"},
        {"Amended": True},
        {"LogEnd": None},
    ],
)
def test_nothing_else_is_told(harness: Harness, members: Json) -> None:
    """An amended record is a state that was told before."""
    harness.notifier().take([harness.part([harness.record(**members)])])

    assert not harness.digests
    assert not harness.events
    assert not harness.store.waiting


def test_the_statuses_that_are_told_can_be_chosen() -> None:
    """Some tenants use ESCALATED as a way of life."""
    harness = Harness(environment={"ALERT_STATUSES": "RETRY"})

    harness.notifier().take([harness.part([harness.record(1), harness.record(2, Status="RETRY")])])

    assert harness.told() == ["[demo] NEW 1 RETRY: Order to Cash - The receiver answered 500"]


def test_error_texts_can_be_kept_out_of_every_telling() -> None:
    """Mails leave the house; the archive keeps the text."""
    harness = Harness(environment={"ALERT_ERROR_TEXT": "off"})

    harness.notifier().take(
        [harness.part(harness.failures("partner Miller owes 12", "partner Smith"))]
    )

    assert harness.told() == ["[demo] NEW 2 FAILED: Order to Cash"]
    everything = repr((harness.digests, harness.events, harness.store))
    assert "Miller" not in everything
    assert {event["errorText"] for event in harness.events} == {None}


def test_when_the_topic_is_down_for_an_hour_all_is_told_after(harness: Harness) -> None:
    """Failing is loud (each attempt raises), and nothing is lost or told twice."""
    harness.down = AwsUnavailableError("the topic is down")
    for number in range(60):
        with pytest.raises(AwsUnavailableError):
            harness.notifier().take(
                [harness.part(harness.failures(f"cause {number}"), number=number)]
            )
        harness.clock.turn(MINUTE)
        if number % 5 == 0:
            with pytest.raises(AwsUnavailableError):
                harness.notifier().flush()
    harness.down = None

    harness.flush_for(5 * MINUTE)

    assert harness.told() == ["[demo] NEW 60 FAILED: Order to Cash - cause 59"]
    assert len(harness.events) == 60


def test_a_batch_that_could_not_tell_needs_no_other_attempt(harness: Harness) -> None:
    """Its parts are noted; when the queue delivers them again, the flush has them."""
    part = harness.part([harness.record()])
    harness.down = AwsUnavailableError("the topic is down")
    with pytest.raises(AwsUnavailableError):
        harness.notifier().take([part])

    assert harness.notifier().take([part]) == []


def test_a_storm_of_ten_thousand_failures_of_three_kinds(harness: Harness) -> None:
    """In ten minutes, a part every half minute: a handful of mails, and every failure told."""
    flows = ("Order_to_Cash", "Invoice", "Stock")
    for number in range(20):
        records = [
            harness.record(
                number * 500 + n,
                IntegrationArtifact={"Id": flows[n % 3], "Name": flows[n % 3]},
                ErrorText=f"timeout after {n} ms, order {n * 7}",
            )
            for n in range(500)
        ]
        harness.notifier().take([harness.part(records, number=number)])
        harness.clock.turn(30 * SECOND)
    harness.flush_for(3 * HOUR)

    assert len(harness.digests) == 2
    assert harness.told_count() == 10_000
    assert len({event["version"] for event in harness.events}) == 10_000
    assert Counter(event["signature"] for event in harness.events).most_common(1)[0][1] == 3_340


def test_texts_that_never_repeat_are_few_items_and_one_digest(harness: Harness) -> None:
    """Each would be a kind of its own, to be noted, told and remembered: minutes of writes."""
    tell_texts_that_never_repeat(harness, parts=5, failures=1_000)


def test_when_the_notifier_is_not_told_of_a_part_the_flush_fails(harness: Harness) -> None:
    """A bucket that sends its events elsewhere: 45 minutes after a part was stored."""
    part = harness.part([harness.record()])
    harness.checkpoint = Checkpoint(part=NotedPart(key=part.key, at=harness.clock.now()))
    harness.clock.turn(44 * MINUTE)
    harness.notifier().flush()
    harness.clock.turn(MINUTE)
    with pytest.raises(PartsUntoldError, match="sends its events to EventBridge"):
        harness.notifier().flush()

    harness.notifier().take([part])
    harness.notifier().flush()

    assert len(harness.digests) == 1


@pytest.mark.parametrize(
    ("records", "days"),
    [([], 0), ([{"Status": "COMPLETED"}], 0), ([{"LogEnd": iso_instant(NOON - 9 * DAY)}], 9)],
)
def test_a_part_that_holds_nothing_to_tell_is_done_as_well(
    harness: Harness, records: list[Json], days: int
) -> None:
    """Also one that was too old to be read when it was written."""
    part = harness.part([harness.record(**each) for each in records], at=NOON - days * DAY)
    harness.checkpoint = Checkpoint(part=NotedPart(key=part.key, at=harness.clock.now()))
    assert harness.notifier().take([part]) == []
    harness.clock.turn(HOUR)

    harness.notifier().flush()

    assert not harness.digests


def test_of_a_part_that_was_stored_days_ago_nothing_is_asked(harness: Harness) -> None:
    """The export was paused, and what was told is not remembered for ever."""
    part = harness.part([harness.record()])
    harness.checkpoint = Checkpoint(part=NotedPart(key=part.key, at=harness.clock.now() - 20 * DAY))

    assert harness.notifier().flush() == 0


def test_what_was_told_is_told_though_a_part_is_late(harness: Harness) -> None:
    """The flush fails at its end: people get their digest first."""
    harness.down = AwsUnavailableError("the topic is down")
    with pytest.raises(AwsUnavailableError):
        harness.notifier().take([harness.part([harness.record()])])
    harness.down = None
    harness.checkpoint = Checkpoint(
        part=NotedPart(key=harness.part([], number=7).key, at=harness.clock.now() - HOUR)
    )

    with pytest.raises(PartsUntoldError):
        harness.notifier().flush()

    assert len(harness.digests) == 1


def test_five_hundred_kinds_are_one_digest_that_stays_readable(harness: Harness) -> None:
    """Twenty of them in detail, the rest by flow, and the query that finds them all."""
    records = [
        harness.record(
            n,
            IntegrationArtifact={"Id": f"flow-{n % 100}", "Name": f"Flow {n % 100}"},
            ErrorText=f"cause {chr(97 + n % 23)}{chr(97 + n // 23)}",
        )
        for n in range(500)
    ]

    harness.notifier().take([harness.part(records)])

    [(_, digest)] = harness.digests
    assert digest.body.startswith("500 messages of tenant demo failed (500 FAILED), of 500 kinds.")
    assert "And 480 more kinds of failure, by flow:" in digest.body
    assert len(digest.body.encode()) < 16_000
    assert len(digest.subject) < 100
