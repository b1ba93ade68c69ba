"""Every new failure is told, and never as a flood."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from mpl_export.checkpoint import Checkpoint, NotedPart
from mpl_export.errors import AwsUnavailableError, ConfigurationError, PartsUntoldError
from mpl_export.instants import iso_instant
from mpl_export.model import WINDOW
from mpl_export.notifier.due import PATIENCE
from tests.support.notifier_rig import LETTERS, Json, Rig, tell_texts_that_never_repeat
from tests.support.turning_clock import NOON
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND

FIVE_MINUTES = 5 * MINUTE


@pytest.fixture
def rig() -> Rig:
    """A tenant of which nothing was told yet."""
    return Rig()


def failures(rig: Rig, *texts: str) -> list[Json]:
    """Failures of one flow with these texts."""
    return [rig.record(number, ErrorText=text) for number, text in enumerate(texts)]


def flush_for(rig: Rig, time: timedelta) -> None:
    """Let the schedule do its work for some time."""
    for _ in range(time // FIVE_MINUTES):
        rig.clock.turn(FIVE_MINUTES)
        rig.notifier().flush()


def told_count(rig: Rig) -> int:
    """How many failures the digests speak of, by their first lines."""
    return sum(int(digest.body.split(" ", 1)[0]) for _, digest in rig.digests)


def test_a_failure_is_told_at_once(rig: Rig) -> None:
    """People and systems both get it from the very batch that brings it."""
    part = rig.part([rig.record(1), rig.record(2, Status="COMPLETED")])

    undone = rig.notifier().take([part])

    assert undone == []
    assert rig.told() == ["[demo] NEW 1 FAILED: Order to Cash - The receiver answered 500"]
    assert [event["messageGuid"] for event in rig.events] == ["guid-1"]


def test_the_same_part_delivered_five_times_is_told_once(rig: Rig) -> None:
    """Queues deliver at least once; alone, in one batch, and long after."""
    part = rig.part([rig.record()])

    rig.notifier().take([part, part])
    rig.notifier().take([part])
    rig.clock.turn(2 * HOUR)
    rig.notifier().take([part])
    rig.notifier().take([part])
    flush_for(rig, 2 * HOUR)

    assert len(rig.digests) == 1
    assert len(rig.events) == 1


def test_one_batch_is_one_digest(rig: Rig) -> None:
    """After an outage of a day, 96 parts come at once: nobody wants 96 mails."""
    parts = [
        rig.part(
            [rig.record(n, ErrorText=f"cause {'abc'[n % 3]}", LogEnd=iso_instant(at))],
            number=n,
            at=at,
        )
        for n in range(96)
        for at in [rig.clock.now() - n * 15 * MINUTE + SECOND]
    ]

    rig.notifier().take(parts)

    assert rig.told() == ["[demo] NEW 96 FAILED: Order to Cash 96"]
    assert len(rig.events) == 96


def test_a_signature_that_was_told_is_held_back_for_an_hour_and_then_told(rig: Rig) -> None:
    """The second digest says how many came since, and since when."""
    for number in range(10):
        rig.notifier().take([rig.part(failures(rig, f"error {number}"), number=number)])
        rig.clock.turn(MINUTE)
    assert len(rig.digests) == 1
    assert len(rig.events) == 10

    flush_for(rig, 2 * HOUR)

    assert rig.told() == [
        "[demo] NEW 1 FAILED: Order to Cash - error 0",
        "[demo] AGAIN 9 FAILED: Order to Cash - error 9",
    ]
    told_at = [at for at, _ in rig.digests]
    assert HOUR <= told_at[1] - told_at[0] <= HOUR + PATIENCE + FIVE_MINUTES
    assert "Told      last at 2026-11-22 12:00:00Z; these since then" in (rig.digests[1][1].body)


def test_a_new_signature_is_told_while_another_is_held_back(rig: Rig) -> None:
    """A storm of one kind must not hide the first of another."""
    rig.notifier().take([rig.part(failures(rig, "storm"))])
    rig.notifier().take([rig.part(failures(rig, "storm", "fire"), number=1)])

    assert rig.told()[1] == "[demo] NEW 1 FAILED: Order to Cash - fire"


def test_what_was_held_back_is_told_by_the_next_batch_too(rig: Rig) -> None:
    """When its hour has ended; a storm that goes on must not push it back for ever."""
    rig.notifier().take([rig.part(failures(rig, "storm"))])
    rig.notifier().take([rig.part(failures(rig, "storm"), number=1)])
    rig.clock.turn(HOUR + PATIENCE)

    rig.notifier().take([rig.part(failures(rig, "storm"), number=2)])

    assert rig.told()[1] == "[demo] AGAIN 2 FAILED: Order to Cash - storm"


def test_at_most_twelve_digests_go_out_in_any_hour(rig: Rig) -> None:
    """Texts that never repeat make every failure new; all of them are told all the same."""
    words = [f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"]
    for number, word in enumerate(words):
        rig.notifier().take([rig.part(failures(rig, f"cause {word}"), number=number)])
        rig.clock.turn(30 * SECOND)
        if number % 10 == 0:
            rig.notifier().flush()

    flush_for(rig, 3 * HOUR)

    told_at = [at for at, _ in rig.digests]
    for at in told_at:
        assert sum(at <= other < at + HOUR for other in told_at) <= 12
    assert told_count(rig) == len(words)
    assert len(rig.digests) < 30


def test_what_is_too_old_is_not_even_read(rig: Rig) -> None:
    """A first run and a backfill bring a month of failures that nobody can act on."""
    old = rig.clock.now() - DAY - WINDOW
    part = rig.part([rig.record(LogEnd=iso_instant(old))], at=old)

    assert rig.notifier().take([part]) == []
    flush_for(rig, HOUR)

    assert rig.gets == 0
    assert not rig.digests
    assert not rig.events


def test_what_ended_just_within_the_age_is_told(rig: Rig) -> None:
    """The window at the border is read, and each of its logs judged by its own end."""
    border = rig.clock.now() - DAY
    records = [
        rig.record(1, LogEnd=iso_instant(border)),
        rig.record(2, LogEnd=iso_instant(border - timedelta(milliseconds=1))),
    ]

    rig.notifier().take([rig.part(records, at=border)])

    assert [event["messageGuid"] for event in rig.events] == ["guid-1"]


def test_a_part_that_waited_for_days_is_told_late(rig: Rig) -> None:
    """A redrive of the dead-letter queue, or a bucket that could not be read for a day."""
    part = rig.part([rig.record(1)])
    rig.clock.turn(3 * DAY)

    rig.notifier().take([part])

    assert len(rig.digests) == 1
    assert [event["messageGuid"] for event in rig.events] == ["guid-1"]


def test_a_part_of_unknown_age_is_read_and_its_logs_are_judged(rig: Rig) -> None:
    """A message that was put into the queue by hand may say no time."""
    old = rig.clock.now() - DAY - SECOND
    part = rig.part([rig.record(1), rig.record(2, LogEnd=iso_instant(old))])

    rig.notifier().take([replace(part, created=None)])

    assert [event["messageGuid"] for event in rig.events] == ["guid-1"]


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
def test_nothing_else_is_told(rig: Rig, members: Json) -> None:
    """An amended record is a state that was told before."""
    rig.notifier().take([rig.part([rig.record(**members)])])

    assert not rig.digests
    assert not rig.events
    assert not rig.store.waiting


def test_the_statuses_that_are_told_can_be_chosen() -> None:
    """Some tenants use ESCALATED as a way of life."""
    rig = Rig(environment={"ALERT_STATUSES": "RETRY"})

    rig.notifier().take([rig.part([rig.record(1), rig.record(2, Status="RETRY")])])

    assert rig.told() == ["[demo] NEW 1 RETRY: Order to Cash - The receiver answered 500"]


def test_error_texts_can_be_kept_out_of_every_telling() -> None:
    """Mails leave the house; the archive keeps the text."""
    rig = Rig(environment={"ALERT_ERROR_TEXT": "off"})

    rig.notifier().take([rig.part(failures(rig, "partner Miller owes 12", "partner Smith"))])

    assert rig.told() == ["[demo] NEW 2 FAILED: Order to Cash"]
    everything = repr((rig.digests, rig.events, rig.store))
    assert "Miller" not in everything
    assert {event["errorText"] for event in rig.events} == {None}


def test_when_the_topic_is_down_for_an_hour_all_is_told_after(rig: Rig) -> None:
    """Failing is loud (each attempt raises), and nothing is lost or told twice."""
    rig.down = AwsUnavailableError("the topic is down")
    for number in range(60):
        with pytest.raises(AwsUnavailableError):
            rig.notifier().take([rig.part(failures(rig, f"cause {number}"), number=number)])
        rig.clock.turn(MINUTE)
        if number % 5 == 0:
            with pytest.raises(AwsUnavailableError):
                rig.notifier().flush()
    rig.down = None

    flush_for(rig, FIVE_MINUTES)

    assert rig.told() == ["[demo] NEW 60 FAILED: Order to Cash - cause 59"]
    assert len(rig.events) == 60


def test_a_batch_that_could_not_tell_needs_no_other_attempt(rig: Rig) -> None:
    """Its parts are noted; when the queue delivers them again, the flush has them."""
    part = rig.part([rig.record()])
    rig.down = AwsUnavailableError("the topic is down")
    with pytest.raises(AwsUnavailableError):
        rig.notifier().take([part])

    assert rig.notifier().take([part]) == []


def test_one_bad_part_does_not_hold_up_the_others(rig: Rig) -> None:
    """It alone is delivered again, and in the end lies where an alarm looks."""
    good, bad = rig.part([rig.record()]), rig.part([], number=1)
    rig.objects[bad.key] = b"not a part"

    undone = rig.notifier().take([bad, good])

    assert undone == [bad]
    assert len(rig.digests) == 1


def test_when_nothing_works_the_batch_fails_as_a_whole(rig: Rig) -> None:
    """Lambda counts it, and the alarm on its errors rings within minutes."""
    bad = rig.part([])
    rig.objects[bad.key] = b"not a part"

    with pytest.raises(ConfigurationError, match="move it elsewhere"):
        rig.notifier().take([bad])


def test_a_part_that_another_invocation_is_at_comes_again(rig: Rig) -> None:
    """If that one dies, somebody has to; if it does not, the part is found told."""
    part = rig.part([rig.record()])
    other = rig.notifier()
    other.notices.begin(part.name, "other", now=rig.clock.now(), until=rig.clock.now() + MINUTE)

    assert rig.notifier().take([part]) == [part]
    assert not rig.events

    rig.clock.turn(MINUTE)
    assert rig.notifier().take([part]) == []
    assert len(rig.events) == 1


def test_what_does_not_fit_the_time_comes_again(rig: Rig) -> None:
    """Lambda would kill it in the middle of telling otherwise."""
    parts = [rig.part([rig.record(n)], number=n) for n in range(2)]
    notifier = rig.notifier()
    rig.clock.turn(2 * MINUTE)

    assert notifier.take(parts) == parts
    assert rig.gets == 0


def test_two_that_tell_at_once_do_not_tell_the_same(rig: Rig) -> None:
    """The second one leaves it to the first, or to the next flush."""
    rig.down = AwsUnavailableError("the topic is down")
    with pytest.raises(AwsUnavailableError):
        rig.notifier().take([rig.part([rig.record()])])
    rig.down = None
    now = rig.clock.now()
    with rig.notifier().notices.turn("other", now=now, until=now + MINUTE):
        assert rig.notifier().tell() == 0

    assert rig.notifier().tell() == 1


def test_a_storm_of_ten_thousand_failures_of_three_kinds(rig: Rig) -> None:
    """In ten minutes, a part every half minute: a handful of mails, and every failure told."""
    flows = ("Order_to_Cash", "Invoice", "Stock")
    for number in range(20):
        records = [
            rig.record(
                number * 500 + n,
                IntegrationArtifact={"Id": flows[n % 3], "Name": flows[n % 3]},
                ErrorText=f"timeout after {n} ms, order {n * 7}",
            )
            for n in range(500)
        ]
        rig.notifier().take([rig.part(records, number=number)])
        rig.clock.turn(30 * SECOND)
    flush_for(rig, 3 * HOUR)

    assert len(rig.digests) == 2
    assert told_count(rig) == 10_000
    assert len({event["version"] for event in rig.events}) == 10_000
    assert Counter(event["signature"] for event in rig.events).most_common(1)[0][1] == 3_340


def test_who_runs_out_of_time_goes_on_where_it_stopped(rig: Rig) -> None:
    """Events that are sent are noted every thousand, so that the next sends the rest only."""
    rig.call_takes = timedelta(seconds=5)
    part = rig.part(rig.record(number) for number in range(6_000))

    for _ in range(10):
        if not rig.notifier().take([part]):
            break
        rig.clock.turn(2 * MINUTE)

    assert [event["version"] for event in rig.events] == [f"{n:032x}" for n in range(6_000)]
    flush_for(rig, FIVE_MINUTES)
    assert told_count(rig) == 6_000
    assert len(rig.digests) == 1
    assert rig.gets > 1


def test_who_goes_on_sends_all_if_the_last_one_sent_is_told_no_more(rig: Rig) -> None:
    """Somebody chose other statuses meanwhile: rather twice than never."""
    rig.call_takes = timedelta(seconds=15)
    statuses = ["FAILED"] * 1_000 + ["ESCALATED"] * 1_000
    part = rig.part(rig.record(n, Status=status) for n, status in enumerate(statuses))
    assert rig.notifier().take([part]) == [part]
    assert len(rig.events) == 1_000
    rig.environment = {"ALERT_STATUSES": "ESCALATED"}
    rig.clock.turn(2 * MINUTE)

    assert rig.notifier().take([part]) == []

    assert len({event["version"] for event in rig.events}) == 2_000


def test_texts_that_never_repeat_are_few_items_and_one_digest(rig: Rig) -> None:
    """Each would be a kind of its own, to be noted, told and remembered: minutes of writes."""
    tell_texts_that_never_repeat(rig, parts=5, failures=1_000)


def test_a_digest_closes_so_many_items_at_most(rig: Rig) -> None:
    """To note what was told takes a while: more of it takes more digests, not more time."""
    for number in range(25):
        records = [
            rig.record(
                number * 100 + n,
                IntegrationArtifact={"Id": f"flow{number * 100 + n}".translate(LETTERS)},
            )
            for n in range(100)
        ]
        rig.down = AwsUnavailableError("the topic is down")
        with pytest.raises(AwsUnavailableError):
            rig.notifier().take([rig.part(records, number=number)])
    rig.down = None

    rig.notifier().flush()

    assert [digest.body.split(" ", 1)[0] for _, digest in rig.digests] == ["2000", "500"]
    assert told_count(rig) == 2_500
    assert not rig.store.waiting


def test_when_the_notifier_is_not_told_of_a_part_the_flush_fails(rig: Rig) -> None:
    """A bucket that sends its events elsewhere: 45 minutes after a part was stored."""
    part = rig.part([rig.record()])
    rig.checkpoint = Checkpoint(part=NotedPart(key=part.key, at=rig.clock.now()))
    rig.clock.turn(44 * MINUTE)
    rig.notifier().flush()
    rig.clock.turn(MINUTE)
    with pytest.raises(PartsUntoldError, match="sends its events to EventBridge"):
        rig.notifier().flush()

    rig.notifier().take([part])
    rig.notifier().flush()

    assert len(rig.digests) == 1


@pytest.mark.parametrize(
    ("records", "days"),
    [([], 0), ([{"Status": "COMPLETED"}], 0), ([{"LogEnd": iso_instant(NOON - 9 * DAY)}], 9)],
)
def test_a_part_that_holds_nothing_to_tell_is_done_as_well(
    rig: Rig, records: list[Json], days: int
) -> None:
    """Also one that was too old to be read when it was written."""
    part = rig.part([rig.record(**each) for each in records], at=NOON - days * DAY)
    rig.checkpoint = Checkpoint(part=NotedPart(key=part.key, at=rig.clock.now()))
    assert rig.notifier().take([part]) == []
    rig.clock.turn(HOUR)

    rig.notifier().flush()

    assert not rig.digests


def test_of_a_part_that_was_stored_days_ago_nothing_is_asked(rig: Rig) -> None:
    """The export was paused, and what was told is not remembered for ever."""
    part = rig.part([rig.record()])
    rig.checkpoint = Checkpoint(part=NotedPart(key=part.key, at=rig.clock.now() - 20 * DAY))

    assert rig.notifier().flush() == 0


def test_what_was_told_is_told_though_a_part_is_late(rig: Rig) -> None:
    """The flush fails at its end: people get their digest first."""
    rig.down = AwsUnavailableError("the topic is down")
    with pytest.raises(AwsUnavailableError):
        rig.notifier().take([rig.part([rig.record()])])
    rig.down = None
    rig.checkpoint = Checkpoint(
        part=NotedPart(key=rig.part([], number=7).key, at=rig.clock.now() - HOUR)
    )

    with pytest.raises(PartsUntoldError):
        rig.notifier().flush()

    assert len(rig.digests) == 1


def test_five_hundred_kinds_are_one_digest_that_stays_readable(rig: Rig) -> None:
    """Twenty of them in detail, the rest by flow, and the query that finds them all."""
    records = [
        rig.record(
            n,
            IntegrationArtifact={"Id": f"flow-{n % 100}", "Name": f"Flow {n % 100}"},
            ErrorText=f"cause {chr(97 + n % 23)}{chr(97 + n // 23)}",
        )
        for n in range(500)
    ]

    rig.notifier().take([rig.part(records)])

    [(_, digest)] = rig.digests
    assert digest.body.startswith("500 messages of tenant demo failed (500 FAILED), of 500 kinds.")
    assert "And 480 more kinds of failure, by flow:" in digest.body
    assert len(digest.body.encode()) < 16_000
    assert len(digest.subject) < 100
