"""A notifier in memory behind the template's queue."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from mpl_export.errors import AwsUnavailableError, PartsUntoldError
from tests.packaging.template import Stack, load
from tests.support.notifier.notifier_harness import Harness
from tests.support.notifier.queue_model import QueueModel

if TYPE_CHECKING:
    from collections.abc import Collection

    from mpl_export.notifier.inbox import Part


class QueuedHarness:
    """A harness behind the template's queue."""

    def __init__(self, harness: Harness | None = None) -> None:
        self.harness = harness or Harness()
        self.queue = QueueModel.of(Stack(load(), {"TenantName": "demo"}), self.harness.clock)
        self.harness.limit = self.queue.lives

    def store(self, parts: int, failures: int) -> None:
        """Store parts of failures, and send messages about them."""
        self.queue.send(
            [
                self.harness.part(
                    [self.harness.record(part * failures + n) for n in range(failures)], number=part
                )
                for part in range(parts)
            ]
        )

    def take(self, parts: Collection[Part]) -> list[Part]:
        """Handle a batch, as an invocation."""
        return self.harness.notifier().take(parts)

    def flush(self) -> None:
        """Flush, whatever it says of parts that wait."""
        with suppress(PartsUntoldError, AwsUnavailableError):
            self.harness.notifier().flush()

    def live(self, time: timedelta) -> None:
        """Deliver, and flush, for some time."""
        self.queue.live(time, self.take, AwsUnavailableError, each=self.flush)

    def told(self) -> int:
        """How many failures the digests speak of."""
        return self.harness.told_count()

    def outlive_a_storm(self, failures: int) -> None:
        """Thirty parts of so many failures at once: all told and sent once, and none is dead."""
        self.store(parts=30, failures=failures)

        self.live(timedelta(hours=12))

        versions = [event["version"] for event in self.harness.events]
        assert len(versions) == len(set(versions)) == 30 * failures
        assert self.told() == 30 * failures
        assert not self.queue.messages
        assert not self.queue.dead
        assert not self.queue.killed
