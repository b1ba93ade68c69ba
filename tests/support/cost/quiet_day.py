"""A day of a stack whose tenant has nothing new: which metrics have values, and in which hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mpl_export.metrics import NAMESPACE
from tests.packaging.watched_stack import WatchedStack

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY: Final = timedelta(days=1)
_SETTLED: Final = timedelta(days=2)
"""Until when a new stack has told everything that it tells in its life."""


def metric_hours() -> Mapping[str, int]:
    """In how many hours of a day each metric of ours has values.

    CloudWatch charges a metric for the hours in which it gets values.
    """
    stack = WatchedStack(before_run=lambda _: None)
    stack.certificate_ends = stack.installed + timedelta(days=365)
    stack.live(_SETTLED)
    since = stack.harness.clock.true_now()
    stack.live(_DAY)
    hours: dict[str, int] = {}
    for namespace, name, dimensions in stack.metrics.series():
        if namespace == NAMESPACE:
            with_values = sum(
                bool(
                    stack.metrics.between(
                        (namespace, name, dimensions),
                        since + timedelta(hours=hour),
                        since + timedelta(hours=hour + 1),
                    )
                )
                for hour in range(24)
            )
            if with_values:
                hours[name] = hours.get(name, 0) + with_values
    return hours
