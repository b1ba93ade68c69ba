"""CloudWatch's alarms in small: read from the template, fed with what the code emitted.

What is modelled: statistic, period, M out of N, missing data with the evaluation range, warm-up.
Periods end at the minute of the evaluation.  The evaluation range is taken as two periods more
than are evaluated, which is what the examples of the documentation show.

Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data" and "Alarm
warm-up periods".
"""

from __future__ import annotations

import json
import operator
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.packaging.template import Stack

MORE_PERIODS: Final = 2

Dimensions = frozenset[tuple[str, str]]
Series = tuple[str, str, Dimensions]

_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATISTICS: Final[Mapping[str, Callable[[Iterable[float]], float]]] = {
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
}


class Metrics:
    """Values of metrics, each series in the order of time."""

    def __init__(self) -> None:
        self._at: defaultdict[Series, list[datetime]] = defaultdict(list)
        self._values: defaultdict[Series, list[float]] = defaultdict(list)

    def put(self, series: Series, value: float, at: datetime) -> None:
        """Take a value that is no older than those before."""
        self._at[series].append(at)
        self._values[series].append(value)

    def put_emf(self, line: str, at: datetime) -> None:
        """Take the values of a line in the embedded metric format.

        Args:
            at: The instant by the test's clock; the line has that of the machine.
        """
        fields = json.loads(line)
        for directive in fields["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, str(fields[name])) for name in names)
                for metric in directive["Metrics"]:
                    for value in fields[metric["Name"]]:
                        self.put((directive["Namespace"], metric["Name"], dimensions), value, at)

    def series(self) -> list[Series]:
        """Every metric that has values."""
        return list(self._at)

    def between(self, series: Series, since: datetime, until: datetime) -> list[float]:
        """The values of ``since <= at < until``."""
        instants = self._at.get(series, [])
        return self._values.get(series, [])[
            bisect_left(instants, since) : bisect_left(instants, until)
        ]


@dataclass(slots=True)
class Alarm:
    """One alarm of the template, and its state.

    Attributes:
        state: As CloudWatch says it.
        fired: Each instant at which it went into the state ALARM.
        cleared: Each at which it went into the state OK, also from knowing nothing.
    """

    name: str
    properties: Mapping[str, Any]
    created: datetime
    state: str = "INSUFFICIENT_DATA"
    fired: list[datetime] = field(default_factory=list)
    cleared: list[datetime] = field(default_factory=list)

    @property
    def series(self) -> Series:
        """What it looks at, dimension for dimension."""
        return (
            self.properties["Namespace"],
            self.properties["MetricName"],
            frozenset((each["Name"], each["Value"]) for each in self.properties["Dimensions"]),
        )

    def evaluate(self, metrics: Metrics, now: datetime) -> None:
        """Decide the state anew, as CloudWatch does every minute."""
        periods = int(self.properties["EvaluationPeriods"])
        points = self._points(metrics, now, periods + MORE_PERIODS)
        if self._warms_up(now, points[:periods]):
            return
        real = [self._breaches(point) for point in points if point is not None]
        considered = real[:periods]
        missing = periods - len(considered)
        if missing:
            if self.properties["TreatMissingData"] == "ignore":
                return
            considered += [self._missing_breaches()] * missing
        needed = int(self.properties.get("DatapointsToAlarm", periods))
        state = "ALARM" if sum(considered) >= needed else "OK"
        if state != self.state:
            (self.fired if state == "ALARM" else self.cleared).append(now)
        self.state = state

    def _points(self, metrics: Metrics, now: datetime, count: int) -> list[float | None]:
        """The statistic of each period, newest first; None where data is missing."""
        period = timedelta(seconds=int(self.properties["Period"]))
        statistic = _STATISTICS[self.properties["Statistic"]]
        series = self.series
        points: list[float | None] = []
        for number in range(count):
            values = metrics.between(series, now - (number + 1) * period, now - number * period)
            points.append(statistic(values) if values else None)
        return points

    def _warms_up(self, now: datetime, points: list[float | None]) -> bool:
        """Whether it is too new to say anything: until time is up or, at most, there is data."""
        warm_up = self.properties.get("WarmUpConfiguration")
        if warm_up is None or self.state != "INSUFFICIENT_DATA":
            return False
        waits = warm_up.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False)
        minutes = int(warm_up["WarmUpPeriodDurationInMinutes"])
        return now < self.created + timedelta(minutes=minutes) and (waits or None in points)

    def _breaches(self, value: float) -> bool:
        compare = _COMPARISONS[self.properties["ComparisonOperator"]]
        return compare(value, float(self.properties["Threshold"]))

    def _missing_breaches(self) -> bool:
        return {"breaching": True, "notBreaching": False}[self.properties["TreatMissingData"]]


def alarms_of(stack: Stack, created: datetime) -> dict[str, Alarm]:
    """All alarms of a stack, by logical id."""
    return {
        name: Alarm(name, resource["Properties"], created)
        for name, resource in stack.resources("::Alarm").items()
    }
