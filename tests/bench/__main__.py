"""``make bench``: the exporter against the floor, and with ``--peers`` against other exporters.

Prints a table, and writes all results below ``.run/bench``.
"""

# ruff: noqa: T201 - it prints for people

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.bench.races import RACES, Result, run_race
from tests.bench.tables import machine, medians_of, table_of, write_json
from tests.bench.world import PROJECT, World

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Measure, and say what was measured."""
    options = _options(arguments)
    races = [race for race in RACES if not options.only or race.name in options.only]
    results: list[Result] = []
    began = datetime.now(UTC)
    with World.open() as world:
        for race in races:
            print(race.title, file=sys.stderr)
            for round_ in range(options.rounds):
                for result in run_race(world, race, race.contenders, round_):
                    results.append(result)
                    print(
                        f"  {result.contender:<12} {result.cpu:7.2f} s CPU {result.wall:7.2f} s"
                        f" {result.peak_mb:5.0f} MB",
                        file=sys.stderr,
                    )
    medians = medians_of(results)
    print(table_of(medians))
    file = PROJECT / f".run/bench/{began:%Y%m%dT%H%M%SZ}.json"
    told = {"began": began.isoformat(), "machine": machine()}
    write_json(file, results, told)
    print(f"\n{file.relative_to(PROJECT)}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="how often each runs (default: %(default)s)")
    add("--only", nargs="*", default=[], help=f"some of: {' '.join(race.name for race in RACES)}")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
