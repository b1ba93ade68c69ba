"""Parts are taken: what is read of them, what is noted, which events are sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mpl_export.errors import ConfigurationError
from mpl_export.instants import iso_instant
from mpl_export.model import WINDOW
from tests.support.notifier.notifier_harness import (
    Harness,
)
from tests.unit.samples import DAY, HOUR, MINUTE, SECOND


def test_what_is_too_old_is_not_even_read(harness: Harness) -> None:
    """A first run and a backfill bring a month of failures that nobody can act on."""
    old = harness.clock.now() - DAY - WINDOW
    part = harness.part([harness.record(LogEnd=iso_instant(old))], at=old)

    assert harness.notifier().take([part]) == []
    harness.flush_for(HOUR)

    assert harness.gets == 0
    assert not harness.digests
    assert not harness.events


def test_what_ended_just_within_the_age_is_told(harness: Harness) -> None:
    """The window at the border is read, and each of its logs judged by its own end."""
    border = harness.clock.now() - DAY
    records = [
        harness.record(1, LogEnd=iso_instant(border)),
        harness.record(2, LogEnd=iso_instant(border - timedelta(milliseconds=1))),
    ]

    harness.notifier().take([harness.part(records, at=border)])

    assert [event["messageGuid"] for event in harness.events] == ["guid-1"]


def test_a_part_that_waited_for_days_is_told_late(harness: Harness) -> None:
    """A redrive of the dead-letter queue, or a bucket that could not be read for a day."""
    part = harness.part([harness.record(1)])
    harness.clock.turn(3 * DAY)

    harness.notifier().take([part])

    assert len(harness.digests) == 1
    assert [event["messageGuid"] for event in harness.events] == ["guid-1"]


def test_a_part_of_unknown_age_is_read_and_its_logs_are_judged(harness: Harness) -> None:
    """A message that was put into the queue by hand may say no time."""
    old = harness.clock.now() - DAY - SECOND
    part = harness.part([harness.record(1), harness.record(2, LogEnd=iso_instant(old))])

    harness.notifier().take([replace(part, created=None)])

    assert [event["messageGuid"] for event in harness.events] == ["guid-1"]


def test_one_bad_part_does_not_hold_up_the_others(harness: Harness) -> None:
    """It alone is delivered again, and in the end lies where an alarm looks."""
    good, bad = harness.part([harness.record()]), harness.part([], number=1)
    harness.objects[bad.key] = b"not a part"

    undone = harness.notifier().take([bad, good])

    assert undone == [bad]
    assert len(harness.digests) == 1


def test_when_nothing_works_the_batch_fails_as_a_whole(harness: Harness) -> None:
    """Lambda counts it, and the alarm on its errors fires within minutes."""
    bad = harness.part([])
    harness.objects[bad.key] = b"not a part"

    with pytest.raises(ConfigurationError, match="move it elsewhere"):
        harness.notifier().take([bad])


def test_a_part_that_another_invocation_is_at_comes_again(harness: Harness) -> None:
    """If that one dies, somebody has to; if it does not, the part is found told."""
    part = harness.part([harness.record()])
    other = harness.notifier()
    other.notices.begin(
        part.name, "other", now=harness.clock.now(), until=harness.clock.now() + MINUTE
    )

    assert harness.notifier().take([part]) == [part]
    assert not harness.events

    harness.clock.turn(MINUTE)
    assert harness.notifier().take([part]) == []
    assert len(harness.events) == 1


def test_what_does_not_fit_the_time_comes_again(harness: Harness) -> None:
    """Lambda would kill it in the middle of telling otherwise."""
    parts = [harness.part([harness.record(n)], number=n) for n in range(2)]
    notifier = harness.notifier()
    harness.clock.turn(2 * MINUTE)

    assert notifier.take(parts) == parts
    assert harness.gets == 0


def test_who_runs_out_of_time_goes_on_where_it_stopped(harness: Harness) -> None:
    """Events that are sent are noted every thousand, so that the next sends the rest only."""
    harness.call_takes = timedelta(seconds=5)
    part = harness.part(harness.record(number) for number in range(6_000))

    for _ in range(10):
        if not harness.notifier().take([part]):
            break
        harness.clock.turn(2 * MINUTE)

    assert [event["version"] for event in harness.events] == [f"{n:032x}" for n in range(6_000)]
    harness.flush_for(5 * MINUTE)
    assert harness.told_count() == 6_000
    assert len(harness.digests) == 1
    assert harness.gets > 1


def test_who_goes_on_sends_all_if_the_last_one_sent_is_told_no_more(harness: Harness) -> None:
    """Somebody chose other statuses meanwhile: rather twice than never."""
    harness.call_takes = timedelta(seconds=15)
    statuses = ["FAILED"] * 1_000 + ["ESCALATED"] * 1_000
    part = harness.part(harness.record(n, Status=status) for n, status in enumerate(statuses))
    assert harness.notifier().take([part]) == [part]
    assert len(harness.events) == 1_000
    harness.environment = {"ALERT_STATUSES": "ESCALATED"}
    harness.clock.turn(2 * MINUTE)

    assert harness.notifier().take([part]) == []

    assert len({event["version"] for event in harness.events}) == 2_000
