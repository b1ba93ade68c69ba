"""The notifier may be killed at any of its effects: told at least once, hardly ever twice."""

from collections import Counter

import pytest

from mpl_export.notifier.due import PATIENCE
from tests.support.mortality import Killed, Life
from tests.support.notifier_rig import LIMIT, Rig
from tests.unit.samples import HOUR, MINUTE

PARTS = 3


def story(rig: Rig, life: Life) -> None:
    """Three parts of two kinds each, the middle one delivered by whoever is to be killed.

    Every delivery that is not answered comes again, as from the queue; the schedule flushes.
    """
    parts = [
        rig.part(
            [
                rig.record(10 * number, ErrorText="storm"),
                rig.record(10 * number + 1, ErrorText=f"cause {'abc'[number]}"),
            ],
            number=number,
        )
        for number in range(PARTS)
    ]
    rig.notifier().take([parts[0]])
    pending = parts[1:]
    try:
        pending = rig.notifier(life).take(pending)
    except Killed:
        rig.clock.turn(LIMIT)
    for _ in range(30):
        rig.clock.turn(5 * MINUTE)
        rig.notifier().flush()
        if pending:
            pending = rig.notifier().take(pending)
    rig.clock.turn(HOUR + PATIENCE)
    rig.notifier().flush()
    assert not pending


def effects_of_a_whole_life() -> list[str]:
    """What the one that is to be killed does if it is not."""
    life = Life()
    story(Rig(), life)
    return life.effects


EFFECTS = effects_of_a_whole_life()


def tellings(rig: Rig) -> int:
    """How many failures were told, counting those told twice."""
    return sum(int(digest.body.split(" ", 1)[0]) for _, digest in rig.digests)


@pytest.mark.parametrize("left", range(len(EFFECTS) + 1))
def test_whenever_it_is_killed_every_failure_is_told(left: int) -> None:
    """Twice only if it dies between telling and noting it."""
    rig = Rig()

    story(rig, Life(left=left))

    killed_before = EFFECTS[left] if left < len(EFFECTS) else "nothing"
    between = _between_telling_and_noting(left)
    events = Counter(event["version"] for event in rig.events)
    assert len(events) == 2 * PARTS
    assert max(events.values()) == 1 or between == "events", killed_before
    told_twice = tellings(rig) - 2 * PARTS
    assert told_twice >= 0
    assert told_twice == 0 or between == "digest", killed_before
    assert not rig.store.waiting


@pytest.mark.parametrize("left", range(0, len(EFFECTS) + 1, 3))
def test_a_flush_that_is_killed_is_done_by_the_next(left: int) -> None:
    """The same for what was held back: it is told when its hour ends, whoever dies then."""
    rig = Rig()
    rig.notifier().take([rig.part([rig.record(1)])])
    rig.notifier().take([rig.part([rig.record(2)], number=1)])
    rig.clock.turn(HOUR + PATIENCE)

    life = Life(left=left)
    try:
        rig.notifier(life).flush()
    except Killed:
        rig.clock.turn(LIMIT)
        rig.notifier().flush()
    rig.clock.turn(HOUR + PATIENCE)
    rig.notifier().flush()

    assert tellings(rig) == 2 or (life.effects[-1] in _AFTER_PUBLISH and tellings(rig) == 3)
    assert not rig.store.waiting


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
