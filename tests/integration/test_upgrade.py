"""This version goes on from what release 1.0.0 has written: nothing new, nothing told again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.upgrade.stateful import stateful
from tests.support.upgrade.written import FIXTURE, World

if TYPE_CHECKING:
    from operate.emulated.emulator import Emulator

pytestmark = pytest.mark.emulator

# The first line of every failure.
FROZEN: Final = (
    "FROZEN: tests/fixtures/upgrade is what a stack of release 1.0.0 holds. Mend what does not"
    " understand it; do not renew it to make this pass (docs/upgrade.md)."
)


@pytest.fixture
def world(aws: Emulator, request: pytest.FixtureRequest) -> World:
    """A stack that was upgraded five minutes ago."""
    name = request.node.name.replace("_", "-")[:60]
    loaded = World.load(FIXTURE, aws, name)
    loaded.later(timedelta(minutes=5))
    return loaded


def test_no_log_is_stored_again(world: World) -> None:
    """By a scheduled run, a reconcile and a backfill of all that there is."""
    harness = world.harness
    before = dict(harness.parts())
    now = harness.clock.now()

    stored = [
        harness.run().versions_stored,
        harness.export(now - timedelta(days=2), now, "reconcile").versions_stored,
        harness.export(now - timedelta(days=3), now, "backfill").versions_stored,
    ]

    assert len(before) >= 20, FROZEN
    assert stored == [0, 0, 0], FROZEN
    assert harness.parts() == before, FROZEN


def test_the_position_goes_on_and_never_back(world: World) -> None:
    """A checkpoint that is not understood would begin a first run."""
    before = world.harness.position

    report = world.harness.run()

    assert before is not None, FROZEN
    assert report.caught_up, FROZEN
    assert world.harness.position is not None, FROZEN
    assert world.harness.position > before, FROZEN


def test_nothing_is_told_again(world: World) -> None:
    """Each part delivered once more, and the look that the flush takes."""
    world.take(sorted(world.harness.parts()))
    digests = world.flush()

    assert (digests, world.told.digests, world.told.events) == (0, [], []), FROZEN


def test_what_is_new_is_still_told(world: World) -> None:
    """Else the test above would hold for a notifier that is deaf."""
    world.harness.tenant.add(
        status="FAILED",
        log_end=world.harness.clock.now() - timedelta(minutes=1),
        error_text="Never seen before",
    )

    world.run()

    assert len(world.told.events) == 1, FROZEN
    assert len(world.told.digests) == 1, FROZEN
    assert "NEW" in world.told.digests[0].subject, FROZEN


def test_a_kind_that_was_told_before_is_known(world: World) -> None:
    """A notice that is not understood would make every failure new: a flood after each upgrade."""
    world.harness.tenant.add(
        status="FAILED",
        log_end=world.harness.clock.now() - timedelta(minutes=1),
        error_text="HTTP 500 from crm.example.com",
    )

    world.run()

    assert len(world.told.events) == 1, FROZEN
    assert [each.subject for each in world.told.digests if "NEW" in each.subject] == [], FROZEN


def test_no_resource_that_holds_state_is_replaced() -> None:
    """Another logical id, type or fixed property would make an empty one beside it."""
    kept = json.loads((FIXTURE / "stateful.json").read_text())["resources"]
    head = json.loads(json.dumps(stateful()))

    assert len(kept) >= 8, FROZEN
    assert {name: head.get(name) for name in kept} == kept, FROZEN


def test_the_fixture_is_small_and_of_the_first_release() -> None:
    """Everybody who clones the repository carries it."""
    files = [path for path in FIXTURE.rglob("*") if path.is_file()]

    assert sum(path.stat().st_size for path in files) <= 200_000
    assert json.loads((FIXTURE / "stateful.json").read_text())["release"] == "1.0.0", FROZEN
