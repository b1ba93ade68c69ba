"""Few digests for flows that fail for ever, and none that comes too late: measured, day by day."""

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from mpl_export.instants import parse_instant
from mpl_export.notifier.due import PATIENCE
from tests.support.notifier.notifier_harness import LETTERS, Harness
from tests.unit.samples import DAY, HOUR, MINUTE

DAYS = 2
STEP = 5 * MINUTE
EVERY = 6
"""Each flow fails in every sixth step, half an hour."""


def fail_for_ever(flows: int) -> Harness:
    """Flows that begin to fail five minutes apart, and never stop."""
    harness = Harness()
    for step in range(DAYS * DAY // STEP):
        failing = [flow for flow in range(min(flows, step + 1)) if (step - flow) % EVERY == 0]
        if failing:
            records = [
                harness.record(
                    step * flows + flow,
                    IntegrationArtifact={"Id": f"flow-{flow}", "Name": f"Flow {flow}"},
                    ErrorText=f"cause {flow}".translate(LETTERS),
                )
                for flow in failing
            ]
            harness.notifier().take([harness.part(records, number=step)])
        harness.notifier().flush()
        harness.clock.turn(STEP)
    return harness


def digests_by_day(harness: Harness) -> list[int]:
    """How many digests went out on each day."""
    days = [0] * DAYS
    began = harness.digests[0][0]
    for at, _ in harness.digests:
        days[min((at - began) // DAY, DAYS - 1)] += 1
    return days


@pytest.mark.parametrize(
    ("flows", "first", "later"), [(1, 1 + 8, 3), (3, 3 + 8, 4), (12, 12 + 8, 6), (20, 20 + 8, 8)]
)
def test_flows_that_fail_for_ever_make_few_digests(flows: int, first: int, later: int) -> None:
    """Each new one is told at once; what goes on, together and ever more rarely."""
    harness = fail_for_ever(flows)

    days = digests_by_day(harness)

    assert days[0] <= first, days
    assert max(days[1:]) <= later, days
    waits = _waits(harness)
    assert max(each[0] for each in waits.values()) <= STEP
    assert max(max(each) for each in waits.values()) <= DAY + 15 * MINUTE


def _waits(harness: Harness) -> dict[str, list[timedelta]]:
    """For each flow, how long each of its failures waited to be told, or waits yet."""
    failed: dict[str, list[datetime]] = defaultdict(list)
    for event in harness.events:
        failed[event["artifact"]["name"]].append(parse_instant(event["logEnd"]))
    waits: dict[str, list[timedelta]] = {}
    for name, ended in failed.items():
        told = [at for at, digest in harness.digests if f". {name}: " in digest.body]
        told.append(harness.clock.now())
        waits[name] = [told[bisect_left(told, each)] - each for each in ended]
    return waits


def test_a_kind_that_was_over_is_told_at_once_again() -> None:
    """A day without a failure ends it; what is known of it says AGAIN, and its steps begin anew."""
    harness = Harness()
    harness.notifier().take([harness.part([harness.record(1)])])
    harness.clock.turn(DAY + MINUTE)
    harness.notifier().take([harness.part([harness.record(2)], number=1)])
    harness.notifier().take([harness.part([harness.record(3)], number=2)])
    harness.clock.turn(HOUR + PATIENCE)
    harness.notifier().flush()

    assert [subject.split()[1] for subject in harness.told()] == ["NEW", "AGAIN", "AGAIN"]
    assert [at - harness.digests[0][0] for at, _ in harness.digests] == [
        0 * HOUR,
        DAY + MINUTE,
        DAY + MINUTE + HOUR + PATIENCE,
    ]


def test_a_kind_that_fails_once_a_week_is_known() -> None:
    """What was told is kept for eight days: it is told at once, and not as new."""
    harness = Harness()
    for number in range(3):
        harness.notifier().take([harness.part([harness.record(number)], number=number)])
        harness.clock.turn(7 * DAY)

    assert [subject.split()[1] for subject in harness.told()] == ["NEW", "AGAIN", "AGAIN"]
