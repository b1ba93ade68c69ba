"""What an installation does all day, and what it does in an emergency: no races, but measures.

Each gives the same kind of result as a race, so tables and bounds need to know no difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from statistics import median
from typing import Any, Final

from mpl_export.instants import iso_instant
from operate.sap_tenant.moments import utc_now
from tests.bench.contenders import EXPORTER, exporter_environment, start_exporter
from tests.bench.failed_part import failed_part, told_of
from tests.bench.races import AWS_SECONDS, DAY, MONTH, TENANT_SECONDS, Result, run_once
from tests.bench.world import BUCKET, PROJECT, Client, Load, Used, World

TICKS: Final = 12
_QUIET: Final = Load(2_000, DAY)
_OLD_YEARS: Final = 10
_FAILURES: Final = 10_000
_COLD_STARTS: Final = 5
_ARTEFACT: Final = PROJECT / ".aws-sam/build"

type Chore = Callable[[World, int], Iterator[Result]]


def quiet(world: World, round_: int, *, years: int = 0) -> Iterator[Result]:
    """A tick of a warm container that finds nothing new: the median of a dozen."""
    world.hold(_QUIET, ["selected"])
    world.begin()
    if years:
        world.aws("age", tenant="bench", years=years)
    ticks, requests, calls = [], [], []
    with start_exporter(world) as client:
        client.ask({})
        for _ in range(TICKS):
            world.count()
            ticks.append(client.ask({}))
            requests.append(world.tenant("tell")["asked"])
            calls.append(world.aws("tell")["calls"])
            report = ticks[-1]["report"]
            if not report["caught_up"] or report["versions_stored"]:
                raise RuntimeError(f"this was no quiet tick: {report}")
        used = client.end()
    typical = sorted(range(TICKS), key=lambda at: ticks[at]["cpu"])[TICKS // 2]
    yield _result(
        "quiet_old" if years else "quiet",
        round_,
        used,
        world,
        cpu=median(tick["cpu"] for tick in ticks),
        wall=median(tick["wall"] for tick in ticks),
        requests=requests[typical],
        calls=calls[typical],
    )


def quiet_old(world: World, round_: int) -> Iterator[Result]:
    """The same after ten years."""
    return quiet(world, round_, years=_OLD_YEARS)


def again(world: World, round_: int, *, rows: int = 100_000) -> Iterator[Result]:
    """Export a month that is exported already: nothing is stored, by as few calls as can be."""
    world.hold(Load(rows, MONTH), ["selected"])
    run_once(world, "again", EXPORTER, round_)
    yield _span(world, "again", round_, purpose="backfill")


def reconcile(world: World, round_: int) -> Iterator[Result]:
    """Read two days of 100,000 logs each again, with nothing late, from far away."""
    world.hold(Load(200_000, 2 * DAY), ["selected"])
    run_once(world, "reconcile", EXPORTER, round_)
    far = Load(200_000, 2 * DAY, TENANT_SECONDS, AWS_SECONDS)
    yield _span(world, "reconcile", round_, purpose="reconcile", load=far)


def cold(world: World, round_: int) -> Iterator[Result]:
    """A cold tick that finds nothing new, from far away: a whole process."""
    world.hold(_QUIET, ["selected"])
    run_once(world, "cold", EXPORTER, round_)
    world.count(TENANT_SECONDS, AWS_SECONDS)
    with start_exporter(world) as client:
        answer = client.ask({})
        used = client.end()
    yield _result("cold", round_, used, world, more={"handler_wall": answer["wall"]})


def imports(world: World, round_: int) -> Iterator[Result]:
    """Import the handler from the artefact, and what it cannot do without, in turns."""
    layer, function = _ARTEFACT / "DependenciesX86/python", _ARTEFACT / "Exporter"
    if not layer.is_dir():
        raise RuntimeError(f"there is no {layer}: make build")
    world.hold(_QUIET, ["selected"])
    world.begin()
    environment = {
        **exporter_environment(world),
        "PYTHONPATH": f"{function}:{layer}",
        "PYTHONDONTWRITEBYTECODE": "1",  # as in Lambda, whose file system is read-only
    }
    programs = {"handler": "mpl_export.exporter.handler", "least": "boto3, requests"}
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    used = None
    for _ in range(_COLD_STARTS + 1):
        for name, modules in programs.items():
            script = world.folder / f"import_{name}.py"
            script.write_text(f"import {modules}\n")
            with Client.start(world, script, [], environment, options=["-S"]) as client:
                used = client.end()
            seconds[name].append(used.cpu)
    assert used is not None
    medians = {name: median(some[1:]) for name, some in seconds.items()}
    ratio = medians["handler"] / medians["least"]
    yield _result(
        "imports",
        round_,
        replace(used, cpu=medians["handler"], wall=medians["handler"]),
        world,
        more={"least_cpu": medians["least"], "ratio": ratio},
    )


def notifier(world: World, round_: int) -> Iterator[Result]:
    """Tell of 10,000 failures in one part, on one core, with AWS 30 ms away."""
    world.hold(_QUIET, ["selected"])
    world.begin()
    key, body = failed_part("bench", _FAILURES, utc_now())
    file = world.folder / "part"
    file.write_bytes(body)
    world.aws("put_file", name=f"{BUCKET}/{key}", file=str(file))
    world.count(0.0, AWS_SECONDS)
    topic = "arn:aws:sns:eu-central-1:000000000000:bench"
    with Client.start(
        world,
        PROJECT / "tests/bench/exporter_process.py",
        ["mpl_export.notifier.handler"],
        exporter_environment(world, ALERT_TOPIC=topic, AWS_LAMBDA_FUNCTION_NAME="notifier"),
    ) as client:
        os.sched_setaffinity(client.process.pid, {min(os.sched_getaffinity(0))})
        answer = client.ask(told_of(BUCKET, key))
        used = client.end()
    told = world.aws("tell")
    if answer["report"]["batchItemFailures"] or told["events"] != _FAILURES:
        raise RuntimeError(f"not all was told: {answer}, {told}")
    yield _result(
        "notifier",
        round_,
        used,
        world,
        contender="notifier",
        cpu=answer["cpu"],
        wall=answer["wall"],
        more={"digests": told["published"]},
    )


def _span(
    world: World, scenario: str, round_: int, *, purpose: str, load: Load | None = None
) -> Result:
    """Export a span that is in the archive."""
    if load is not None:
        world.count(load.page_delay, load.aws_delay)
    else:
        world.count()
    bounds = {"since": iso_instant(world.since), "until": iso_instant(world.until)}
    with start_exporter(world) as client:
        answer = client.ask({**bounds, "purpose": purpose})
        used = client.end()
    report = answer["report"]
    if not report["caught_up"] or report["versions_stored"]:
        raise RuntimeError(f"something was stored twice, or is missing: {report}")
    return _result(scenario, round_, used, world)


def _result(
    scenario: str,
    round_: int,
    used: Used,
    world: World,
    *,
    contender: str = "exporter",
    **values: object,
) -> Result:
    """What was measured; what is not given is that of the whole process."""
    tenant, aws = world.tenant("tell"), world.aws("tell")
    there = world.aws("look", bucket=BUCKET)
    measured: dict[str, Any] = {
        "cpu": used.cpu,
        "wall": used.wall,
        "requests": tenant["asked"],
        "calls": aws["calls"],
        **values,
    }
    return Result(
        scenario=scenario,
        contender=contender,
        round=round_,
        peak_mb=used.peak_mb,
        objects=there["objects"],
        bytes=there["bytes"],
        lines=there["lines"],
        tenant_cpu=0.0,
        most_requests=tenant["most_at_once"],
        most_calls=aws["most_at_once"],
        **measured,
    )


CHORES: Final[dict[str, Chore]] = {
    chore.__name__: chore for chore in (quiet, quiet_old, again, reconcile, cold, imports, notifier)
}
