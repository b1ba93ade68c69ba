"""Every alarm can fire, fires for what it says, and leads to a page that says what to do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from mpl_export.metrics import NAMESPACE
from tests.packaging.documents import anchor
from tests.packaging.template import PROJECT, Stack, load

if TYPE_CHECKING:
    from collections.abc import Mapping

GE: Final = "GreaterThanOrEqualToThreshold"
GT: Final = "GreaterThanThreshold"
LT: Final = "LessThanThreshold"

LE: Final = "LessThanOrEqualToThreshold"
HOUR: Final = 3600
NOT: Final = "notBreaching"

# The table of alarms: metric, statistic, seconds of a period, how many periods,
# comparison, threshold, missing data, and the heading of docs/alarms.md.
TABLE: Final = {
    "ExportIsBehind": (
        *("LagSeconds", "Minimum", 1800, 1, GT, 1800, "breaching"),
        "Export is behind",
    ),
    "ExportFails": ("Errors", "Sum", 900, 1, GE, 1, NOT, "Export fails"),
    "TellingFails": ("Errors", "Sum", 900, 1, GE, 1, NOT, "Export fails"),
    "MessagesFail": ("FailedMessages", "Sum", 300, 1, GE, 1, NOT, "Messages fail"),
    "CertificateEndsInWeeks": (
        *("CertificateDaysLeft", "Minimum", 6 * HOUR, 1, LT, 30, NOT),
        "Certificate ends",
    ),
    "CertificateEndsInDays": (
        *("CertificateDaysLeft", "Minimum", 6 * HOUR, 1, LT, 7, NOT),
        "Certificate ends",
    ),
    "DataIsAboutToBeLost": (
        *("RetentionHoursLeft", "Minimum", HOUR, 1, LT, 72, NOT),
        "Data is about to be lost",
    ),
    "LogsCameLate": ("LateLogs", "Sum", 6 * HOUR, 1, GT, 0, NOT, "Logs came late"),
    "TenantIsSilent": ("RowsRead", "Sum", HOUR, 72, LE, 0, NOT, "Tenant is silent"),
    "MessagesAreStuck": (
        *("OldestOpenMessageSeconds", "Maximum", HOUR, 2, GT, 24 * HOUR, NOT),
        "Messages are stuck",
    ),
    "ReadingIsLimited": ("ReadingLimited", "Sum", HOUR, 1, GT, 0, NOT, "Reading is limited"),
    "ReconcileIsMissing": (
        *("ReconcileComplete", "Maximum", HOUR, 36, LT, 1, "breaching"),
        "Reconcile is missing",
    ),
    "SealFailed": (
        *("SealFailed", "Maximum", 6 * HOUR, 1, GE, 1, NOT),
        "Seal failed",
    ),
    "CompletenessGap": (
        *("CompletenessGap", "Maximum", 6 * HOUR, 1, GT, 0, NOT),
        "Completeness gap",
    ),
    "PreviousKeyIsInUse": (
        *("PreviousKeyInUse", "Maximum", 6 * HOUR, 1, GE, 1, NOT),
        "The previous key is in use",
    ),
    "NotifierDlqHoldsParts": (
        *("ApproximateNumberOfMessagesVisible", "Maximum", 300, 1, GE, 1, "ignore"),
        "Events were dropped",
    ),
    "SchedulerDlqHoldsStarts": (
        *("ApproximateNumberOfMessagesVisible", "Maximum", 300, 1, GE, 1, "ignore"),
        "Events were dropped",
    ),
    "TellingIsLate": (
        *("ApproximateAgeOfOldestMessage", "Maximum", 300, 1, GT, 2700, NOT),
        "Telling is late",
    ),
}


def test_the_alarms_are_those_of_the_table(stack: Stack) -> None:
    """One that is missing here has not been thought about; one too many has no page."""
    assert stack.resources("::Alarm").keys() == TABLE.keys(), (
        "an alarm has a row in TABLE, a heading in docs/alarms.md, a fault that sets it off in "
        "test_alarms_fire.py, and a place on the dashboard"
    )


@pytest.mark.parametrize("name", TABLE)
def test_an_alarm_has_a_fault_that_sets_it_off(name: str) -> None:
    """One that nobody has seen fire may never do so: a dimension that differs is enough."""
    faults = (PROJECT / "tests" / "packaging" / "test_alarms_fire.py").read_text()

    assert f'"{name}"' in faults, f"show in test_alarms_fire.py by what fault {name} fires"


@pytest.mark.parametrize("name", TABLE)
def test_an_alarm_fires_as_the_table_says(stack: Stack, name: str) -> None:
    """Above all missing data: an alarm that is silent when there is no run is worse than none."""
    alarm = stack.properties(name)
    metric, statistic, seconds, periods, comparison, threshold, missing, heading = TABLE[name]

    assert alarm["MetricName"] == metric
    assert alarm["Statistic"] == statistic
    assert int(alarm["Period"]) == seconds
    assert int(alarm["EvaluationPeriods"]) == periods
    assert alarm["ComparisonOperator"] == comparison
    assert int(alarm["Threshold"]) == threshold
    assert alarm["TreatMissingData"] == missing
    assert alarm["AlarmActions"] == ["<AlertTopic>"]
    assert alarm.get("ActionsEnabled", True) is (name != "MessagesFail")
    assert alarm["AlarmDescription"].endswith(f": docs/alarms.md#{anchor(heading)}")


def test_the_alarm_on_failed_messages_acts_if_that_is_wanted() -> None:
    """Digests tell each failure, so by default the alarm only keeps its state and history."""
    stack = Stack(load(), {"TenantName": "acme", "FailureAlarmActions": "on"})

    assert stack.properties("MessagesFail")["ActionsEnabled"] is True


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


@pytest.mark.parametrize("extreme", ["least", "most"])
def test_cloudwatch_takes_every_period_that_can_be_set(extreme: str) -> None:
    """Whole minutes; looking back a day at most, or a week if a period has an hour or more.

    Source: CloudWatch API reference, "PutMetricAlarm", Period and EvaluationPeriods.
    """
    template = load()
    values = {}
    for name in ("BehindAfterSeconds", "SilentAfterHours", "StuckAfterHours"):
        each = template["Parameters"][name]
        allowed = each.get("AllowedValues") or [each["MinValue"], each["MaxValue"]]
        values[name] = str(allowed[0 if extreme == "least" else -1])
    stack = Stack(template, {"TenantName": "acme", **values})

    for alarm in stack.resources("::Alarm").values():
        seconds = int(alarm["Properties"]["Period"])
        periods = int(alarm["Properties"]["EvaluationPeriods"])
        assert seconds % 60 == 0
        assert seconds * periods <= (86_400 if seconds < HOUR else 7 * 86_400)


@pytest.mark.parametrize("name", ["BehindAfterSeconds", "StuckAfterHours"])
def test_every_value_that_can_be_set_has_its_line_in_a_mapping(name: str) -> None:
    """A value without one fails the deployment, with a message that nobody understands."""
    template = load()
    for value in template["Parameters"][name]["AllowedValues"]:
        stack = Stack(template, {"TenantName": "acme", name: str(value)})

        behind = stack.properties("ExportIsBehind")
        stuck = stack.properties("MessagesAreStuck")
        assert behind["WarmUpConfiguration"] == {
            "WarmUpPeriodDurationInMinutes": int(behind["Threshold"]) // 60
        }
        hours = int(stack.parameters.get("StuckAfterHours", 24))
        assert stuck["Threshold"] == hours * HOUR


@pytest.mark.parametrize(("days", "hours"), [("1", 12), ("3", 12), ("4", 72), ("30", 72)])
def test_a_tenant_that_forgets_soon_is_not_always_about_to_lose_data(days: str, hours: int) -> None:
    """With a retention of three days, less than 72 hours would always be left."""
    stack = Stack(load(), {"TenantName": "acme", "TenantRetentionDays": days})

    assert stack.properties("DataIsAboutToBeLost")["Threshold"] == hours


def test_every_dead_letter_queue_is_watched(stack: Stack) -> None:
    """What lies there was not delivered.  Failed runs are no such thing: *Export fails* fires."""
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]
        for alarm in stack.resources("::Alarm").values()
        if alarm["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    queues = stack.resources("::Queue").keys() - {"NewParts", "FailedRuns"}

    assert watched == {f"<{queue}.QueueName>" for queue in queues}


def test_only_the_alarm_of_being_behind_tells_that_all_is_well(stack: Stack) -> None:
    """An OK action mails when the alarm is new; of eighteen alarms that would be a flood."""
    with_ok = {
        name
        for name, alarm in stack.resources("::Alarm").items()
        if "OKActions" in alarm["Properties"]
    }

    assert with_ok == {"ExportIsBehind"}


def test_what_tells_that_all_is_well_says_so(stack: Stack) -> None:
    """The mail of an OK holds the same description as that of the alarm: it has to fit both."""
    description = stack.properties("ExportIsBehind")["AlarmDescription"]

    assert description.startswith("Whether the archive of acme is up to date. OK - it is")
    assert "ALARM - it lags behind" in description


def test_a_new_stack_has_a_night_and_a_half_for_its_first_reconcile(stack: Stack) -> None:
    """Whatever data comes first, nothing is judged before; CloudWatch waits two days at most."""
    warm_up = stack.properties("ReconcileIsMissing")["WarmUpConfiguration"]

    assert warm_up["OnlyStartEvaluatingAfterWarmUpPeriodEnds"] is True
    assert 36 * 60 <= warm_up["WarmUpPeriodDurationInMinutes"] <= 2 * 24 * 60


@pytest.mark.parametrize("heading", sorted({row[-1] for row in TABLE.values()}))
def test_the_heading_that_an_alarm_names_exists(heading: str) -> None:
    """Whoever is woken by an alarm finds the page it points to."""
    runbook = (PROJECT / "docs" / "alarms.md").read_text()

    assert re.search(rf"^## {re.escape(heading)}$", runbook, re.MULTILINE)


def test_alarms_link_the_runbook_where_one_is_configured() -> None:
    """Whoever is woken opens the page by a click."""
    page = "https://wiki.example.com/alarms"
    stack = Stack(load(), {"TenantName": "acme", "RunbookUrl": page})

    for name, row in TABLE.items():
        description = stack.properties(name)["AlarmDescription"]
        assert description.endswith(f": {page}#{anchor(row[-1])}")


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
