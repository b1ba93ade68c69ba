"""What a backfill takes: minutes and dollars, from what the plan counted and timed."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from mpl_export.instants import parse_instant

PAGE_ROWS = 950
"""What a page brings on the average, as the exporter plans it."""

_CPU_SECONDS_A_ROW = 0.13e-3
"""Of one whole processor; measured (docs/performance.md)."""
_WHOLE_PROCESSOR_MB = 1769
"""So much memory comes with one processor; AWS, "Configure Lambda function memory"."""
_OPENING_SECONDS = 2.0
"""Of each run: key, token, description of the service."""
_USUAL_PAGE_SECONDS = 2.0
"""Where there was no page to time."""

# List prices of us-east-1, without any free tier; the pricing page of each service.
_GB_SECOND = {"x86_64": 0.0000166667, "arm64": 0.0000133334}
_S3_PUT = 0.005e-3
_S3_GET = 0.0004e-3
_TRANSITION = 0.025e-3  # Step Functions, Standard
_TRANSITIONS_A_SLICE = 5
_TRANSITIONS_MORE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What is to be expected.

    Attributes:
        requests: To the tenant, error texts aside: one more for each failed message, 500 a run.
        minutes: By the clock, where the tenant answers several requests as fast as one.
        dollars: What AWS asks for: Lambda, S3 and Step Functions.
    """

    requests: int
    minutes: float
    dollars: float


def estimate(plan: Mapping[str, Any], parameters: Mapping[str, str]) -> Estimate:
    """Estimate what a plan takes.

    Args:
        plan: The function's answer.
        parameters: Those of the stack.
    """
    at_a_time = max(1, min(int(parameters.get("BackfillConcurrency", "2")), len(plan["slices"])))
    memory_mb = int(parameters.get("MemorySize", "1024"))
    threads = plan["threads"]
    page_seconds = plan["page_seconds"] or _USUAL_PAGE_SECONDS
    cpu_share = min(1.0, memory_mb / _WHOLE_PROCESSOR_MB)
    run_seconds = 0.0
    puts = 0
    for each in plan["slices"]:
        rows = each["rows"] or 0
        reading = ceil(rows / PAGE_ROWS) * page_seconds / threads
        working = rows * _CPU_SECONDS_A_ROW / cpu_share
        run_seconds += _OPENING_SECONDS + max(reading, working)
        puts += min(rows, _hours(each))
    seconds = run_seconds / at_a_time
    transitions = len(plan["slices"]) * _TRANSITIONS_A_SLICE + _TRANSITIONS_MORE
    dollars = (
        run_seconds * memory_mb / 1024 * _GB_SECOND[parameters.get("Architecture", "x86_64")]
        + puts * (_S3_PUT + _S3_GET)
        + transitions * _TRANSITION
    )
    return Estimate(requests=plan["requests"], minutes=seconds / 60, dollars=dollars)


def _hours(each: Mapping[str, Any]) -> int:
    """How many windows a slice touches: each gets a part at least, if it holds a row."""
    since, until = parse_instant(each["since"]), parse_instant(each["until"])
    return ceil((until - since).total_seconds() / 3600) + 1
