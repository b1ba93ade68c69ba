"""Few digests for flows that fail for ever, and none that comes too late: measured, day by day."""

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from mpl_export.instants import parse_instant
from mpl_export.notifier.due import PATIENCE
from tests.support.notifier_rig import LETTERS, Rig
from tests.unit.samples import DAY, HOUR, MINUTE

DAYS = 2
STEP = 5 * MINUTE
EVERY = 6
"""Each flow fails in every sixth step, half an hour."""


def fail_for_ever(flows: int) -> Rig:
    """Flows that begin to fail five minutes apart, and never stop."""
    rig = Rig()
    for step in range(DAYS * DAY // STEP):
        failing = [flow for flow in range(min(flows, step + 1)) if (step - flow) % EVERY == 0]
        if failing:
            records = [
                rig.record(
                    step * flows + flow,
                    IntegrationArtifact={"Id": f"flow-{flow}", "Name": f"Flow {flow}"},
                    ErrorText=f"cause {flow}".translate(LETTERS),
                )
                for flow in failing
            ]
            rig.notifier().take([rig.part(records, number=step)])
        rig.notifier().flush()
        rig.clock.turn(STEP)
    return rig


def digests_by_day(rig: Rig) -> list[int]:
    """How many digests went out on each day."""
    days = [0] * DAYS
    began = rig.digests[0][0]
    for at, _ in rig.digests:
        days[min((at - began) // DAY, DAYS - 1)] += 1
    return days


@pytest.mark.parametrize(
    ("flows", "first", "later"), [(1, 1 + 8, 3), (3, 3 + 8, 4), (12, 12 + 8, 6), (20, 20 + 8, 8)]
)
def test_flows_that_fail_for_ever_make_few_digests(flows: int, first: int, later: int) -> None:
    """Each new one is told at once; what goes on, together and ever more rarely."""
    rig = fail_for_ever(flows)

    days = digests_by_day(rig)

    assert days[0] <= first, days
    assert max(days[1:]) <= later, days
    waits = _waits(rig)
    assert max(each[0] for each in waits.values()) <= STEP
    assert max(max(each) for each in waits.values()) <= DAY + 15 * MINUTE


def _waits(rig: Rig) -> dict[str, list[timedelta]]:
    """For each flow, how long each of its failures waited to be told, or waits yet."""
    failed: dict[str, list[datetime]] = defaultdict(list)
    for event in rig.events:
        failed[event["artifact"]["name"]].append(parse_instant(event["logEnd"]))
    waits: dict[str, list[timedelta]] = {}
    for name, ended in failed.items():
        told = [at for at, digest in rig.digests if f". {name}: " in digest.body]
        told.append(rig.clock.now())
        waits[name] = [told[bisect_left(told, each)] - each for each in ended]
    return waits


def test_a_kind_that_was_over_is_told_at_once_again() -> None:
    """A day without a failure ends it; what is known of it says AGAIN, and its steps begin anew."""
    rig = Rig()
    rig.notifier().take([rig.part([rig.record(1)])])
    rig.clock.turn(DAY + MINUTE)
    rig.notifier().take([rig.part([rig.record(2)], number=1)])
    rig.notifier().take([rig.part([rig.record(3)], number=2)])
    rig.clock.turn(HOUR + PATIENCE)
    rig.notifier().flush()

    assert [subject.split()[1] for subject in rig.told()] == ["NEW", "AGAIN", "AGAIN"]
    assert [at - rig.digests[0][0] for at, _ in rig.digests] == [
        0 * HOUR,
        DAY + MINUTE,
        DAY + MINUTE + HOUR + PATIENCE,
    ]


def test_a_kind_that_fails_once_a_week_is_known() -> None:
    """What was told is kept for eight days: it is told at once, and not as new."""
    rig = Rig()
    for number in range(3):
        rig.notifier().take([rig.part([rig.record(number)], number=number)])
        rig.clock.turn(7 * DAY)

    assert [subject.split()[1] for subject in rig.told()] == ["NEW", "AGAIN", "AGAIN"]
