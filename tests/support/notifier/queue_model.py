"""The queue in front of the notifier as SQS and Lambda work it, on a clock that is turned.

Messages that were received are hidden for the visibility timeout, whatever became of them, and come
again unless they were deleted; who was received too often goes to the dead-letter queue.  Lambda
deletes what the function does not give back, and nothing when it raises or is killed.

Source: SQS Developer Guide, "Visibility timeout", "Dead-letter queues"; Lambda Developer Guide,
"Using Lambda with Amazon SQS", "Reporting batch item failures".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from mpl_export.notifier.inbox import Part
    from tests.packaging.template import Stack
    from tests.support.manual_clock import ManualClock


@dataclass
class Message:
    """A message: about a part, hidden until an instant, received so often."""

    part: Part
    hidden_until: datetime
    received: int = 0


@dataclass
class QueueModel:
    """The queue, its dead-letter queue, and the mapping that invokes the function.

    Attributes:
        lives: For how long Lambda lets an invocation live.
        dead: Parts in the dead-letter queue.
        killed: How many invocations were killed.
        failed: How many raised.
    """

    clock: ManualClock
    visibility: timedelta
    most_receives: int
    batch: int
    lives: timedelta
    messages: list[Message] = field(default_factory=list)
    dead: list[Part] = field(default_factory=list)
    killed: int = 0
    failed: int = 0

    @classmethod
    def of(cls, stack: Stack, clock: ManualClock) -> QueueModel:
        """The queue that the template makes."""
        queue, function = stack.properties("NewParts"), stack.properties("Notifier")
        return cls(
            clock=clock,
            visibility=timedelta(seconds=queue["VisibilityTimeout"]),
            most_receives=queue["RedrivePolicy"]["maxReceiveCount"],
            batch=function["Events"]["Parts"]["Properties"]["BatchSize"],
            lives=timedelta(seconds=function["Timeout"]),
        )

    def send(self, parts: Iterable[Part]) -> None:
        """Put messages about parts into the queue."""
        self.messages += [Message(part, self.clock.now()) for part in parts]

    def deliver(
        self, take: Callable[[Collection[Part]], Collection[Part]], *errors: type[Exception]
    ) -> bool:
        """Invoke the function with a batch; say whether there was any.

        Args:
            errors: What the function may raise.
        """
        now = self.clock.now()
        batch: list[Message] = []
        for message in [each for each in self.messages if each.hidden_until <= now]:
            if message.received >= self.most_receives:
                self.messages.remove(message)
                self.dead.append(message.part)
            elif len(batch) < self.batch:
                message.received += 1
                message.hidden_until = now + self.visibility
                batch.append(message)
        if not batch:
            return False
        try:
            undone = take([message.part for message in batch])
        except errors:
            self.failed += 1
            return True
        if self.clock.now() - now > self.lives:
            self.killed += 1
            return True
        for message in batch:
            if message.part not in undone:
                self.messages.remove(message)
        return True

    def live(
        self,
        time: timedelta,
        take: Callable[[Collection[Part]], Collection[Part]],
        *errors: type[Exception],
        each: Callable[[], object] = lambda: None,
    ) -> None:
        """Let time pass, a minute at a time, and deliver what there is."""
        until = self.clock.now() + time
        while self.clock.now() < until:
            while self.deliver(take, *errors):
                pass
            each()
            self.clock.turn(timedelta(minutes=1))
