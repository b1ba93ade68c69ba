"""A sealer may be killed before any of its effects, or meet another one: the next night seals all.

The effects are counted by a pass that lives, so none is forgotten when the code changes.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from mpl_export.sealing import sealer as sealer_module
from mpl_export.sealing.sealer import Pass
from tests.support.kills.killable_effects import KillableCheckpoints, KillableObjects, Killed, Life
from tests.support.sealing.memory_source import verdict_on
from tests.support.sealing.sealed_archive import (
    DAY,
    TENANT,
    SealedArchive,
    SigningKey,
    Stored,
    unsigned,
)

SIGNED = SigningKey().sign


@pytest.fixture(autouse=True)
def _small_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several seals a night; objects are read one after the other, in an order."""
    monkeypatch.setattr(sealer_module, "MOST_OBJECTS", 3)
    monkeypatch.setattr(sealer_module, "_READ_AT_ONCE", 1)


def an_archive() -> SealedArchive:
    """One night is sealed, another one is due."""
    world = SealedArchive()
    world.hours(0, 2)
    world.night()
    world.hours(10, 5, since=world.clock.true_now())
    world.clock.turn(DAY)
    return world


def a_pass(world: SealedArchive, life: Life, stored: Stored) -> None:
    """A pass that may be killed."""
    world.sealer(
        store=KillableObjects(world.objects, life),
        notes=KillableCheckpoints(world.checkpoints, life),
        stored=stored,
    ).run(Pass(tenant=TENANT))


def effects() -> list[str]:
    """What a pass that nobody kills does to the outside world, in order."""
    life = Life(10_000)
    a_pass(an_archive(), life, unsigned)
    return life.effects


def is_whole(world: SealedArchive, seals: int) -> None:
    """Everything is sealed, once, and the head is that of the chain."""
    world.clock.turn(DAY)
    world.seal()
    findings = verdict_on(world.objects, TENANT, world.clock.now(), world.head)
    assert findings.ending == 0, findings.sentence
    assert (findings.checked, findings.waiting) == (7, [])
    assert findings.head == world.head
    assert len(world.seals()) == seals


@pytest.mark.parametrize("stored", [unsigned, SIGNED])
@pytest.mark.parametrize("times", [1, 3])
def test_what_a_killed_sealer_left_is_sealed_by_the_next(times: int, stored: Stored) -> None:
    """Killed before each of its effects, once or several times in a row."""
    count = len(effects())
    assert count > 15

    for left in range(count):
        world = an_archive()
        for _ in range(times):
            with suppress(Killed):
                a_pass(world, Life(left), stored)
        is_whole(world, seals=3)


@pytest.mark.parametrize("stored", [unsigned, SIGNED])
def test_two_sealers_at_once_seal_everything_once(stored: Stored) -> None:
    """The second one begins and ends between any two effects of the first."""
    for at, _ in enumerate(effects()):
        world = an_archive()

        class Meeting(Life):
            """Lets another sealer pass at one effect."""

            met = False

            def effect(self, name: str) -> None:
                """Count the effect, after the other one had its way."""
                if len(self.effects) == at and not self.met:  # noqa: B023 - used within the round
                    self.met = True
                    a_pass(world, Life(), stored)  # noqa: B023
                super().effect(name)

        a_pass(world, Meeting(), stored)

        is_whole(world, seals=3)
