"""The evaluator decides as the documentation's examples say CloudWatch does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.packaging.alarm_evaluator import Alarm, Metrics

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SERIES = ("N", "m", frozenset({("d", "v")}))


def state_after(points: str, missing: str, *, needed: int = 3) -> str:
    """The state of a 3-period alarm; X breaches, 0 does not, - is missing; newest last."""
    metrics = Metrics()
    for number, point in enumerate(points):
        if point != "-":
            at = NOON - (len(points) - number) * MINUTE
            metrics.put(SERIES, 1 if point == "X" else 0, at)
    alarm = Alarm(
        "a",
        {
            "Namespace": "N",
            "MetricName": "m",
            "Dimensions": [{"Name": "d", "Value": "v"}],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": needed,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0,
            "TreatMissingData": missing,
        },
        NOON,
    )
    alarm.evaluate(metrics, NOON)
    return alarm.state


@pytest.mark.parametrize(
    ("points", "breaching", "not_breaching"),
    [
        ("0-X-X", "OK", "OK"),
        ("0----", "OK", "OK"),
        ("-----", "ALARM", "OK"),
        ("0XX-X", "ALARM", "ALARM"),
        ("--XXX", "ALARM", "ALARM"),
        ("---X0", "OK", "OK"),
        ("---XX", "ALARM", "OK"),
        ("----X", "ALARM", "OK"),
    ],
)
def test_missing_data_counts_as_the_documentation_says(
    points: str, breaching: str, not_breaching: str
) -> None:
    """Real data of the whole range first; only what is then still missing is made up.

    Source: "Configuring how CloudWatch alarms treat missing data", the tables of 3 out of 3.
    """
    assert state_after(points, "breaching") == breaching
    assert state_after(points, "notBreaching") == not_breaching


@pytest.mark.parametrize("points", ["-----", "0----", "----X"])
def test_missing_data_that_is_ignored_leaves_the_state_as_it_is(points: str) -> None:
    """A queue that nobody touches for hours says nothing, and is no emptier for that."""
    assert state_after(points, "ignore") == "INSUFFICIENT_DATA"
    assert state_after("--XXX", "ignore") == "ALARM"


@pytest.mark.parametrize(
    ("points", "state"), [("00X00", "OK"), ("00X0X", "ALARM"), ("XX000", "OK")]
)
def test_m_out_of_n(points: str, state: str) -> None:
    """Two of the last three."""
    assert state_after(points, "notBreaching", needed=2) == state


def test_other_dimensions_are_another_metric() -> None:
    """The most common reason why an alarm never fires."""
    metrics = Metrics()
    metrics.put(("N", "m", frozenset({("d", "v"), ("more", "x")})), 1, NOON - MINUTE)

    assert metrics.between(SERIES, NOON - MINUTE, NOON) == []
