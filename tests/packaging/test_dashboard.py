"""The dashboard shows what there is to see, in a form that CloudWatch takes.

Source: CloudWatch User Guide, "Dashboard body structure and syntax".
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mpl_export.metrics import Metric
from tests.packaging.template import Stack, load

NEEDED = {
    "text": {"markdown"},
    "alarm": {"title", "alarms"},
    "metric": {"title", "region", "view", "stat", "period", "metrics"},
    "log": {"title", "region", "view", "query"},
}
OURS = ["service", "mpl-export", "tenant", "acme"]


@pytest.fixture
def stack() -> Stack:
    """A stack whose owner wants a dashboard."""
    return Stack(load(), {"TenantName": "acme", "DashboardState": "ENABLED"})


@pytest.fixture
def widgets(stack: Stack) -> list[dict[str, Any]]:
    """The widgets, as CloudFormation would send them."""
    widgets: list[dict[str, Any]] = json.loads(stack.properties("Dashboard")["DashboardBody"])[
        "widgets"
    ]
    return widgets


def test_links_lead_to_the_console_of_the_partition_that_the_stack_is_in() -> None:
    """China and GovCloud have consoles of their own; another's shows a sign-in that fails."""
    body = load()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]

    assert set(re.findall(r"https://([^/]+)/", body)) == {"${AWS::Region}.${Host}"}


def test_each_widget_has_a_place_and_what_its_kind_needs(widgets: list[dict[str, Any]]) -> None:
    """CloudWatch refuses the whole dashboard for one widget."""
    taken: set[tuple[int, int]] = set()
    for widget in widgets:
        assert widget["properties"].keys() >= NEEDED[widget["type"]]
        place = {
            (widget["x"] + across, widget["y"] + down)
            for across in range(widget["width"])
            for down in range(widget["height"])
        }
        assert max(x for x, _ in place) < 24
        assert not place & taken
        taken |= place


def test_it_shows_every_alarm(stack: Stack, widgets: list[dict[str, Any]]) -> None:
    """One that is missing there is looked for in vain."""
    [shown] = (widget for widget in widgets if widget["type"] == "alarm")

    assert sorted(shown["properties"]["alarms"]) == sorted(
        f"<{name}.Arn>" for name in stack.resources("::Alarm")
    ), "list the alarm in the widget Alarms of the dashboard, in template.yaml"


def test_it_draws_metrics_that_are_emitted(widgets: list[dict[str, Any]]) -> None:
    """A name or dimension that differs draws an empty graph."""
    drawn = [
        line
        for widget in widgets
        if widget["type"] == "metric"
        for line in widget["properties"]["metrics"]
    ]
    ours = [line for line in drawn if line[0] == "MplExport"]

    assert {line[1] for line in ours} <= set(Metric)
    assert all(line[2:6] == OURS for line in ours)
    assert {
        Metric.LAG_SECONDS,
        Metric.LATE_LOGS,
        Metric.OLDEST_OPEN_MESSAGE_SECONDS,
        Metric.CERTIFICATE_DAYS_LEFT,
    } <= {line[1] for line in ours}


def test_it_asks_log_groups_of_the_stack(stack: Stack, widgets: list[dict[str, Any]]) -> None:
    """By what the functions log; the saved queries do the same."""
    groups = {f"<{name}>" for name in stack.resources("::LogGroup")}

    for widget in widgets:
        if widget["type"] == "log":
            source, _, query = widget["properties"]["query"].partition(" | ")
            assert source.removeprefix("SOURCE ").strip("'") in groups
            assert query.startswith("filter message = ")
    for query in stack.resources("::QueryDefinition").values():
        assert set(query["Properties"]["LogGroupNames"]) <= groups
