"""How much memory the exporter takes: per id of a window that it holds, and at its peak.

``PYTHONPATH=.:functions .venv/bin/python -m tests.bench.bench_memory [rows]`` prints numbers and
judges nothing: they depend on the machine's allocator.  Needs the emulated AWS.
"""

# ruff: noqa: T201 - it prints for people

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from mpl_export.archive.held import HeldVersions
from mpl_export.instants import iso_instant
from mpl_export.model import WINDOW, window_of
from operate.emulated.emulator import PROJECT, Emulator
from operate.sap_tenant import Fault, SapTenant
from operate.sap_tenant.moments import utc_now
from tests.support.exporter.exporter_resources import Resources

if TYPE_CHECKING:
    from collections.abc import Mapping

_IDS: Final = 400_000
_ROWS: Final = 40_000
_FAT_ROWS: Final = 12_000
_FAT_BYTES: Final = 14_500
_LAMBDA_MB: Final = 1024
"""The template's default."""

_RUN: Final = "a run"


def main(arguments: list[str]) -> None:
    """Measure, and print."""
    if arguments == [_RUN]:
        _run_once()
        return
    rows = int(arguments[0]) if arguments else _ROWS
    per_id = bytes_per_id()
    print(f"{per_id:.0f} bytes per id that is held ({_IDS:,} ids of one window)")
    idle, first, again = peaks(rows)
    print(f"{idle:.0f} MB at the peak of a run that finds nothing")
    print(f"{first:.0f} MB at the peak of a run that stores one window of {rows:,} rows")
    print(f"{again:.0f} MB at the peak of a cold run that finds all {rows:,} stored")
    print(f"{largest_pages():.0f} MB at the peak of a run that reads pages near the bound of size")
    room = (_LAMBDA_MB - max(idle, again)) * 2**20
    print(
        f"{room / per_id / 1e6:.1f} million more ids of one window would fit {_LAMBDA_MB} MB; "
        "beyond that Lambda kills the run (Runtime.ExitError), and the alarm on errors fires"
    )


def bytes_per_id() -> float:
    """What an id of a window costs while it is held."""
    ids = [os.urandom(16) for _ in range(_IDS)]
    held = HeldVersions()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    held.part_read(0, ids)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(held)


def peaks(rows: int) -> tuple[float, float, float]:
    """Megabytes at the peak of three cold runs: nothing there, one full window, all known."""
    tenant = SapTenant(seed=17)
    window = window_of(utc_now()) - 2 * WINDOW
    with Emulator.start() as aws, tenant.serve() as server:
        key = json.dumps(server.service_key())
        settings = {
            "TENANT_CA_PEM": server.ca_pem,
            "START_FROM": iso_instant(window - timedelta(minutes=1)),
        }
        idle = _peak(Resources.make(aws, "idle", key).environment(settings))
        tenant.populate(rows, window, window + WINDOW)
        resources = Resources.make(aws, "full", key)
        first = _peak(resources.environment(settings))
        position = iso_instant(window)
        resources.set_item(position=position, reached=position)  # as if it had not been committed
        again = _peak(resources.environment(settings))
        return idle, first, again


def largest_pages() -> float:
    """Megabytes at the peak of a run whose threads read pages of 15 MB at once, for a day."""
    tenant = SapTenant(seed=19)
    # Without counts a long span is cut evenly, so a thread reads each quarter of the day.
    tenant.faults.add(Fault(kind="status", status=500, match="$count", times=None))
    now = utc_now()
    for number in range(_FAT_ROWS):
        end = now - timedelta(days=number / _FAT_ROWS)
        tenant.add(log_end=end, Sender="x" * _FAT_BYTES)
    with Emulator.start() as aws, tenant.serve() as server:
        resources = Resources.make(aws, "fat", json.dumps(server.service_key()))
        return _peak(resources.environment({"TENANT_CA_PEM": server.ca_pem, "START_FROM": "P1D"}))


def _peak(environment: Mapping[str, str]) -> float:
    """Run the handler in a process of its own; give the megabytes that it held at most."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_memory", _RUN],
        env={**environment, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'functions'}"},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    told = json.loads(answer.splitlines()[-1])
    print(f"  {told['rows']:,} rows read, {told['stored']:,} stored, {told['seconds']:.1f} s")
    return float(told["kilobytes"]) / 1024


def _run_once() -> None:
    """Be that process."""
    from mpl_export.exporter.handler import handler  # noqa: PLC0415 - its memory is measured
    from tests.support.kills.killable_runs_process import Context  # noqa: PLC0415

    begun = monotonic()
    report = handler({}, Context("bench", begun + 900))  # type: ignore[arg-type]
    # Not getrusage: what it tells begins with the memory of the process that started this one.
    status = Path("/proc/self/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    print(
        json.dumps(
            {
                "kilobytes": int(kilobytes),
                "rows": report["rows_read"],
                "stored": report["versions_stored"],
                "seconds": monotonic() - begun,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
