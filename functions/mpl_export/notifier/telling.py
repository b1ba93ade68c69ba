"""What waits is told: when it is due, by few digests, by one invocation at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.clock import Clock, Deadline
from mpl_export.notifier.due import Due, due_now, in_digests
from mpl_export.notifier.failures_digest import Telling, failures_digest
from mpl_export.notifier.grouping import merged
from mpl_export.notifier.notices import Notices
from mpl_export.notifier.outlets import Topic
from mpl_export.notifier.settings import NotifierSettings

HOUR = timedelta(hours=1)
MOST_DIGESTS = 12
"""So many digests go out in any hour; texts that never repeat would make every failure new."""


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells for one invocation.

    Attributes:
        owner: The id of the invocation.
        working: When nothing more is to be begun.
        ends: When Lambda ends the invocation.
    """

    settings: NotifierSettings
    clock: Clock
    notices: Notices
    topic: Topic
    owner: str
    working: Deadline
    ends: datetime

    def tell(self) -> int:
        """Tell what waits and is due; say how many digests that took."""
        if self.working.passed():
            return 0
        with self.notices.turn(self.owner, now=self.clock.now(), until=self.ends) as turn:
            if not turn.held:
                return 0
            sent = list(turn.sent)
            before = len(sent)
            # Others note and find that it is not their turn: look again until nothing is due.
            while digests := self._due():
                for kinds in digests:
                    now = self.clock.now()
                    recent = [instant for instant in sent if now - instant < HOUR]
                    if self.working.passed() or len(recent) >= MOST_DIGESTS:
                        return len(sent) - before
                    sent.append(now)
                    self._tell(kinds, now, [*recent, now])
            return len(sent) - before

    def _due(self) -> list[list[Due]]:
        """What is due now, by digest."""
        if self.working.passed():
            return []
        waiting = self.notices.waiting()
        told = self.notices.last_told({each.group.signature for each in waiting})
        return in_digests(due_now(waiting, told, self.clock.now()))

    def _tell(self, kinds: list[Due], now: datetime, sent: list[datetime]) -> None:
        """Tell some kinds by one digest, and note that."""
        tellings = [
            Telling(group=group, told_before=kind.told.at if kind.told else None)
            for kind in kinds
            for group in merged(each.group for each in kind.waiting).values()
        ]
        self.topic.publish(failures_digest(tellings, self.settings.origin))
        self.notices.told(
            {kind.waiting[0].group.signature: kind.telling(now) for kind in kinds},
            [each for kind in kinds for each in kind.waiting],
            sent=sent,
        )
