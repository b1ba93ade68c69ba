"""Carry the metrics that a function logged to the emulated CloudWatch.

In AWS, CloudWatch Logs does this by itself: a line in the embedded metric format becomes
metrics.  The emulator keeps the line and makes none, so its alarms would never fire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.emulated.stack import LogLine, Stack

# PutMetricData takes at most a thousand data of at most 150 values each.
_DATA_PER_CALL = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """What one line says about one metric.

    Attributes:
        at: The instant that the metric is for, in UTC.
        dimensions: Name and value, in the order of the line.
    """

    namespace: str
    name: str
    unit: str
    at: datetime
    dimensions: tuple[tuple[str, str], ...]
    values: tuple[float, ...]


@dataclass(slots=True)
class EmfBridge:
    """Carries each logged metric once, however often it is called.

    Attributes:
        carried: All that was carried so far, oldest first.
    """

    stack: Stack
    carried: list[Datum] = field(default_factory=list)
    _streams: dict[str, int] = field(default_factory=dict)

    def carry(self) -> list[Datum]:
        """Put the metrics of all lines that are new since the last call, and return them.

        Putting them is also what makes the emulator look at its alarms.
        """
        new = [datum for line in self._new_lines() for datum in data_of(line)]
        cloudwatch = self.stack.aws.client("cloudwatch")
        for namespace in sorted({datum.namespace for datum in new}):
            data = [datum for datum in new if datum.namespace == namespace]
            for some in batched(data, _DATA_PER_CALL, strict=False):
                cloudwatch.put_metric_data(
                    Namespace=namespace,
                    MetricData=[
                        {
                            "MetricName": datum.name,
                            "Dimensions": [
                                {"Name": name, "Value": value} for name, value in datum.dimensions
                            ],
                            "Timestamp": datum.at,
                            "Values": list(datum.values),
                            "Unit": datum.unit,  # type: ignore[typeddict-item]  # as logged
                        }
                        for datum in some
                    ],
                )
        self.carried += new
        return new

    def _new_lines(self) -> Iterator[LogLine]:
        """Give the lines that no earlier call has seen; a stream only ever grows."""
        seen: dict[str, int] = {}
        for line in self.stack.log_lines():
            seen[line.stream] = seen.get(line.stream, 0) + 1
            if seen[line.stream] > self._streams.get(line.stream, 0):
                yield line
        self._streams = seen


def data_of(line: LogLine) -> Iterator[Datum]:
    """Read the metrics of a line; a line in another format has none.

    Source: CloudWatch User Guide, "Specification: Embedded metric format".
    """
    fields = line.fields()
    if fields is None or not isinstance(fields.get("_aws"), dict):
        return
    head: dict[str, Any] = fields["_aws"]
    at = datetime.fromtimestamp(head["Timestamp"] / 1000, UTC)
    for directive in head["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            for metric in directive["Metrics"]:
                value = fields[metric["Name"]]
                yield Datum(
                    namespace=directive["Namespace"],
                    name=metric["Name"],
                    unit=metric.get("Unit", "None"),
                    at=at,
                    dimensions=tuple((name, str(fields[name])) for name in names),
                    values=tuple(value if isinstance(value, list) else [value]),
                )
