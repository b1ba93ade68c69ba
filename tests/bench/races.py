"""Whole processes side by side: the same load for each contender, alternating, round by round."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.bench.contenders import EXPORTER, FLOOR, FLOOR_WHOLE, Contender
from tests.bench.world import BUCKET, Load, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DAY: Final = timedelta(days=1)
MONTH: Final = timedelta(days=29.75)
"""A first run begins 30 days before it; the rest is what the tenant had not shown yet."""

TENANT_SECONDS: Final = 0.2
AWS_SECONDS: Final = 0.03
WITH_FLOOR: Final = (FLOOR, EXPORTER)


@dataclass(frozen=True, slots=True)
class Race:
    """A load, and who runs.

    Attributes:
        peers: Whether other people's exporters run, too, where they are installed.
    """

    name: str
    title: str
    load: Load
    contenders: tuple[Contender, ...] = WITH_FLOOR
    peers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one contender took once.

    Attributes:
        cpu, wall: Seconds of the whole process.
        peak_mb: Its largest resident memory.
        requests: To the tenant, by kind.
        calls: Of AWS, by operation.
        objects, bytes, lines: What lies in the bucket afterwards; all of it was verified.
        tenant_cpu: Seconds that the tenant's process took: far less, or it was what was measured.
        most_requests: The most requests to the tenant at the same time.
        most_calls: The most calls of AWS at the same time.
        more: What only some scenarios measure.
    """

    scenario: str
    contender: str
    round: int
    cpu: float
    wall: float
    peak_mb: float
    requests: dict[str, int]
    calls: dict[str, int]
    objects: int
    bytes: int
    lines: int
    tenant_cpu: float
    most_requests: int
    most_calls: int
    more: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give a plain form."""
        return asdict(self)


RACES: Final = (
    Race("day", "100,000 logs of one day", Load(100_000, DAY), (*WITH_FLOOR, FLOOR_WHOLE), True),
    Race("month", "100,000 logs of 30 days", Load(100_000, MONTH), peers=True),
    Race(
        "day_far",
        "100,000 logs of one day, 200 ms a page, 30 ms an AWS call",
        Load(100_000, DAY, TENANT_SECONDS, AWS_SECONDS),
    ),
    Race(
        "month_far",
        "100,000 logs of 30 days, 200 ms a page, 30 ms an AWS call",
        Load(100_000, MONTH, TENANT_SECONDS, AWS_SECONDS),
    ),
    Race("month_300k", "300,000 logs of 30 days", Load(300_000, MONTH), (EXPORTER,)),
    Race("million", "1,000,000 logs of 30 days", Load(1_000_000, MONTH), (EXPORTER,)),
    Race(
        "window",
        "300,000 logs of ten minutes",
        Load(300_000, timedelta(minutes=10), ends_before=timedelta(hours=1, minutes=2)),
        (EXPORTER,),
    ),
    Race("empty", "a month without a log", Load(0, MONTH), (EXPORTER,)),
)


def run_race(
    world: World, race: Race, contenders: Sequence[Contender], round_: int
) -> Iterator[Result]:
    """Let each contender run once.

    Raises:
        RuntimeError: One failed, or lost or doubled something.
    """
    world.hold(race.load, [contender.form for contender in contenders])
    for contender in contenders:
        yield run_once(world, race.name, contender, round_)


def run_once(world: World, scenario: str, contender: Contender, round_: int) -> Result:
    """Let a contender run, and verify what it left."""
    begun = world.begin()
    used = contender.run(world)
    tenant, aws = world.tenant("tell"), world.aws("tell")
    there = world.aws("look", bucket=BUCKET)
    assert world.load is not None
    if (there["lines"], there["guids_sum"]) != (world.load.rows, world.held["guids_sum"]):
        raise RuntimeError(
            f"{contender.title} left {there['lines']:,} lines of {world.load.rows:,} logs"
            f"{'' if there['lines'] != world.load.rows else ', but of others'}: {aws['calls']}"
        )
    return Result(
        scenario=scenario,
        contender=contender.name,
        round=round_,
        cpu=used.cpu,
        wall=used.wall,
        peak_mb=used.peak_mb,
        requests=tenant["asked"],
        calls=aws["calls"],
        objects=there["objects"],
        bytes=there["bytes"],
        lines=there["lines"],
        tenant_cpu=tenant["cpu"] - begun,
        most_requests=tenant["most_at_once"],
        most_calls=aws["most_at_once"],
    )
