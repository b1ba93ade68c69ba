"""What a quiet stack costs a month, line by line, from the template and what the code does.

Quiet: the tenant has nothing new, nothing fails.  What messages cost on top is in docs/cost.md.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.packaging.template import Stack

DAYS: Final = 30
"""Of a month."""

_DAY_SECONDS: Final = 86_400
_UNIT_SECONDS: Final = {"minute": 60, "hour": 3600, "day": _DAY_SECONDS}
CALLS: Final = {
    "dynamodb_GetItem": "table_read",
    "dynamodb_Query": "table_read",
    "dynamodb_UpdateItem": "table_write",
    "s3_GetObject": "s3_get",
    "s3_ListBucket": "s3_list",
    "s3_PutObject": "s3_put",
    "secretsmanager_GetSecretValue": "secret_call",
}
"""By what each call is charged."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill.

    Attributes:
        dollars: A month.
    """

    what: str
    dollars: float


@dataclass(frozen=True, slots=True)
class Prices:
    """What AWS asks for, and what a quiet stack does; the file says in which units."""

    month: Mapping[str, float]
    each: Mapping[str, float]
    exporter: Mapping[str, float]
    notifier: Mapping[str, float]
    polling: Mapping[str, float]
    part: Mapping[str, float]
    message: Mapping[str, float]

    @classmethod
    def read(cls) -> Prices:
        """Read the file beside this one."""
        found: dict[str, Any] = tomllib.loads(Path(__file__).with_name("prices.toml").read_text())
        return cls(**found)


def lines(stack: Stack, metric_hours: Mapping[str, int], prices: Prices) -> list[Line]:
    """Add up what a stack costs a month.

    Args:
        metric_hours: In how many hours of a day each metric of ours has values.
    """
    found = [*_by_the_month(stack, metric_hours, prices), *_by_use(stack, prices)]
    return [line for line in found if line.dollars]


def added_by(messages: int, stack: Stack, prices: Prices) -> list[Line]:
    """Add up what messages cost on top, in the month in which they end.

    They come evenly, so that each run finds some and writes a part; nothing of them failed.  Where
    they come in bulk, there are fewer parts, and it is less.
    """
    parts = min(_starts(stack, "Exporter"), messages)
    does, each, message = prices.part, prices.each, prices.message
    pages = messages / message["rows_a_page"]
    gigabytes = messages * message["bytes_kept"] / 1e9
    seconds = pages * message["seconds_a_page"]
    calls = sum(does.get(call, 0) * each[price] for call, price in CALLS.items())
    lines_found = [
        Line(f"calls: {parts:,.0f} parts, S3 and DynamoDB", parts * calls),
        Line(
            f"exporter: {seconds:,.0f} s for {pages:,.0f} pages",
            seconds * _gb_second(stack, "Exporter", prices),
        ),
        Line(
            f"notifier: told of {parts:,.0f} parts",
            parts * (does["seconds"] * _gb_second(stack, "Notifier", prices))
            + parts * (each["lambda_request"] + does["sqs_requests"] * each["sqs_request"]),
        ),
        Line("logs", parts * does["log_bytes"] / 1e9 * each["log_gb"]),
        Line(f"kept: {gigabytes:.2f} GB, each month again", gigabytes * each["s3_gb_month"]),
    ]
    return [line for line in lines_found if line.dollars]


def total(found: list[Line]) -> float:
    """The sum of a bill."""
    return sum(line.dollars for line in found)


def _by_the_month(stack: Stack, metric_hours: Mapping[str, int], prices: Prices) -> Iterator[Line]:
    alarms = [
        max(1, len(alarm["Properties"].get("Metrics", [])))
        for alarm in stack.resources("::Alarm").values()
    ]
    yield Line(f"{len(alarms)} alarms", sum(alarms) * prices.month["alarm"])
    metrics = sum(metric_hours.values()) / 24
    yield Line(
        f"{len(metric_hours)} metrics, by the hours with values: {metrics:.1f} all day",
        metrics * prices.month["metric"],
    )
    for kind, price, what in (
        ("::Dashboard", "dashboard", "dashboard"),
        ("KMS::Key", "key", "key of the topic"),
        ("::Secret", "secret", "secret"),
    ):
        yield Line(what, len(stack.resources(kind)) * prices.month[price])


def _by_use(stack: Stack, prices: Prices) -> Iterator[Line]:
    starts = {name: _starts(stack, name) for name in ("Exporter", "Notifier")}
    does = {"Exporter": prices.exporter, "Notifier": prices.notifier}
    for name, count in starts.items():
        yield Line(
            f"{name.lower()}: {count:,.0f} runs of {does[name]['seconds']:g} s",
            count * does[name]["seconds"] * _gb_second(stack, name, prices)
            + count * prices.each["lambda_request"],
        )
    yield Line("starts by schedules", sum(starts.values()) * prices.each["schedule_start"])
    polls = _queues_polled(stack) * prices.polling["pollers"]
    polls *= DAYS * _DAY_SECONDS / prices.polling["seconds"]
    yield Line(f"queue: {polls:,.0f} idle polls by Lambda", polls * prices.each["sqs_request"])
    for service, what in (("s3", "S3"), ("dynamodb", "DynamoDB"), ("secretsmanager", "secret")):
        dollars = sum(
            count * does[name].get(call, 0) * prices.each[price]
            for name, count in starts.items()
            for call, price in CALLS.items()
            if call.startswith(f"{service}_")
        )
        yield Line(f"calls: {what}", dollars)
    logged = sum(count * does[name]["log_bytes"] for name, count in starts.items()) / 1e9
    yield Line(f"logs: {logged:.2f} GB", logged * prices.each["log_gb"])


def _gb_second(stack: Stack, function: str, prices: Prices) -> float:
    """What a second of a function costs."""
    properties = stack.properties(function)
    (architecture,) = properties["Architectures"]
    return int(properties["MemorySize"]) / 1024 * prices.each[f"gb_second_{architecture}"]


def _starts(stack: Stack, function: str) -> float:
    """How often the schedules start a function in a month."""
    return sum(
        DAYS * _DAY_SECONDS / _interval(event["Properties"]["ScheduleExpression"])
        for event in stack.properties(function)["Events"].values()
        if event["Type"] == "ScheduleV2"
    )


def _interval(expression: str) -> int:
    """Seconds between two starts; of the cron expressions, the template has daily ones only."""
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if match is not None:
        return int(match[1]) * _UNIT_SECONDS[match[2]]
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression):
        return _DAY_SECONDS
    raise NotImplementedError(expression)


def _queues_polled(stack: Stack) -> int:
    return sum(
        event["Type"] == "SQS"
        for function in stack.resources("::Function").values()
        for event in function["Properties"]["Events"].values()
    )
