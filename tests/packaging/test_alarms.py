"""Every alarm can ring, rings for what it says, and leads to a page that says what to do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from mpl_export.metrics import NAMESPACE
from tests.packaging.template import PROJECT, Stack, load

if TYPE_CHECKING:
    from collections.abc import Mapping

GE: Final = "GreaterThanOrEqualToThreshold"
GT: Final = "GreaterThanThreshold"
LT: Final = "LessThanThreshold"

# The table of alarms of the design: metric, statistic, seconds, comparison, threshold, missing
# data, and the heading of the README.
TABLE: Final = {
    "ExportIsBehind": (
        *("LagSeconds", "Minimum", 1800, GT, 1800, "breaching"),
        "Export is behind",
    ),
    "ExportFails": ("Errors", "Sum", 900, GE, 1, "notBreaching", "Export fails"),
    "MessagesFail": ("FailedMessages", "Sum", 300, GE, 1, "notBreaching", "Messages fail"),
    "CertificateEndsInWeeks": (
        *("CertificateDaysLeft", "Minimum", 21600, LT, 30, "notBreaching"),
        "Certificate ends",
    ),
    "CertificateEndsInDays": (
        *("CertificateDaysLeft", "Minimum", 21600, LT, 7, "notBreaching"),
        "Certificate ends",
    ),
}


def test_the_alarms_are_those_of_the_design(stack: Stack) -> None:
    """One that is missing here has not been thought about; one too many has no page."""
    assert stack.resources("::Alarm").keys() == TABLE.keys()


@pytest.mark.parametrize("name", TABLE)
def test_an_alarm_rings_as_the_design_says(stack: Stack, name: str) -> None:
    """Above all missing data: an alarm that is silent when there is no run is worse than none."""
    alarm = stack.properties(name)
    metric, statistic, seconds, comparison, threshold, missing, heading = TABLE[name]

    assert alarm["MetricName"] == metric
    assert alarm["Statistic"] == statistic
    assert int(alarm["Period"]) == seconds
    assert alarm["EvaluationPeriods"] == 1
    assert alarm["ComparisonOperator"] == comparison
    assert int(alarm["Threshold"]) == threshold
    assert alarm["TreatMissingData"] == missing
    assert alarm["AlarmActions"] == ["<AlertTopic>"]
    assert f'README, Alarms, "{heading}"' in alarm["AlarmDescription"]


def test_threshold_and_period_of_being_behind_are_one_number() -> None:
    """A longer period than threshold would tell late, a shorter one would miss slow schedules."""
    alarm = Stack(load(), {"TenantName": "acme", "BehindAfterSeconds": "7200"}).properties(
        "ExportIsBehind"
    )

    assert alarm["Period"] == alarm["Threshold"] == "7200"


def test_an_alarm_looks_at_exactly_what_is_emitted(stack: Stack) -> None:
    """Dimensions that differ in one name or value are another metric, and it never has data."""
    ours = [
        alarm["Properties"]
        for alarm in stack.resources("::Alarm").values()
        if alarm["Properties"]["Namespace"] == NAMESPACE
    ]
    emitted = _emitted_for("acme")

    assert ours
    for alarm in ours:
        assert (alarm["MetricName"], _dimensions(alarm)) in emitted


def test_each_function_is_watched_for_errors(stack: Stack) -> None:
    """A function that fails unseen is how exporters lose data for weeks."""
    watched = {
        value
        for alarm in stack.resources("::Alarm").values()
        if (alarm["Properties"]["Namespace"], alarm["Properties"]["MetricName"])
        == ("AWS/Lambda", "Errors")
        for value in alarm["Properties"]["Dimensions"][0].values()
        if value != "FunctionName"
    }

    assert watched == {f"<{name}>" for name in stack.resources("::Function")}


def test_a_schedule_as_slow_as_the_longest_allowed_limit_can_be_watched() -> None:
    """CloudWatch takes whole minutes for a period, and one day at most for one period of it."""
    allowed = load()["Parameters"]["BehindAfterSeconds"]["AllowedValues"]

    assert all(seconds % 60 == 0 and seconds <= 86_400 for seconds in allowed)


@pytest.mark.parametrize("heading", sorted({row[-1] for row in TABLE.values()}))
def test_the_heading_that_an_alarm_names_exists(heading: str) -> None:
    """Whoever is woken by an alarm finds the page it points to."""
    readme = (PROJECT / "README.md").read_text()

    assert re.search(rf"^### {re.escape(heading)}$", readme, re.MULTILINE)


def _dimensions(alarm: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    return frozenset((each["Name"], each["Value"]) for each in alarm["Dimensions"])


def _emitted_for(tenant: str) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Emit every metric once and read name and dimensions out of the embedded metric format.

    In a process of its own, as in Lambda: Powertools shares the dimensions among all meters of
    a process, and other tests have meters of other tenants.
    """
    code = (
        "from mpl_export.metrics import EmfMeter, Metric\n"
        f"meter = EmfMeter({tenant!r})\n"
        "for metric in Metric:\n"
        "    meter.add(metric, 1)\n"
        "meter.flush()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT / "functions",
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    found = set()
    for line in result.stdout.splitlines():
        fields = json.loads(line)
        for directive in fields["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == NAMESPACE
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, fields[name]) for name in names)
                found |= {(metric["Name"], dimensions) for metric in directive["Metrics"]}
    return found
