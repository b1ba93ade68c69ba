"""``python -m tests.support.cost``, which is ``make cost``: what a quiet stack costs a month."""

from __future__ import annotations

import sys

from tests.packaging.template import Stack, load
from tests.support.cost.lines import Line, Prices, added_by, lines, total
from tests.support.cost.quiet_day import metric_hours

TOPIC = "arn:aws:sns:us-east-1:111122223333:shared"
KINDS = {
    "alone": {},
    "with a shared topic (AlertTopicArn)": {"AlertTopicArn": TOPIC},
    "alone, with a dashboard": {"DashboardState": "ENABLED"},
}
"""The stacks whose costs are told, by what their owners chose."""


def bills() -> dict[str, list[Line]]:
    """The lines of each kind of stack."""
    hours, prices = metric_hours(), Prices.read()
    return {
        kind: lines(Stack(load(), {"TenantName": "acme", **chosen}), hours, prices)
        for kind, chosen in KINDS.items()
    }


def million() -> list[Line]:
    """What a million messages cost on top, in a stack alone."""
    return added_by(1_000_000, Stack(load(), {"TenantName": "acme"}), Prices.read())


def main() -> int:
    """Print the bills."""
    print("Dollars a month: list prices of us-east-1, no free tier, every 5 minutes, no new logs.")
    for kind, bill in bills().items():
        print(f"\nA stack {kind}")
        for line in sorted(bill, key=lambda each: -each.dollars):
            print(f"  {line.dollars:6.3f}  {line.what}")
        print(f"  {total(bill):6.3f}  in all")
    print("\nA million messages on top, spread evenly over the month, none of them failed")
    for line in sorted(million(), key=lambda each: -each.dollars):
        print(f"  {line.dollars:6.3f}  {line.what}")
    print(f"  {total(million()):6.3f}  in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
