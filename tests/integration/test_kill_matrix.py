"""A run may be killed anywhere: the real handler, a process of its own, and SIGKILL.

Where it can be killed is found by running it once (``Boundaries``), so nobody has to remember to
add a place here.
"""

from __future__ import annotations

import re
import signal
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from mpl_export.instants import iso_instant
from operate.emulated.waiting import wait_for
from tests.packaging.template import PROJECT
from tests.support.exporter.exporter_resources import records_of
from tests.support.kills.kill_world import KillWorld, open_kill_world
from tests.support.kills.killable_runs import Job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from operate.emulated.emulator import Emulator
    from tests.support.exporter.exporter_resources import Resources
    from tests.support.kills.killable_runs import Life

pytestmark = pytest.mark.emulator

_LIMIT: Final = timedelta(seconds=15)
"""Lambda's limit for the runs that are killed, and so how long their leases last."""

_HOUR: Final = timedelta(hours=1)
_CHAIN: Final = 12
_MORE_OR_LESS: Final = 10


@dataclass(slots=True)
class Case:
    """An exporter whose first run was killed.

    Attributes:
        killed: That run.
        parts: The archive as it was found before the next one.
        wrong: What was wrong by then.
    """

    resources: Resources
    killed: Life
    parts: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def next_run(self, world: KillWorld, name: str = "next") -> Job:
        """A run that may live."""
        return Job(
            home=self.killed.home.parent / name, environment=world.environment(self.resources)
        )


@pytest.fixture(scope="module")
def world(aws: Emulator) -> Iterator[KillWorld]:
    """Keep a tenant that stands still, and a killable of runs."""
    with open_kill_world(aws) as world:
        yield world


@pytest.fixture(scope="module")
def boundaries(world: KillWorld, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Let a first run live, and see which boundaries it comes to."""
    resources = world.resources("unharmed")
    home = tmp_path_factory.mktemp("unharmed")
    life = world.killable.begin(
        Job(home=home / "run", environment=world.environment(resources), limit=_LIMIT)
    )
    assert life.report()["caught_up"]
    assert not world.differences(resources.parts())
    assert not _leftovers(life)
    return life.boundaries()


@pytest.mark.parametrize(
    "effect",
    [
        "before secretsmanager GetSecretValue",
        "before writing chain.pem",
        "before writing key.pem",
        "before os.remove key.pem",
        "answered 200 POST /oauth/token",
        "sent GET /api/v1/$metadata",
        "answered 200 GET /api/v1/MessageProcessingLogs?",
        "answered 200 GET /api/v1/MessageProcessingLogs('",
        "before dynamodb UpdateItem SET #owner",
        "sent s3 PutObject mpl/",
        "answered 200 s3 PutObject mpl/",
        "sent dynamodb UpdateItem SET #position",
        "answered 200 dynamodb UpdateItem SET #position",
        "sent dynamodb UpdateItem SET swept",
        "sent dynamodb UpdateItem REMOVE held_until",
    ],
)
def test_the_matrix_knows_every_kind_of_effect(boundaries: list[str], effect: str) -> None:
    """A matrix that finds its places itself may find none; then it would prove nothing."""
    assert any(name.startswith(effect) for name in boundaries)


@pytest.mark.parametrize(
    ("page", "quoted"),
    [
        ("promises.md", r"some ([0-9]+) boundaries"),
        ("limits.md", r"at each of some ([0-9]+) effects"),
    ],
)
def test_the_documents_say_how_many_there_are(
    boundaries: list[str], page: str, quoted: str
) -> None:
    """What the pages quote is about right: each run of the threads makes a few more or less."""
    [found] = re.findall(quoted, (PROJECT / "docs" / page).read_text())

    assert abs(len(boundaries) - int(found)) <= _MORE_OR_LESS, f"docs/{page}: {len(boundaries)}"


@pytest.mark.timeout(600)
def test_a_run_that_is_killed_anywhere_leaves_no_trace(
    world: KillWorld, boundaries: list[str], tmp_path: Path
) -> None:
    """The next runs end in the same state as if nothing had happened; once per boundary."""
    cases = list(_killed_everywhere(world, boundaries, tmp_path))
    jobs = (_judged(world, case) for case in cases)  # each just before its next run begins
    ended = {
        f"{number} {case.killed.boundaries()[-1]}": [*case.wrong, *_aftermath(world, case, life)]
        for number, (case, life) in enumerate(zip(cases, world.killable.run_all(jobs), strict=True))
    }

    assert not {where: wrong for where, wrong in ended.items() if wrong}
    # Otherwise nobody would have looked at what a run leaves that dies while its key is a file.
    assert any("key.pem" in where for where in ended)


@pytest.mark.timeout(300)
def test_a_backfill_that_is_killed_again_and_again_gets_done(
    world: KillWorld, boundaries: list[str], tmp_path: Path
) -> None:
    """It has no position; what was stored is what gets it further."""
    resources = world.resources("chain")
    event = {"since": iso_instant(world.since), "until": iso_instant(world.since + _HOUR)}
    source = Random(5)  # noqa: S311 - no secret
    held: dict[str, bytes] = {}
    for number in range(_CHAIN):
        at = source.randrange(len(boundaries) // 4, len(boundaries))
        life = world.killable.begin(
            Job(
                home=tmp_path / f"{number}",
                environment=world.environment(resources),
                event=event,
                at=at,
            )
        )
        life.wait()
        parts = resources.parts()
        assert {key: parts.get(key) for key in held} == held
        held = parts

    job = Job(home=tmp_path / "end", environment=world.environment(resources), event=event)
    assert world.killable.run(job)["caught_up"]

    records = records_of(resources.parts())
    assert not world.lost_below(world.since + _HOUR, records)
    assert len({record["MessageGuid"] for record in records}) == len(records)


def test_a_full_tmp_is_told_and_loses_nothing(world: KillWorld, tmp_path: Path) -> None:
    """OpenSSL loads a client certificate from files only, so this stops a run; it has to say so."""
    resources = world.resources("full")
    environment = world.environment(resources)
    life = world.killable.begin(Job(home=tmp_path / "full", environment=environment, no_space=True))

    assert life.wait() == 0
    outcome = life.outcome()
    assert outcome["error"] == "ConfigurationError"
    assert "cannot be written below" in outcome["message"]
    assert "ephemeral storage" in outcome["message"]
    assert not _leftovers(life)
    assert "held_until" not in resources.item()
    assert world.killable.run(Job(home=tmp_path / "after", environment=environment))["caught_up"]
    assert not world.differences(resources.parts())


def _killed_everywhere(world: KillWorld, boundaries: list[str], tmp_path: Path) -> Iterator[Case]:
    """One exporter for each boundary, whose first run dies there.

    As time goes on, a run may come to more boundaries than the first one did (more of what it
    reaches is past the overlap): the numbers end where a run has come to its end.
    """

    def begun(number: int) -> tuple[Resources, Job]:
        own = world.resources(f"killed-{number:03}")
        environment = world.environment(own)
        home = tmp_path / own.name / "killed"
        return own, Job(home=home, environment=environment, limit=_LIMIT, at=number)

    known = [begun(number) for number in range(len(boundaries))]
    lives = world.killable.run_all(job for _, job in known)
    for (own, _), life in zip(known, lives, strict=True):
        assert life.code == -signal.SIGKILL, f"{own.name} lived: {life.outcome()}"
        yield Case(own, life)
    for number in count(len(boundaries)):
        own, job = begun(number)
        life = world.killable.begin(job)
        if life.wait() == 0:
            break
        yield Case(own, life)


def _judged(world: KillWorld, case: Case) -> Job:
    """Look at what the dead run left, wait until Lambda would have ended it, and go on."""
    case.wrong += _open_to_others(case.killed)
    position = case.resources.checkpoint().position  # read first: what it says is stored by then
    case.parts = case.resources.parts()
    case.wrong += _lost(world, position, case.parts)
    held_until = case.resources.item().get("held_until", "")
    wait_for(
        "the end of the lease",
        lambda: held_until < iso_instant(datetime.now(UTC)),
        within=2 * _LIMIT,
    )
    return case.next_run(world)


def _aftermath(world: KillWorld, case: Case, life: Life) -> list[str]:
    """What is wrong after the next run."""
    resources = case.resources
    wrong = [f"{name} was not swept" for name in _leftovers(life)]
    if not life.report()["caught_up"]:
        wrong.append("the next run did not catch up")
    parts = resources.parts()
    if not world.undated <= {record["MessageGuid"] for record in records_of(parts)}:
        # A sweep that cannot end is not to be tried by every run, so it is noted first: what it
        # would have found waits for the next hour.
        resources.set_item(swept=iso_instant(_this_hour() - _HOUR))
        world.killable.run(case.next_run(world, "in-an-hour"))
        parts = resources.parts()
    wrong += [f"{key} changed" for key, body in case.parts.items() if parts.get(key) != body]
    item = resources.item()
    if "position" not in item or "held_until" in item:
        wrong.append(f"the checkpoint is {item}")
    wrong += _lost(world, resources.checkpoint().position, parts)
    return wrong + world.differences(parts)


def _lost(world: KillWorld, position: datetime | None, parts: dict[str, bytes]) -> list[str]:
    lost = world.lost_below(position, records_of(parts))
    return [f"{guid} is behind the position and not stored" for guid in lost]


def _this_hour() -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def _open_to_others(life: Life) -> list[str]:
    """What a dead run left that somebody else could read."""
    return [
        f"{path} is open to others"
        for path in life.temporary.rglob("*")
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


def _leftovers(life: Life) -> list[str]:
    """What is left of the certificate's files.

    Python tries out by an empty file whether a directory can be written; nothing is in it.
    """
    return [
        str(path)
        for path in life.temporary.rglob("*")
        if path.is_dir() or path.read_bytes() not in {b"", b"blat"}
    ]
