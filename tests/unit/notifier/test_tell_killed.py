"""The notifier may be killed at any of its effects: told at least once, hardly ever twice."""

from collections import Counter

import pytest

from mpl_export.notifier.due import PATIENCE
from tests.support.kills.killable_effects import Killed, Life
from tests.support.notifier.notifier_harness import LIMIT, Harness
from tests.unit.samples import HOUR, MINUTE

PARTS = 3


def story(harness: Harness, life: Life) -> None:
    """Three parts of two kinds each, the middle one delivered by whoever is to be killed.

    Every delivery that is not answered comes again, as from the queue; the schedule flushes.
    """
    parts = [
        harness.part(
            [
                harness.record(10 * number, ErrorText="storm"),
                harness.record(10 * number + 1, ErrorText=f"cause {'abc'[number]}"),
            ],
            number=number,
        )
        for number in range(PARTS)
    ]
    harness.notifier().take([parts[0]])
    pending = parts[1:]
    try:
        pending = harness.notifier(life).take(pending)
    except Killed:
        harness.clock.turn(LIMIT)
    for _ in range(30):
        harness.clock.turn(5 * MINUTE)
        harness.notifier().flush()
        if pending:
            pending = harness.notifier().take(pending)
    harness.clock.turn(HOUR + PATIENCE)
    harness.notifier().flush()
    assert not pending


def effects_of_a_whole_life() -> list[str]:
    """What the one that is to be killed does if it is not."""
    life = Life()
    story(Harness(), life)
    return life.effects


EFFECTS = effects_of_a_whole_life()


@pytest.mark.parametrize("left", range(len(EFFECTS) + 1))
def test_whenever_it_is_killed_every_failure_is_told(left: int) -> None:
    """Twice only if it dies between telling and noting it."""
    harness = Harness()

    story(harness, Life(left=left))

    killed_before = EFFECTS[left] if left < len(EFFECTS) else "nothing"
    between = _between_telling_and_noting(left)
    events = Counter(event["version"] for event in harness.events)
    assert len(events) == 2 * PARTS
    assert max(events.values()) == 1 or between == "events", killed_before
    told_twice = harness.told_count() - 2 * PARTS
    assert told_twice >= 0
    assert told_twice == 0 or between == "digest", killed_before
    assert not harness.store.waiting


@pytest.mark.parametrize("left", range(0, len(EFFECTS) + 1, 3))
def test_a_flush_that_is_killed_is_done_by_the_next(left: int) -> None:
    """The same for what was held back: it is told when its hour ends, whoever dies then."""
    harness = Harness()
    harness.notifier().take([harness.part([harness.record(1)])])
    harness.notifier().take([harness.part([harness.record(2)], number=1)])
    harness.clock.turn(HOUR + PATIENCE)

    life = Life(left=left)
    try:
        harness.notifier(life).flush()
    except Killed:
        harness.clock.turn(LIMIT)
        harness.notifier().flush()
    harness.clock.turn(HOUR + PATIENCE)
    harness.notifier().flush()

    told = harness.told_count()
    assert told == 2 or (told == 3 and life.effects[-1] in _AFTER_PUBLISH)
    assert not harness.store.waiting


_AFTER_PUBLISH = ("publish", "published", "note that a digest was sent")


def _between_telling_and_noting(left: int) -> str:
    """Whether the effects up to ``left`` have told something without having noted it."""
    told = ""
    for effect in EFFECTS[:left]:
        match effect.split(" ")[0]:
            case "put":
                told = "events"
            case "publish":
                told = "digest"
            case "finish" | "give":
                told = ""
    return told
