"""Exporters that run at once, processes of their own, write one archive and no line twice.

What keeps the archive right is no lock: a part is put if it is absent, and whoever comes second
reads it and takes the difference again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from signal import SIGSTOP
from typing import TYPE_CHECKING, Final

import pytest

from mpl_export.instants import iso_instant
from mpl_export.model import WINDOW
from operate.emulated.waiting import wait_for
from tests.support.kills.kill_world import KillWorld, open_kill_world
from tests.support.kills.killable_runs import Job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.emulated.emulator import Emulator
    from tests.support.exporter.exporter_resources import Resources
    from tests.support.kills.killable_runs import Life

pytestmark = pytest.mark.emulator

_ROUNDS: Final = 3
_SPANS: Final = ((0, 3), (0, 3), (0, 2), (1, 3), (0, 1.5), (0.5, 2.5), (1.4, 3), (0.1, 2.9))
"""Bounds of the backfills, in windows: the same ones, nested ones, and borders inside windows."""

_LIMIT: Final = timedelta(seconds=15)
_ENDS_WELL: Final = ("the next goes on", "NoTimeLeftError")
"""How a run may end that wakes after its time: some call had no answer while it slept."""
_STILL_TRUE: Final = {"part_key", "part_at"}
"""What it may note: that it had stored a part, where none was noted."""


@pytest.fixture(scope="module")
def crowded(aws: Emulator) -> Iterator[KillWorld]:
    """Keep a tenant with several pages in each window."""
    with open_kill_world(aws, rows=300, page=30) as world:
        yield world


@pytest.fixture(scope="module")
def small(aws: Emulator) -> Iterator[KillWorld]:
    """Keep a tenant of few rows."""
    with open_kill_world(aws) as world:
        yield world


@pytest.mark.parametrize("number", range(_ROUNDS))
def test_ten_exporters_at_once_write_every_version_once(
    crowded: KillWorld, tmp_path: Path, number: int
) -> None:
    """Two scheduled runs and eight backfills, each about to put its first part, wake at once.

    All of them have seen an empty archive by then, so all but one have to lose a race.
    """
    resources = crowded.resources(f"ten-{number}")
    events: list[dict[str, object]] = [{}, {}]
    for since, until in _SPANS:
        events.append(
            {
                "since": iso_instant(crowded.since + since * WINDOW),
                "until": iso_instant(crowded.since + until * WINDOW),
            }
        )
    lives = [
        crowded.killable.begin(
            Job(
                home=tmp_path / f"{index}",
                environment=crowded.environment(resources, PAGE_CONCURRENCY=str(1 + index % 3)),
                event=event,
                at="before s3 PutObject mpl/",
                by=SIGSTOP,
            )
        )
        for index, event in enumerate(events)
    ]
    for life in lives:
        life.wait_until_asleep()
    for life in lives:
        life.wake()
    reports = [life.report() for life in lives]

    parts = resources.parts()
    assert not crowded.differences(parts)
    assert sum(report["versions_stored"] for report in reports) == len(crowded.tenant.rows())
    assert sorted(key for report in reports for key in report["parts"]) == sorted(parts)
    scheduled = [report["caught_up"] for report in reports[:2]]
    assert sorted(scheduled) == [False, True], "one of the scheduled runs has the lease"
    assert _lost_races(lives) >= len(_SPANS) // 2


def test_a_lease_that_is_held_is_respected(small: KillWorld, tmp_path: Path) -> None:
    """Not for the archive's sake: the tenant is spared the same questions twice."""
    resources = small.resources("held")
    until = iso_instant(datetime.now(UTC) + timedelta(minutes=15))
    resources.set_item(owner="another run", held_until=until)

    report = small.killable.run(
        Job(home=tmp_path / "run", environment=small.environment(resources))
    )

    assert (report["since"], report["requests"], report["caught_up"]) == (None, 0, False)
    assert resources.item() == {**resources.item(), "owner": "another run", "held_until": until}


@pytest.mark.timeout(300)
def test_a_holder_that_slept_through_its_lease_changes_nothing(
    small: KillWorld, tmp_path: Path
) -> None:
    """Wherever it fell asleep: its successor has been there, and a third run has the lease now."""
    names = _boundaries(small, tmp_path)
    places = [number for number, name in enumerate(names) if _is_worth_a_nap(name)]
    homes = [small.resources(f"asleep-{number:03}") for number in places]
    holders: list[Life] = []
    for own, at in zip(homes, places, strict=True):
        job = Job(
            home=tmp_path / own.name / "holder",
            environment=small.environment(own),
            limit=_LIMIT,
            at=at,
            by=SIGSTOP,
        )
        holders.append(small.killable.begin(job))
        holders[-1].wait_until_asleep()

    wrong = {
        names[at]: found
        for at, own, holder in zip(places, homes, holders, strict=True)
        if (found := _wrong_after_waking(small, own, holder))
    }

    assert len(places) >= 15
    assert not wrong


def _wrong_after_waking(world: KillWorld, resources: Resources, holder: Life) -> list[str]:
    held_until = resources.item().get("held_until", "")
    assert held_until, f"it ended before it fell asleep: {holder.outcome()}"
    wait_for(
        "the end of the lease",
        lambda: held_until < iso_instant(datetime.now(UTC)),
        within=2 * _LIMIT,
    )
    job = Job(home=holder.home.parent / "successor", environment=world.environment(resources))
    wrong = [] if world.killable.run(job)["caught_up"] else ["the successor did not catch up"]
    third = iso_instant(datetime.now(UTC) + timedelta(minutes=15))
    resources.set_item(owner="a third run", held_until=third)
    before, parts = resources.item(), resources.parts()

    holder.wake()
    holder.wait()

    outcome = holder.outcome()
    if "report" not in outcome and not any(it in outcome["message"] for it in _ENDS_WELL):
        wrong.append(f"it ended by {outcome}")
    after = {name: value for name, value in resources.item().items() if name not in _STILL_TRUE}
    if after != {name: value for name, value in before.items() if name not in _STILL_TRUE}:
        wrong.append(f"the checkpoint was {before} and is {resources.item()}")
    if resources.parts() != parts:
        wrong.append("the archive changed")
    return wrong + world.differences(parts)


def _boundaries(world: KillWorld, tmp_path: Path) -> list[str]:
    """Where a run can fall asleep, by a run that does not."""
    resources = world.resources("awake")
    life = world.killable.begin(
        Job(home=tmp_path / "awake", environment=world.environment(resources), limit=_LIMIT)
    )
    assert life.report()["caught_up"]
    return life.boundaries()


def _is_worth_a_nap(name: str) -> bool:
    """Before each request that comes after the lease, up to its release."""
    return name.startswith(("before s3", "before GET", "before POST", "before dynamodb")) and (
        "SET #owner" not in name
    )


def _lost_races(lives: list[Life]) -> int:
    return sum(
        name.startswith("answered 412 s3 PutObject mpl/")
        for life in lives
        for name in life.boundaries()
    )
