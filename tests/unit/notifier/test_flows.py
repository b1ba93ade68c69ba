"""A flow that falls silent is told once, and once again when it is back."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from mpl_export.checkpoint import Checkpoint
from mpl_export.errors import ConfigurationError, PartsUntoldError
from mpl_export.instants import iso_instant
from mpl_export.notifier.flows import expected_flows
from tests.support.notifier_rig import Rig
from tests.unit.samples import DAY, HOUR, MINUTE

ORDERS = {"Id": "Orders", "Name": "Orders"}


@pytest.fixture
def rig() -> Rig:
    """A tenant whose flow Orders is expected to complete something every hour."""
    rig = Rig(environment={"EXPECTED_FLOWS": "Orders=PT1H"})
    rig.checkpoint = Checkpoint(position=rig.clock.now())
    rig.notifier().flush()
    return rig


def complete(rig: Rig, number: int = 0) -> None:
    """Let the flow complete something, and the export archive it."""
    rig.notifier().take(
        [
            rig.part(
                [rig.record(Status="COMPLETED", IntegrationArtifact=ORDERS)],
                number=number,
            )
        ]
    )


def live_on(rig: Rig, time: timedelta) -> None:
    """Let the export keep up, and the schedule flush."""
    for _ in range(time // (5 * MINUTE)):
        rig.clock.turn(5 * MINUTE)
        rig.checkpoint = Checkpoint(position=rig.clock.now() - 15 * MINUTE)
        rig.notifier().flush()


def test_silence_and_its_end_are_told_once_each(rig: Rig) -> None:
    """Nobody wants to hear every five minutes that there is still nothing."""
    complete(rig)
    live_on(rig, 5 * HOUR)
    complete(rig, 1)
    live_on(rig, 30 * MINUTE)

    assert rig.told() == ["[demo] Orders silent", "[demo] Orders back"]


def test_a_flow_that_keeps_its_interval_is_not_told(rig: Rig) -> None:
    """One completion an hour, give or take the time that the export needs."""
    for number in range(12):
        complete(rig, number)
        live_on(rig, 55 * MINUTE)

    assert not rig.digests


def test_a_flow_that_only_fails_is_silent(rig: Rig) -> None:
    """It runs, but nothing gets through."""
    rig.notifier().take([rig.part([rig.record(IntegrationArtifact=ORDERS)])])

    live_on(rig, 2 * HOUR)

    assert "[demo] Orders silent" in rig.told()


def test_a_flow_that_never_completed_is_silent_after_its_interval(rig: Rig) -> None:
    """Counted from when it was watched first; a misspelt name shows this way, too."""
    live_on(rig, HOUR + 10 * MINUTE)
    assert not rig.digests

    live_on(rig, 15 * MINUTE)

    assert rig.told() == ["[demo] Orders silent"]


def test_when_the_export_is_behind_no_flow_is_silent(rig: Rig) -> None:
    """What was not read says nothing; that the export is behind has an alarm of its own."""
    complete(rig)
    for _ in range(60):
        rig.clock.turn(5 * MINUTE)
        rig.notifier().flush()

    assert not rig.digests


def test_before_the_first_run_no_flow_is_silent() -> None:
    """There is no position yet."""
    rig = Rig(environment={"EXPECTED_FLOWS": "Orders=PT1H"})
    for _ in range(30):
        rig.clock.turn(5 * MINUTE)
        rig.notifier().flush()

    assert not rig.digests


def test_what_was_stored_and_not_read_yet_makes_no_flow_silent(rig: Rig) -> None:
    """After five hours without a run, the schedule comes before the parts that a run has stored."""
    complete(rig)
    live_on(rig, 30 * MINUTE)
    rig.clock.turn(5 * HOUR)
    part = rig.part([rig.record(Status="COMPLETED", IntegrationArtifact=ORDERS)], number=1)
    rig.checkpoint = Checkpoint(position=rig.clock.now())
    rig.notifier().flush()
    assert not rig.digests

    rig.notifier().take([part])
    for _ in range(3):
        rig.clock.turn(5 * MINUTE)
        rig.notifier().flush()

    assert not rig.digests


def test_an_export_that_was_behind_for_40_hours_makes_no_flow_silent(rig: Rig) -> None:
    """Its parts are older than what is told, but what completed in them completed."""
    complete(rig)
    live_on(rig, 30 * MINUTE)
    back_then = rig.clock.now()
    rig.clock.turn(40 * HOUR)

    parts = [
        rig.part(
            [rig.record(Status="COMPLETED", IntegrationArtifact=ORDERS, LogEnd=iso_instant(at))],
            at=at,
            number=1,
        )
        for minutes in range(10, 40 * 60, 10)
        for at in [back_then + minutes * MINUTE]
    ]
    for number, part in enumerate(parts):
        rig.clock.turn(MINUTE)
        rig.checkpoint = Checkpoint(position=back_then + (number + 1) * 10 * MINUTE)
        rig.notifier().take([replace(part, created=rig.clock.now())])
        if number % 5 == 0:
            rig.notifier().flush()

    assert not rig.digests


def test_a_part_that_could_not_be_read_holds_the_judgement_back(rig: Rig) -> None:
    """What completed in it is not known, however far the export got meanwhile."""
    complete(rig)
    live_on(rig, 30 * MINUTE)
    part = rig.part([rig.record(Status="COMPLETED", IntegrationArtifact=ORDERS)], number=1)
    body, rig.objects[part.key] = rig.objects[part.key], b"broken"
    for _ in range(5):
        with pytest.raises(ConfigurationError):
            rig.notifier().take([part])
        for _ in range(6):
            rig.clock.turn(5 * MINUTE)
            rig.checkpoint = Checkpoint(position=rig.clock.now() - 15 * MINUTE)
            with suppress(PartsUntoldError):
                rig.notifier().flush()
    assert not rig.digests

    rig.objects[part.key] = body
    rig.notifier().take([part])
    live_on(rig, 30 * MINUTE)

    assert rig.told() == ["[demo] Orders silent"]


@pytest.mark.parametrize(
    ("pace", "told"), [(5 * MINUTE, ["[demo] Orders silent"]), (timedelta(seconds=10), [])]
)
def test_while_parts_wait_in_the_queue_no_flow_is_judged(
    rig: Rig, pace: timedelta, told: list[str]
) -> None:
    """A part that was written long before it was read says that others wait behind it."""
    complete(rig)
    live_on(rig, HOUR)
    written = rig.clock.now()
    for number in range(12):
        rig.clock.turn(5 * MINUTE)
        written += pace
        rig.checkpoint = Checkpoint(position=rig.clock.now() - 15 * MINUTE)
        part = rig.part([rig.record(1, Status="COMPLETED")], number=number + 1)
        rig.notifier().take([replace(part, created=written)])
        rig.notifier().flush()

    assert rig.told() == told


def test_an_old_part_is_read_as_far_back_as_the_longest_interval() -> None:
    """A flow of once a week may have completed days ago, which is beyond what is told."""
    rig = Rig(environment={"EXPECTED_FLOWS": "Orders=P7D"})
    old = rig.clock.now() - 3 * DAY
    record = rig.record(Status="COMPLETED", IntegrationArtifact=ORDERS, LogEnd=iso_instant(old))

    rig.notifier().take([rig.part([record], at=old)])

    assert rig.store.completed == {"Orders": old}


def test_pairs_are_read_as_people_write_them() -> None:
    """Blanks and a comma at the end are no reason to fail a deployment."""
    assert expected_flows(" Order_to_Cash = PT1H, Stock=P1D ,") == {
        "Order_to_Cash": HOUR,
        "Stock": DAY,
    }


@pytest.mark.parametrize(
    "text", ["Orders", "Orders=", "=PT1H", "Orders=1h", "Orders=PT1S", "Orders=P31D", "a=b=PT1H"]
)
def test_what_is_no_pair_is_refused(text: str) -> None:
    """A flow that is silently not watched is the opposite of what was asked for."""
    with pytest.raises(ValueError, match=r".+"):
        expected_flows(text)
