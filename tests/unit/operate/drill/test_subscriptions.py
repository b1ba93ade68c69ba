"""The drill says who is not told, or can be cut off by somebody else's click."""

from __future__ import annotations

import re

import pytest

from operate.drill.subscriptions import Subscription, complaints

GOOD = Subscription("night@example.com", "email", confirmed=True, authenticated=True)
QUEUE = Subscription("arn:aws:sqs:x:1:q", "sqs", confirmed=True, authenticated=False)


def test_a_topic_that_tells_somebody_for_good_is_fine() -> None:
    """Messages to a queue end with no link that anybody could open."""
    assert complaints([GOOD, QUEUE]) == []


@pytest.mark.parametrize(
    ("subscriptions", "complaint"),
    [
        ([], "nobody is told of anything"),
        (
            [Subscription("a@b.c", "email", confirmed=False, authenticated=False), GOOD],
            "a@b.c has not confirmed",
        ),
        (
            [Subscription("a@b.c", "email", confirmed=True, authenticated=False)],
            "a@b.c can be unsubscribed by a click",
        ),
    ],
)
def test_each_fault_is_named(subscriptions: list[Subscription], complaint: str) -> None:
    """One that is missing, one that waits, and one that a mail scanner ends."""
    (said,) = complaints(subscriptions)

    assert re.search(complaint, said)
