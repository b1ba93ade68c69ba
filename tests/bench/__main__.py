"""``make bench``: the exporter against the floor, and with ``--peers`` against other exporters.

Prints a table, and writes all results below ``.run/bench``.
"""

# ruff: noqa: T201 - it prints for people

from __future__ import annotations

import argparse
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tests.bench.chores import CHORES, Chore
from tests.bench.peers.contenders import PEERS
from tests.bench.races import RACES, Race, Result, run_race
from tests.bench.tables import machine, markdown_of, medians_of, table_of, write_json
from tests.bench.targets import as_json, judged
from tests.bench.world import PROJECT, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(arguments: Sequence[str]) -> None:
    """Measure, and say what was measured."""
    options = _options(arguments)
    results: list[Result] = []
    began = datetime.now(UTC)
    with World.open() as world:
        for name, measure in _scenarios(options.only, peers=options.peers).items():
            print(name, file=sys.stderr)
            for round_ in range(options.rounds):
                for result in measure(world, round_):
                    results.append(result)
                    print(
                        f"  {result.contender:<12} {result.cpu:7.2f} s CPU {result.wall:7.2f} s"
                        f" {result.peak_mb:5.0f} MB",
                        file=sys.stderr,
                    )
    medians = medians_of(results)
    print(table_of(medians))
    verdicts = judged(medians)
    print("\n" + "\n".join(map(str, verdicts)))
    file = PROJECT / f".run/bench/{began:%Y%m%dT%H%M%SZ}.json"
    told = {"began": began.isoformat(), "machine": machine(), "targets": as_json(verdicts)}
    write_json(file, results, told)
    file.with_suffix(".md").write_text(markdown_of(medians, verdicts, told))
    print(f"\n{file.relative_to(PROJECT)}")
    if options.plot_with:
        picture = file.with_suffix(".svg")
        command = [options.plot_with, "-m", "tests.bench.plot", str(file), str(picture)]
        subprocess.run(command, check=True, cwd=PROJECT)
        print(picture.relative_to(PROJECT))


def _scenarios(only: Sequence[str], *, peers: bool = False) -> dict[str, Chore]:
    """All of them, or those that are named."""
    races: dict[str, Chore] = {race.name: partial(_run, race, peers) for race in RACES}
    every = {**races, **CHORES}
    return {name: every[name] for name in every if not only or name in only}


def _run(race: Race, peers: bool, world: World, round_: int) -> Iterator[Result]:  # noqa: FBT001
    contenders = (*race.contenders, *(PEERS if peers and race.peers else ()))
    return run_race(world, race, contenders, round_)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="how often each runs (default: %(default)s)")
    add("--only", nargs="*", default=[], help=f"some of: {' '.join(_scenarios(()))}")
    add("--peers", action="store_true", help="race other people's exporters, too")
    add("--plot-with", help="the interpreter of an environment that draws (default: no picture)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
