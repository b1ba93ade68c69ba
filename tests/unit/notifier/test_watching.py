"""A flow that falls silent is told once, and once again when it is back."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from mpl_export.checkpoint import Checkpoint
from mpl_export.errors import ConfigurationError, PartsUntoldError
from mpl_export.instants import iso_instant
from tests.support.notifier.notifier_harness import Harness
from tests.unit.samples import DAY, HOUR, MINUTE

ORDERS = {"Id": "Orders", "Name": "Orders"}


@pytest.fixture
def harness() -> Harness:
    """A tenant whose flow Orders is expected to complete something every hour."""
    harness = Harness(environment={"EXPECTED_FLOWS": "Orders=PT1H"})
    harness.checkpoint = Checkpoint(position=harness.clock.now())
    harness.notifier().flush()
    return harness


def complete(harness: Harness, number: int = 0) -> None:
    """Let the flow complete something, and the export archive it."""
    harness.notifier().take(
        [
            harness.part(
                [harness.record(Status="COMPLETED", IntegrationArtifact=ORDERS)],
                number=number,
            )
        ]
    )


def live_on(harness: Harness, time: timedelta) -> None:
    """Let the export keep up, and the schedule flush."""
    for _ in range(time // (5 * MINUTE)):
        harness.clock.turn(5 * MINUTE)
        harness.checkpoint = Checkpoint(position=harness.clock.now() - 15 * MINUTE)
        harness.notifier().flush()


def test_silence_and_its_end_are_told_once_each(harness: Harness) -> None:
    """Nobody wants to hear every five minutes that there is still nothing."""
    complete(harness)
    live_on(harness, 5 * HOUR)
    complete(harness, 1)
    live_on(harness, 30 * MINUTE)

    assert harness.told() == ["[demo] Orders silent", "[demo] Orders back"]


def test_a_flow_that_keeps_its_interval_is_not_told(harness: Harness) -> None:
    """One completion an hour, give or take the time that the export needs."""
    for number in range(12):
        complete(harness, number)
        live_on(harness, 55 * MINUTE)

    assert not harness.digests


def test_a_flow_that_only_fails_is_silent(harness: Harness) -> None:
    """It runs, but nothing gets through."""
    harness.notifier().take([harness.part([harness.record(IntegrationArtifact=ORDERS)])])

    live_on(harness, 2 * HOUR)

    assert "[demo] Orders silent" in harness.told()


def test_a_flow_that_never_completed_is_silent_after_its_interval(harness: Harness) -> None:
    """Counted from when it was watched first; a misspelt name shows this way, too."""
    live_on(harness, HOUR + 10 * MINUTE)
    assert not harness.digests

    live_on(harness, 15 * MINUTE)

    assert harness.told() == ["[demo] Orders silent"]


def test_when_the_export_is_behind_no_flow_is_silent(harness: Harness) -> None:
    """What was not read says nothing; that the export is behind has an alarm of its own."""
    complete(harness)
    harness.flush_for(5 * HOUR)

    assert not harness.digests


def test_before_the_first_run_no_flow_is_silent() -> None:
    """There is no position yet."""
    harness = Harness(environment={"EXPECTED_FLOWS": "Orders=PT1H"})
    harness.flush_for(150 * MINUTE)

    assert not harness.digests


def test_what_was_stored_and_not_read_yet_makes_no_flow_silent(harness: Harness) -> None:
    """After five hours without a run, the schedule comes before the parts that a run has stored."""
    complete(harness)
    live_on(harness, 30 * MINUTE)
    harness.clock.turn(5 * HOUR)
    part = harness.part([harness.record(Status="COMPLETED", IntegrationArtifact=ORDERS)], number=1)
    harness.checkpoint = Checkpoint(position=harness.clock.now())
    harness.notifier().flush()
    assert not harness.digests

    harness.notifier().take([part])
    harness.flush_for(15 * MINUTE)

    assert not harness.digests


def test_an_export_that_was_behind_for_40_hours_makes_no_flow_silent(harness: Harness) -> None:
    """Its parts are older than what is told, but what completed in them completed."""
    complete(harness)
    live_on(harness, 30 * MINUTE)
    back_then = harness.clock.now()
    harness.clock.turn(40 * HOUR)

    parts = [
        harness.part(
            [
                harness.record(
                    Status="COMPLETED", IntegrationArtifact=ORDERS, LogEnd=iso_instant(at)
                )
            ],
            at=at,
            number=1,
        )
        for minutes in range(10, 40 * 60, 10)
        for at in [back_then + minutes * MINUTE]
    ]
    for number, part in enumerate(parts):
        harness.clock.turn(MINUTE)
        harness.checkpoint = Checkpoint(position=back_then + (number + 1) * 10 * MINUTE)
        harness.notifier().take([replace(part, created=harness.clock.now())])
        if number % 5 == 0:
            harness.notifier().flush()

    assert not harness.digests


def test_a_part_that_could_not_be_read_holds_the_judgement_back(harness: Harness) -> None:
    """What completed in it is not known, however far the export got meanwhile."""
    complete(harness)
    live_on(harness, 30 * MINUTE)
    part = harness.part([harness.record(Status="COMPLETED", IntegrationArtifact=ORDERS)], number=1)
    body, harness.objects[part.key] = harness.objects[part.key], b"broken"
    for _ in range(5):
        with pytest.raises(ConfigurationError):
            harness.notifier().take([part])
        for _ in range(6):
            harness.clock.turn(5 * MINUTE)
            harness.checkpoint = Checkpoint(position=harness.clock.now() - 15 * MINUTE)
            with suppress(PartsUntoldError):
                harness.notifier().flush()
    assert not harness.digests

    harness.objects[part.key] = body
    harness.notifier().take([part])
    live_on(harness, 30 * MINUTE)

    assert harness.told() == ["[demo] Orders silent"]


@pytest.mark.parametrize(
    ("pace", "told"), [(5 * MINUTE, ["[demo] Orders silent"]), (timedelta(seconds=10), [])]
)
def test_while_parts_wait_in_the_queue_no_flow_is_judged(
    harness: Harness, pace: timedelta, told: list[str]
) -> None:
    """A part that was written long before it was read says that others wait behind it."""
    complete(harness)
    live_on(harness, HOUR)
    written = harness.clock.now()
    for number in range(12):
        harness.clock.turn(5 * MINUTE)
        written += pace
        harness.checkpoint = Checkpoint(position=harness.clock.now() - 15 * MINUTE)
        part = harness.part([harness.record(1, Status="COMPLETED")], number=number + 1)
        harness.notifier().take([replace(part, created=written)])
        harness.notifier().flush()

    assert harness.told() == told


def test_an_old_part_is_read_as_far_back_as_the_longest_interval() -> None:
    """A flow of once a week may have completed days ago, which is beyond what is told."""
    harness = Harness(environment={"EXPECTED_FLOWS": "Orders=P7D"})
    old = harness.clock.now() - 3 * DAY
    record = harness.record(Status="COMPLETED", IntegrationArtifact=ORDERS, LogEnd=iso_instant(old))

    harness.notifier().take([harness.part([record], at=old)])

    assert harness.store.completed == {"Orders": old}
