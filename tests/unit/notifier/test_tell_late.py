"""To run out of time, and to meet what is down, is no failed delivery: nothing ends as dead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mpl_export.errors import AwsUnavailableError, PartsUntoldError
from tests.support.notifier.notifier_harness import Harness
from tests.support.notifier.queued_harness import QueuedHarness
from tests.unit.samples import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Collection

    from mpl_export.notifier.inbox import Part


@pytest.mark.parametrize("seconds", [0.3, 10])
def test_a_storm_at_once_is_told_and_leaves_nothing_dead(seconds: float) -> None:
    """Thirty parts, whether the bus is slow or takes ten seconds for each call.

    At ten, a part takes more than a minute: what does not fit an invocation comes again, goes on
    where it stopped, and is killed never.  (300,000 failures, tenfold, in the integration suite.)
    """
    QueuedHarness(Harness(call_takes=timedelta(seconds=seconds))).outlive_a_storm(failures=1_000)


@pytest.mark.parametrize("what", ["bus", "topic", "table"])
def test_what_is_down_for_a_day_leaves_nothing_dead(what: str) -> None:
    """Each delivery of that day fails; when it is back, all is told, once."""
    delivery = QueuedHarness()
    down = AwsUnavailableError("it is down")
    match what:
        case "bus":
            delivery.harness.bus_down = down
        case "topic":
            delivery.harness.down = down
        case _:
            delivery.harness.table_down = down
    delivery.store(parts=3, failures=10)
    delivery.live(DAY)
    assert not delivery.queue.dead

    delivery.harness.bus_down = delivery.harness.down = delivery.harness.table_down = None
    delivery.live(2 * HOUR)

    assert delivery.told() == 30
    assert len({event["version"] for event in delivery.harness.events}) == 30
    assert len(delivery.harness.events) == 30
    assert not delivery.queue.messages
    assert not delivery.queue.dead


def test_when_the_bus_is_down_people_are_told_at_once() -> None:
    """Of all parts of the batch: only their events wait."""
    delivery = QueuedHarness(Harness(bus_down=AwsUnavailableError("it is down")))
    delivery.store(parts=3, failures=10)

    delivery.queue.deliver(delivery.take, AwsUnavailableError)

    assert delivery.told() == 30
    assert delivery.queue.failed == 1


def test_what_can_never_be_told_is_dead_in_the_end() -> None:
    """An alarm looks there; and until then the flush is loud."""
    delivery = QueuedHarness()
    delivery.store(parts=1, failures=1)
    [message] = delivery.queue.messages
    delivery.harness.objects[message.part.key] = b"not a part"

    def take(parts: Collection[Part]) -> Collection[Part]:
        undone = delivery.harness.notifier()._taker.take(parts)
        assert undone
        return undone

    delivery.queue.live(HOUR, take)
    with pytest.raises(PartsUntoldError, match="2026-11-22T12Z-0000"):
        delivery.harness.notifier().flush()
    delivery.queue.live(3 * DAY, take)

    assert delivery.queue.dead == [message.part]
    delivery.harness.notifier().flush()


def test_after_three_parts_that_aws_failed_the_others_are_left_alone() -> None:
    """Each would take a minute of attempts, and the invocation be killed in the end."""
    delivery = QueuedHarness()
    delivery.store(parts=10, failures=1)
    delivery.harness.parts_down = AwsUnavailableError("S3 is down")

    with pytest.raises(AwsUnavailableError):
        delivery.take([message.part for message in delivery.queue.messages])

    assert delivery.harness.gets == 3
