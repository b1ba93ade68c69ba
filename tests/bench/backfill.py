"""A month of 1,000,000 logs through the real state machine on the emulator, twice.

``python -m tests.bench.backfill`` (a quarter of an hour; no part of ``make bench``, which needs no
emulator).  Scheduled runs go on beside it; the second execution finds everything there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import orjson

from mpl_export.instants import iso_instant
from operate.emulated import sam
from operate.emulated.deployment import deploy_stack
from operate.emulated.emulator import PROJECT, Emulator
from operate.sap_tenant.bulk_rows import hash_of
from operate.sap_tenant.moments import utc_now
from operate.sap_tenant.orders import Service

if TYPE_CHECKING:
    from operate.emulated.stack import Json, Stack

_BITS: Final = 64
_MONTH: Final = timedelta(days=30)
_LOOK_SECONDS: Final = 2.0


class Peaks:
    """The largest resident memory of each process of the emulator's group, sampled."""

    def __init__(self, group: int) -> None:
        self._group = group
        self.mb: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            for folder in Path("/proc").glob("[0-9]*"):
                pid = int(folder.name)
                try:
                    group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
                    if group != self._group or pid == self._group:
                        continue
                    status = (folder / "status").read_text()
                except (OSError, IndexError):
                    continue  # it has ended meanwhile
                for line in status.splitlines():
                    if line.startswith("VmHWM:"):
                        self.mb[pid] = max(self.mb.get(pid, 0.0), int(line.split()[1]) / 1024)


def main() -> None:
    """Measure, and print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    template = sam.local_template(PROJECT / ".aws-sam" / "build" / "template.yaml")
    with Service.start("operate.sap_tenant.bulk") as tenant, Emulator.start() as aws:
        told = tenant("key")
        until = utc_now()
        held = tenant(
            "hold",
            rows=rows,
            since=(until - _MONTH).isoformat(),
            until=until.isoformat(),
            shown=["selected"],
        )
        stack = deploy_stack(
            aws,
            template,
            tenant="bulk",
            parameters={
                "ScheduleExpression": "rate(1 minute)",
                "StartFrom": "P2D",
                "TenantCaPem": told["ca_pem"],
            },
        )
        stack.put_service_key(json.dumps(told["service_key"]))
        span = {"since": iso_instant(until - _MONTH), "until": iso_instant(until)}
        measured: list[Json] = []
        for name in ("first", "again"):
            tenant("begin", delay=0.0)
            parts = set(stack.parts())
            with Peaks(aws.pid) as peaks:
                output = _execute(stack, span)
            asked = tenant("tell")
            measured.append(
                {
                    "execution": name,
                    **output,
                    "tenant_asked": asked["asked"],
                    "most_at_once": asked["most_at_once"],
                    "new_parts": len(set(stack.parts()) - parts),
                    "peak_mb_of_each_process": sorted(round(each) for each in peaks.mb.values()),
                }
            )
            _tell(measured[-1])
        truth = _truth(stack, rows, held["guids_sum"])
        scheduled = [each for each in stack.reports() if each["purpose"] == "scheduled"]
        by_schedule = sum(each["versions_stored"] for each in scheduled)
        _tell({**truth, "scheduled_runs": len(scheduled), "stored_by_them": by_schedule})
        sys.exit(0 if truth["equal"] and not measured[1]["new_parts"] else 1)


def _tell(result: Json) -> None:
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


def _execute(stack: Stack, span: dict[str, str]) -> dict[str, Any]:
    machine = stack.aws.client("stepfunctions")
    arn = machine.start_execution(
        stateMachineArn=stack.outputs["BackfillStateMachine"], input=json.dumps(span)
    )["executionArn"]
    while (described := machine.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(_LOOK_SECONDS)
    if described["status"] != "SUCCEEDED":
        raise SystemExit(f"{described['status']}: {described.get('cause')}")
    output: dict[str, Any] = json.loads(described["output"])
    return output


def _truth(stack: Stack, rows: int, guids_sum: int) -> dict[str, Any]:
    """Compare the archive with the tenant: by number, by the sum of ids, and none twice."""
    versions: set[bytes] = set()
    guids = 0
    records = 0
    s3 = stack.aws.client("s3")
    for key in stack.parts():
        body = gzip.decompress(s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read())
        for line in body.splitlines():
            record = orjson.loads(line)
            records += 1
            versions.add(bytes.fromhex(record["Version"]))
            guids = (guids + hash_of(record["MessageGuid"].encode())) % (1 << _BITS)
    return {
        "records": records,
        "twice": records - len(versions),
        "equal": records == rows == len(versions) and guids == guids_sum,
        "parts": len(stack.parts()),
    }


if __name__ == "__main__":
    main()
