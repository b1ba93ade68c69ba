"""When a kind of failure is told: few digests for flows that fail for ever, and none too late."""

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from mpl_export.instants import parse_instant
from mpl_export.notifier.due import (
    ALONG,
    INTERVALS,
    MOST_CLOSED,
    OVER,
    PATIENCE,
    Due,
    due_now,
    in_digests,
)
from mpl_export.notifier.notices import Told, Waiting
from tests.support.manual_clock import NOON
from tests.support.notifier.groups import group
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


def waiting(signature: str = "a", first: datetime = NOON, part: str = "p") -> Waiting:
    """Failures that wait, the first of which ended at an instant."""
    return Waiting(part, group(signature=signature, first=first, last=first))


def told(ago: timedelta, times: int = 1) -> Told:
    """What was told some time before noon, of a failure of that time."""
    return Told(at=NOON - ago, times=times, last=NOON - ago)


def signatures(kinds: list[Due]) -> list[str]:
    """Which kinds these are."""
    return [kind.waiting[0].group.signature for kind in kinds]


class TestDueNow:
    """What is to be told now."""

    def test_what_was_never_told_is_due_at_once(self) -> None:
        """And is the first time that it is told."""
        [kind] = due_now([waiting()], {}, NOON)

        assert (kind.at, kind.fresh) == (None, True)
        assert kind.telling(NOON) == Told(at=NOON, times=1, last=NOON)

    @pytest.mark.parametrize(
        ("times", "interval"), [(1, 0), (2, 1), (3, 2), (4, 2), (99, 2)], ids=str
    )
    def test_what_goes_on_is_told_ever_more_rarely(self, times: int, interval: int) -> None:
        """After an hour, four hours, and then each day."""
        last = told(INTERVALS[interval] - HOUR, times)
        [kind] = due_now([waiting()], {"a": last}, NOON + HOUR + PATIENCE)

        assert (kind.at, kind.fresh) == (NOON + HOUR, False)
        assert kind.telling(NOON).times == times + 1
        assert due_now([waiting()], {"a": last}, NOON + HOUR + PATIENCE - MINUTE) == []

    def test_what_was_over_for_a_day_is_fresh_again(self) -> None:
        """Counted from its last failure, not from when that was told."""
        last = Told(at=NOON, times=7, last=NOON - OVER)

        [kind] = due_now([waiting()], {"a": last}, NOON)
        assert kind.fresh
        assert kind.telling(NOON).times == 1
        assert due_now([waiting(first=NOON - MINUTE)], {"a": last}, NOON) == []

    def test_what_is_due_soon_is_told_along_with_what_is_due(self) -> None:
        """Many kinds need few digests; the fresh come first."""
        known = {
            "soon": told(HOUR - ALONG),
            "later": told(HOUR - ALONG - MINUTE),
        }
        some = [waiting("soon"), waiting("later"), waiting("zz-new")]

        assert signatures(due_now(some, known, NOON)) == ["zz-new", "soon"]
        assert due_now(some[:2], known, NOON) == []

    def test_the_last_failure_never_goes_back(self) -> None:
        """An old part that comes late must not make the kind look over."""
        last = Told(at=NOON - HOUR, times=1, last=NOON)

        [kind] = due_now([waiting(first=NOON - HOUR)], {"a": last}, NOON + HOUR)

        assert kind.telling(NOON).last == NOON

    def test_all_that_waits_of_a_kind_is_one(self) -> None:
        """In the order of parts, whatever order it was found in."""
        some = [waiting(part=part) for part in "cab"]

        [kind] = due_now(some, {}, NOON)

        assert [each.part for each in kind.waiting] == ["a", "b", "c"]

    def test_one_digest_closes_so_many_at_most(self) -> None:
        """The rest waits for the next time that the kind is told."""
        some = [waiting(part=f"{n:05}") for n in range(MOST_CLOSED + 1)]

        [kind] = due_now(some, {}, NOON)

        assert len(kind.waiting) == MOST_CLOSED


@pytest.mark.parametrize(
    ("sizes", "digests"),
    [
        ([], []),
        ([1, 2, 3], [[1, 2, 3]]),
        ([MOST_CLOSED, 1], [[MOST_CLOSED], [1]]),
        ([MOST_CLOSED - 1, 1, 1], [[MOST_CLOSED - 1, 1], [1]]),
        ([1, MOST_CLOSED], [[1], [MOST_CLOSED]]),
    ],
)
def test_kinds_are_together_as_far_as_a_digest_may_close(
    sizes: list[int], digests: list[list[int]]
) -> None:
    """To note what was told takes a while, and the time is limited."""
    kinds = [Due(waiting=[waiting()] * size, at=None, told=None, fresh=True) for size in sizes]

    found = in_digests(kinds)

    assert [[len(kind.waiting) for kind in digest] for digest in found] == digests
