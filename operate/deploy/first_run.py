"""The first run of a stack that was just deployed: waited for, and shown."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from operate.account import asking
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from operate.voice import Voice

type Report = dict[str, Any]

_LOOK_EVERY_SECONDS = 3.0
_MARGIN = timedelta(minutes=17)  # a run may take 15 minutes, a log line some seconds more
_MOST_PARTS = 5


def await_first_run(
    stack: Deployed, since: datetime, voice: Voice, *, within: timedelta | None = None
) -> Report:
    """Wait for the report of a scheduled run that ended after ``since``.

    Args:
        within: How long to wait; None for the schedule's interval and the longest run.

    Raises:
        StoppedError: None came, or run after run fails; the message has the newest error.
    """
    longest = within or interval_of(stack.parameters.get("ScheduleExpression", "")) + _MARGIN
    ends = time.monotonic() + longest.total_seconds()
    group = _log_group(stack)
    said = 0
    while True:
        lines = list(_lines(stack, group, since))
        reports = [each["report"] for each in lines if each.get("message") == "run ended"]
        scheduled = [
            each for each in reports if each.get("purpose") == "scheduled" and each.get("since")
        ]
        if scheduled:
            return dict(scheduled[0])
        errors = [each for each in lines if each.get("errorType")]
        if len(errors) > said:
            said = len(errors)
            voice.progress(f"a run failed: {_told(errors[-1])}")
        if time.monotonic() > ends:
            reason = f"; the newest error: {_told(errors[-1])}" if errors else ""
            raise StoppedError(
                f"no run has ended well within {longest.total_seconds() / 60:.0f} minutes{reason}; "
                f"make doctor STACK={stack.name} says what is wrong",
                Ending.FAULT,
            )
        time.sleep(_LOOK_EVERY_SECONDS)


def interval_of(expression: str) -> timedelta:
    """How long a schedule waits between two runs; an hour for what is no plain rate."""
    words = expression.removeprefix("rate(").removesuffix(")").split()
    if not expression.startswith("rate(") or len(words) != 2 or not words[0].isdigit():
        return timedelta(hours=1)
    unit = timedelta(hours=1) if words[1].startswith("hour") else timedelta(minutes=1)
    return int(words[0]) * unit


def show_arrived(stack: Deployed, report: Report, voice: Voice) -> None:
    """Show people what the first run brought."""
    statuses = ", ".join(f"{count:,} {name}" for name, count in report["by_status"].items())
    voice.table(
        "The first run",
        [
            ("from", str(report["since"])),
            ("to", str(report["until"])),
            ("rows read", f"{report['rows_read']:,} in {report['requests']:,} requests"),
            ("versions stored", f"{report['versions_stored']:,}: {statuses or 'none'}"),
            ("archived up to", str(report["position"])),
            (
                "caught up",
                "yes" if report["caught_up"] else "not yet: the next runs go on from there",
            ),
        ],
        header=("", ""),
    )
    parts = report["parts"]
    for key in parts[:_MOST_PARTS]:
        voice.say(f"s3://{stack.outputs['ArchiveBucket']}/{key}")
    if len(parts) > _MOST_PARTS:
        voice.say(f"... and {len(parts) - _MOST_PARTS:,} parts more")


def protect_table(stack: Deployed) -> str:
    """Switch the table's protection from deletion on; say so.

    Not in the template: there it would keep a first deployment that fails from rolling back.
    """
    name = stack.outputs["CheckpointTable"]
    with asking("dynamodb:UpdateTable", f"protect the table {name} from deletion"):
        client = stack.account.client("dynamodb")
        table = client.describe_table(TableName=name)["Table"]
        if not table.get("DeletionProtectionEnabled"):
            client.update_table(TableName=name, DeletionProtectionEnabled=True)
    return f"the table {name} is protected from deletion"


def _log_group(stack: Deployed) -> str:
    name = stack.outputs["ExporterFunction"]
    with asking("lambda:GetFunctionConfiguration", f"find the log of {name}"):
        it = stack.account.client("lambda").get_function_configuration(FunctionName=name)
    return it.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")


def _lines(stack: Deployed, group: str, since: datetime) -> Iterator[dict[str, Any]]:
    """What the function has logged as JSON, oldest first; the log may not be there yet."""
    logs = stack.account.client("logs")
    with asking("logs:FilterLogEvents", f"read the log {group}"):
        try:
            pages = list(
                logs.get_paginator("filter_log_events").paginate(
                    logGroupName=group, startTime=int(since.timestamp() * 1000)
                )
            )
        except logs.exceptions.ResourceNotFoundException:
            pages = []
    events = [event for page in pages for event in page["events"]]
    for event in sorted(events, key=lambda each: each.get("timestamp", 0)):
        for line in event.get("message", "").splitlines():
            try:
                fields = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(fields, dict):
                yield fields


def _told(error: dict[str, Any]) -> str:
    return f"{error['errorType']}: {error.get('errorMessage', '')}"
