"""``sam local invoke`` runs the function in Docker, against an emulated AWS and a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.emulated.emulator import PROJECT
from operate.emulated.local_world import (
    LocalWorld,
    NoDockerError,
    container_gateway,
    open_local_world,
)
from operate.emulated.stack import FunctionFailedError
from operate.emulated.truth import compare
from tests.support.operators import local_invoke

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.emulated.sam import LocalTemplate

EVENTS = PROJECT / "events"

pytestmark = [pytest.mark.emulator, pytest.mark.docker]


@pytest.fixture(scope="module")
def local_world(template: LocalTemplate) -> Iterator[LocalWorld]:
    """Open the world that `make local-world` opens; what is invoked was built before."""
    assert template.path.exists()
    try:
        container_gateway()
    except NoDockerError as error:
        pytest.skip(str(error))
    with open_local_world() as world:
        yield world


def test_the_example_events_run_in_a_container(local_world: LocalWorld) -> None:
    """First the span, then all of it: the scheduled run finds the span's rows in the archive."""
    span = local_invoke.invoke(local_world, EVENTS / "span.json")
    scheduled = local_invoke.invoke(local_world, EVENTS / "scheduled.json")

    assert span["purpose"] == "backfill"
    assert span["versions_stored"] > 0
    assert scheduled["purpose"] == "scheduled"
    assert scheduled["versions_stored"] + span["versions_stored"] == len(local_world.tenant.rows())
    comparison = compare(
        local_world.stack.records(), local_world.tenant.rows(), since=local_world.since
    )
    assert comparison.equal, str(comparison)


def test_an_event_that_makes_no_sense_is_an_error(local_world: LocalWorld, tmp_path: Path) -> None:
    """The command shows what the function says, so a mistake in an event is seen at once."""
    event = tmp_path / "event.json"
    event.write_text('{"from": "yesterday"}')

    with pytest.raises(FunctionFailedError, match="members that make no sense"):
        local_invoke.invoke(local_world, event)
