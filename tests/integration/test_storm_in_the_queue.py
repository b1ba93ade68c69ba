"""300,000 failures at once, through the queue as SQS and Lambda work it."""

from datetime import timedelta

from tests.support.notifier.notifier_harness import Harness, tell_texts_that_never_repeat
from tests.support.notifier.queued_harness import QueuedHarness


def test_300_000_failures_are_all_told_and_none_is_dead() -> None:
    """In thirty parts, at a bus that takes a second for each call: a part takes a minute.

    Most do not fit the invocation that gets them first, and go on where they stopped.
    """
    QueuedHarness(Harness(call_takes=timedelta(seconds=1))).outlive_a_storm(failures=10_000)


def test_50_000_texts_that_never_repeat_are_one_digest() -> None:
    """Each would be a kind of its own, to be noted, told and remembered: minutes of writes."""
    tell_texts_that_never_repeat(Harness(), parts=5, failures=10_000)
