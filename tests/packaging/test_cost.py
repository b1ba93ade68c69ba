"""What a stack costs is calculated from what the template makes and the code does."""

from __future__ import annotations

import pytest

from tests.packaging.template import Stack, load
from tests.support.cost.__main__ import TOPIC
from tests.support.cost.lines import Prices, lines

METRICS = {"Some": 24, "Nightly": 12}


def bill(**parameters: str) -> dict[str, float]:
    """A bill by what each line is about."""
    stack = Stack(load(), {"TenantName": "acme", **parameters})
    return {line.what.partition(":")[0]: line.dollars for line in lines(stack, METRICS, PRICES)}


PRICES = Prices.read()


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
