"""What counts as different: a factor and an amount, never one alone."""

from __future__ import annotations

import pytest

from operate.report.changes import changes
from operate.report.timing import Durations


def kinds(
    now: dict[str, tuple[int, int]],
    before: dict[str, tuple[int, int]],
    *timed: Durations,
) -> list[tuple[str, str]]:
    """What is found."""
    return [(each.kind, each.artifact) for each in changes([], [], now, before, timed)]


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ((100, 2), (100, 7), ["more failures"]),
        ((100, 2), (100, 6), []),  # four more are none
        ((5_000, 500), (5_000, 900), []),  # a lot more, but less than twice as many
        ((100, 0), (100, 5), ["more failures"]),
        ((60, 0), (120, 0), ["more messages"]),
        ((40, 0), (80, 0), []),
        ((200, 0), (100, 0), ["fewer messages"]),
        ((200, 0), (101, 0), []),
    ],
)
def test_more_and_fewer_need_a_factor_and_an_amount(
    before: tuple[int, int], now: tuple[int, int], found: list[str]
) -> None:
    """Else every Monday's page would be full of noise."""
    assert kinds({"A": now}, {"A": before}) == [(each, "A") for each in found]


def test_an_artifact_that_hardly_ever_speaks_is_not_silent() -> None:
    """Nine messages a week may be none a week without anything being wrong."""
    assert kinds({}, {"A": (9, 0)}) == []
    assert kinds({}, {"A": (10, 0)}) == [("silent", "A")]


def test_an_artifact_that_was_not_there_is_new_or_back() -> None:
    """A deployment, or the end of a silence."""
    assert kinds({"A": (1, 1)}, {}) == [("new or back", "A")]


@pytest.mark.parametrize(
    ("p95", "p95_before", "messages", "found"),
    [
        (3.0, 2.0, 20, ["slower"]),
        (3.0, 2.0, 19, []),  # too few to tell
        (2.9, 2.0, 99, []),
        (0.9, 0.3, 99, []),  # three times, but less than a second
        (2.0, 3.0, 99, ["faster"]),
        (3.0, None, 99, []),
    ],
)
def test_slower_needs_a_factor_a_second_and_enough_messages(
    p95: float, p95_before: float | None, messages: int, found: list[str]
) -> None:
    """Percentiles of a handful jump about."""
    timed = Durations("A", messages, 1.0, p95, 9.0, 50, 1.0, p95_before)

    assert kinds({"A": (50, 0)}, {"A": (50, 0)}, timed) == [(each, "A") for each in found]
