"""Results as a table, and as a file that says on what machine and of what they were measured."""

from __future__ import annotations

import json
import os
import platform
import ssl
import subprocess
import zlib
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests.bench.world import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.bench.races import Result
    from tests.bench.targets import Judged

_MEASURES: Final = ("cpu", "wall", "peak_mb", "tenant_cpu")
_PACKAGES: Final = ("boto3", "botocore", "orjson", "requests", "urllib3", "cryptography")

type Medians = dict[tuple[str, str], dict[str, Any]]
"""By scenario and contender."""


def medians_of(results: Iterable[Result]) -> Medians:
    """Give the medians of all rounds; what is counted is that of the last one."""
    grouped: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        grouped[result.scenario, result.contender].append(result)
    medians: Medians = {}
    for group, some in grouped.items():
        last = some[-1]
        row: dict[str, Any] = {name: median(getattr(it, name) for it in some) for name in _MEASURES}
        row["spread"] = {
            name: (min(getattr(it, name) for it in some), max(getattr(it, name) for it in some))
            for name in _MEASURES
        }
        row |= {
            "rounds": len(some),
            "requests": sum(last.requests.values()),
            "calls": sum(last.calls.values()),
            "by_call": last.calls,
            "objects": last.objects,
            "bytes": last.bytes,
            "more": {
                name: median(it.more[name] for it in some if name in it.more) for name in last.more
            },
        }
        medians[group] = row
    return medians


def table_of(medians: Medians) -> str:
    """Give a table for people."""
    lines = [
        (
            f"{'scenario':<12}{'contender':<14}{'CPU s':>8}{'wall s':>8}{'MB':>6}"
            f"{'requests':>10}{'AWS':>7}{'parts':>7}{'MB kept':>9}  other"
        )
    ]
    for (scenario, contender), row in medians.items():
        other = " ".join(f"{name}={value:.6g}" for name, value in row["more"].items())
        lines.append(
            f"{scenario:<12}{contender:<14}{row['cpu']:>8.2f}{row['wall']:>8.2f}"
            f"{row['peak_mb']:>6.0f}{row['requests']:>10,}{row['calls']:>7,}{row['objects']:>7,}"
            f"{row['bytes'] / 1e6:>9.2f}  {other}"
        )
    return "\n".join(lines)


def markdown_of(medians: Medians, verdicts: Iterable[Judged], told: dict[str, Any]) -> str:
    """Give the two tables of ``docs/performance.md``."""
    lines = [
        "| scenario | who | CPU s | s | MB of memory | requests | AWS calls | parts | MB kept |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (scenario, contender), row in medians.items():
        lines.append(
            f"| `{scenario}` | {contender} | {row['cpu']:.2f} | {row['wall']:.2f} "
            f"| {row['peak_mb']:.0f} | {row['requests']:,} | {row['calls']:,} "
            f"| {row['objects']:,} | {row['bytes'] / 1e6:.1f} |"
        )
    lines += ["", "| target | reached | allowed | |", "|---|---|---|---|"]
    for it in verdicts:
        mark = "ok" if it.met else "**missed**"
        lines.append(f"| {it.target.text} | {it.value:,.4g} | {it.target.bound:,.4g} | {mark} |")
    on = told["machine"]
    lines += [
        "",
        (
            f"{told['began'][:16].replace('T', ' ')} UTC, {on['cpu']}, {on['cores']} cores, "
            f"Python {on['python']}, commit `{on['commit']}`, load {on['load'][0]:.1f}"
        ),
    ]
    return "\n".join(lines) + "\n"


def machine() -> dict[str, Any]:
    """Say on what and of what was measured."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "packages": {name: version(name) for name in _PACKAGES},
        "commit": commit.stdout.strip(),
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def write_json(file: Path, results: Iterable[Result], told: dict[str, Any]) -> None:
    """Write everything, so that others can judge."""
    content = {**told, "results": [result.as_json() for result in results]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1) + "\n")
