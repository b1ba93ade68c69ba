"""What a stack costs is known, is what its page says, and stays below what was promised."""

from __future__ import annotations

import pytest

from tests.packaging.template import PROJECT, Stack, load
from tests.support.cost.__main__ import TOPIC, bills, million
from tests.support.cost.lines import Line, Prices, added_by, lines, total

METRICS = {"Some": 24, "Nightly": 12}


@pytest.fixture(scope="module")
def calculated() -> dict[str, list[Line]]:
    """The bills of the kinds of stacks that the page tells of."""
    return bills()


def bill(**parameters: str) -> dict[str, float]:
    """A bill by what each line is about."""
    stack = Stack(load(), {"TenantName": "acme", **parameters})
    return {line.what.partition(":")[0]: line.dollars for line in lines(stack, METRICS, PRICES)}


PRICES = Prices.read()


def test_a_stack_costs_no_more_than_it_may(calculated: dict[str, list[Line]]) -> None:
    """Dollars a month, which twenty tenants pay twenty times."""
    assert total(calculated["alone"]) <= 5.10, (
        "an alarm costs 10 cents, a metric 30 by the hours with values: emit it only where it says "
        "something, or raise this bound and say what it is worth"
    )
    assert total(calculated["with a shared topic (AlertTopicArn)"]) <= 4.10


def test_the_page_says_what_it_costs(calculated: dict[str, list[Line]]) -> None:
    """Its table is what `make cost` prints, line by line."""
    page = (PROJECT / "docs" / "cost.md").read_text()

    for line in calculated["alone"]:
        wanted = f"| {line.what} | {line.dollars:.2f} |"
        assert wanted in page, f"docs/cost.md has no line {wanted}"
    for kind, lines_of_kind in calculated.items():
        wanted = f"| **{kind}** | **{total(lines_of_kind):.2f}** |"
        assert wanted in page, f"docs/cost.md has no line {wanted}"


def test_what_a_stack_does_not_make_costs_nothing() -> None:
    """Each parameter that saves something does."""
    alone = bill()

    assert alone["key of the topic"] == 1.00
    assert alone["secret"] == 0.40
    assert "dashboard" not in alone
    assert bill(DashboardState="ENABLED")["dashboard"] == 3.00
    assert "key of the topic" not in bill(AlertTopicArn=TOPIC)
    secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key-AbCdEf"
    assert "secret" not in bill(ServiceKeySecretArn=secret)


def test_a_metric_costs_by_the_hours_with_values() -> None:
    """One that has values all day, and one that has them for half of it."""
    stack = Stack(load(), {"TenantName": "acme"})

    (metrics,) = (line for line in lines(stack, METRICS, PRICES) if "metrics" in line.what)
    assert metrics.dollars == pytest.approx(1.5 * 0.30)


@pytest.mark.parametrize(
    ("parameters", "factor"),
    [
        ({"ScheduleExpression": "rate(10 minutes)"}, 0.5),
        ({"MemorySize": "2048"}, 2),
        ({"Architecture": "arm64"}, 0.8),
    ],
)
def test_the_exporter_costs_by_how_often_how_long_and_where(
    parameters: dict[str, str], factor: float
) -> None:
    """As Lambda charges it."""
    assert bill(**parameters)["exporter"] == pytest.approx(bill()["exporter"] * factor, rel=0.02)


def test_the_page_says_what_messages_add() -> None:
    """Its table is what `make cost` prints, line by line."""
    page = (PROJECT / "docs" / "cost.md").read_text()

    for line in million():
        assert f"| {line.what} | {line.dollars:.3f} |" in page, line
    assert f"| **in all** | **{total(million()):.2f}** |" in page


def test_parts_cost_by_the_runs_and_pages_by_the_messages() -> None:
    """Ten times the messages are no ten times the parts, as long as each run finds some."""
    stack = Stack(load(), {"TenantName": "acme"})
    one, ten = (
        {line.what.partition(":")[0]: line.dollars for line in added_by(count, stack, PRICES)}
        for count in (1_000_000, 10_000_000)
    )

    assert ten["calls"] == one["calls"]
    assert ten["exporter"] == pytest.approx(10 * one["exporter"])
    assert ten["kept"] == pytest.approx(10 * one["kept"])
    assert total(added_by(0, stack, PRICES)) == 0
    assert total(added_by(100, stack, PRICES)) < 0.01
