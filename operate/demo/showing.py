"""What there is to see of a stack after its runs, as text."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

    from operate.demo.narrator import Narrator
    from operate.emulated.emf_bridge import EmfBridge
    from operate.emulated.mailbox import Mailbox
    from operate.emulated.stack import Json, Stack

_PARTS_SHOWN: Final = 8
_RECORDS_SHOWN: Final = 3
_DIGEST_SHOWN: Final = 18  # lines
_VALUE_SHOWN: Final = 150  # characters
_PROPERTIES_SHOWN: Final = (
    "Version",
    "MessageGuid",
    "Status",
    "LogStart",
    "LogEnd",
    "IntegrationArtifact",
    "Sender",
    "Receiver",
    "ErrorText",
)


def show_report(narrator: Narrator, report: Json) -> None:
    """Print a run's report, member by member."""
    for name, value in report.items():
        if name == "parts" and isinstance(value, list):
            narrator.fact(name, f"{len(value)} objects")
        elif isinstance(value, dict):
            narrator.fact(name, ", ".join(f"{key} {count}" for key, count in value.items()))
        elif value not in ([], None):
            narrator.fact(name, value)
    more = report["versions_stored"] - report["rows_read"]
    if more > 0:
        narrator.say(
            f"(stored are {more:,} more than the span had rows: logs without dates are in no span;"
            " once an hour a run looks for them, and for all that are open, by their status)"
        )


def show_archive(narrator: Narrator, stack: Stack) -> None:
    """Print the archive's objects and some records, a failed one among them if there is one."""
    keys = stack.keys()
    parts = stack.parts()
    narrator.heading(f"The archive: s3://{stack.bucket}/")
    rows = []
    for key in [key for key in keys if key not in parts] + parts[-_PARTS_SHOWN:]:
        size = stack.aws.client("s3").head_object(Bucket=stack.bucket, Key=key)["ContentLength"]
        rows.append((key, size, "bytes"))
    narrator.table(rows)
    if len(parts) > _PARTS_SHOWN:
        narrator.say(f"(the newest {_PARTS_SHOWN} of {len(parts)} parts)")

    records = list(stack.records())
    narrator.heading(f"Records: {len(records):,} lines in all, for example")
    by_status = Counter(str(record.get("Status")) for record in records)
    failed = [record for record in records if record.get("Status") == "FAILED"]
    newest = [*failed[-1:], *reversed(records)]
    for record in list({record["Version"]: record for record in newest}.values())[:_RECORDS_SHOWN]:
        for name in _PROPERTIES_SHOWN:
            if record.get(name) is not None:
                narrator.fact(f"  {name}" if name != "Version" else name, _shown(record[name]))
    narrator.heading("All records by status")
    narrator.say(", ".join(f"{status} {count:,}" for status, count in by_status.most_common()))
    repeated = len(records) - len({record["Version"] for record in records})
    narrator.expect(repeated == 0, "no version of a log is there twice")
    stored = sum(report["versions_stored"] for report in stack.reports())
    narrator.expect(
        len(records) == stored, f"the archive holds the {stored:,} versions that the runs stored"
    )


def _shown(value: object) -> str:
    """Write a value of a record on a line or two."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return textwrap.shorten(text, _VALUE_SHOWN, placeholder=" ...")


@dataclass(slots=True)
class _Summary:
    """What was logged of one metric in all runs together."""

    values: list[float] = field(default_factory=list)
    latest: datetime | None = None


def show_metrics(narrator: Narrator, bridge: EmfBridge) -> None:
    """Print what the runs logged as metrics."""
    narrator.heading("Metrics, as the runs logged them")
    summaries: dict[str, _Summary] = {}
    for datum in bridge.carried:
        summary = summaries.setdefault(datum.name, _Summary())
        summary.values += datum.values
        summary.latest = datum.at
    narrator.table(
        [
            ("metric", "data", "smallest", "greatest", "newest", "at (UTC)"),
            *(
                (
                    name,
                    len(summary.values),
                    min(summary.values),
                    max(summary.values),
                    summary.values[-1],
                    f"{summary.latest:%H:%M:%S}",
                )
                for name, summary in sorted(summaries.items())
            ),
        ]
    )
    narrator.expect(summaries, "the runs logged metrics")


def show_alarms(narrator: Narrator, stack: Stack, mailbox: Mailbox) -> set[str]:
    """Print the alarms, why they fire and what a subscriber got.

    Returns:
        The metrics whose alarms fire and were delivered.
    """
    narrator.heading("Alarms")
    alarms = stack.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    narrator.table((alarm["StateValue"], _purpose_of(alarm)) for alarm in alarms)
    firing = [alarm for alarm in alarms if alarm["StateValue"] == "ALARM"]
    for alarm in firing:
        narrator.say(f"{alarm['MetricName']} fires: {alarm['StateReason']}", hanging=2)
    narrator.heading("What the topic delivered to its subscriber")
    delivered = set()
    for message in mailbox.read():
        narrator.say(message.subject)
        alert = message.alarm()
        if alert is None:
            _show_digest(narrator, message.text)
            continue
        for name in ("AlarmDescription", "NewStateReason"):
            narrator.say(f"  {alert.get(name)}", hanging=4)
        if alert.get("NewStateValue") == "ALARM":
            delivered.add(alert["Trigger"]["MetricName"])
    if not mailbox.messages:
        narrator.say("nothing")
    return delivered & {alarm["MetricName"] for alarm in firing}


def _show_digest(narrator: Narrator, text: str) -> None:
    """Print the head of a digest: whoever sees all of the first one sees nothing else."""
    lines = text.splitlines()
    for line in lines[:_DIGEST_SHOWN]:
        narrator.say(f"  {line}")
    more = len(lines) - _DIGEST_SHOWN
    if more > 0:
        narrator.say(f"  (and {more} lines more)")


def _purpose_of(alarm: MetricAlarmTypeDef) -> str:
    """Give the first sentence of an alarm's description: what it is about."""
    return alarm["AlarmDescription"].partition(". ")[0]
