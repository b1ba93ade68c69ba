"""The verbs of the notifier: take parts, and flush what has waited long enough."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.archive.layout import part_of_key
from mpl_export.checkpoint import Checkpoint
from mpl_export.clock import Clock, Deadline
from mpl_export.errors import PartsUntoldError
from mpl_export.notifier.artifact_watching import ArtifactWatcher
from mpl_export.notifier.daily import Daily
from mpl_export.notifier.deployments import Deployments
from mpl_export.notifier.inbox import Part, part_name
from mpl_export.notifier.muted import MuteNotices
from mpl_export.notifier.notices import ArtifactNotices, FlowNotices, Notices, OpenPart
from mpl_export.notifier.outlets import Bus, Topic
from mpl_export.notifier.ruling import KeptRules, Ruling
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.taking import Parts, Taker
from mpl_export.notifier.telling import Teller
from mpl_export.notifier.volume import DayNotices
from mpl_export.notifier.watching import Watcher

LATE = timedelta(minutes=45)
"""A part that was stored longer ago should have been told; its message may have come twice.

Longer than the queue hides a part that was given back once.
"""

_ASKED_FOR = timedelta(days=1)
"""How long a stored part is checked for having been told: that is not remembered for ever."""
_DELIVERED = timedelta(hours=2)
"""A part that was not delivered for longer lies in the dead-letter queue, where an alarm looks."""


@dataclass(kw_only=True)
class Notifier:
    """One invocation: what it reads, whom it tells, and how long it may.

    Attributes:
        checkpoint: Asks how far the export got, and which rules are in force.
        rules: Where those are read.
        owner: The id of the invocation.
        working: When nothing more is to be begun.
        ends: When Lambda ends the invocation.
    """

    settings: NotifierSettings
    clock: Clock
    parts: Parts
    notices: Notices
    flows: FlowNotices
    mutes: MuteNotices
    days: DayNotices
    artifacts: ArtifactNotices
    topic: Topic
    bus: Bus
    checkpoint: Callable[[], Checkpoint]
    rules: KeptRules
    owner: str
    working: Deadline
    ends: datetime

    def __post_init__(self) -> None:
        self._ruling = Ruling(self.checkpoint, self.rules)
        self._taker = Taker(
            settings=self.settings,
            clock=self.clock,
            parts=self.parts,
            notices=self.notices,
            flows=self.flows,
            mutes=self.mutes,
            days=self.days,
            ruling=self._ruling,
            bus=self.bus,
            owner=self.owner,
            working=self.working,
            ends=self.ends,
        )

    @property
    def noted(self) -> Counter[str]:
        """How many failures of each artifact this invocation has noted."""
        return self._taker.noted

    @property
    def muted(self) -> Counter[str]:
        """How many failures each mute kept from being told in this invocation."""
        return self._taker.muted

    def take(self, parts: Collection[Part]) -> list[Part]:
        """Handle new parts, and tell at once what may be told at once.

        Returns:
            The parts that are to be delivered again.

        Raises:
            ExportError: None of the parts could be handled, or people could not be told; what was
                noted until then is told by the next flush.
        """
        undone = self._taker.take(parts)
        if self.noted:
            self.tell()
        if self._taker.errors and len(undone) == len(parts):
            raise self._taker.errors[0]
        return undone

    def look(self, snapshots: Collection[str]) -> list[str]:
        """Judge new snapshots of what is deployed, and tell what is new.

        Returns:
            The keys of those that are to be delivered again.

        Raises:
            ExportError: One cannot be read, or nobody could be told.
        """
        if not snapshots:
            return []
        return ArtifactWatcher(
            settings=self.settings,
            clock=self.clock,
            snapshots=self.parts,
            notices=self.notices,
            artifacts=self.artifacts,
            ruling=self._ruling,
            topic=self.topic,
            bus=self.bus,
            owner=self.owner,
            working=self.working,
            ends=self.ends,
        ).look(snapshots)

    def tell(self, daily: Daily | None = None) -> int:
        """Tell what waits and is due; say how many digests that took.

        Args:
            daily: What is done once a day, by who has the right to tell.
        """
        return Teller(
            settings=self.settings,
            clock=self.clock,
            notices=self.notices,
            deployments=Deployments(self.artifacts, self.parts),
            ruling=self._ruling,
            topic=self.topic,
            owner=self.owner,
            working=self.working,
            ends=self.ends,
            daily=daily,
        ).tell()

    def flush(self) -> int:
        """Tell what is due, and which flows fell silent or are back; say how many digests.

        Raises:
            PartsUntoldError: A part was stored, or delivered, 45 minutes ago and is not done.
        """
        digests = self.tell(
            Daily(
                settings=self.settings,
                ruling=self._ruling,
                mutes=self.mutes,
                days=self.days,
                topic=self.topic,
            )
        )
        now = self.clock.now()
        checkpoint = self._ruling.checkpoint
        open_parts = [p for p in self.notices.open_parts() if now - p.seen < _DELIVERED]
        if self.settings.expected_flows:
            digests += self._look(checkpoint, open_parts, now)
        self._fail_for_late_parts(checkpoint, open_parts, now)
        return digests

    def _look(self, checkpoint: Checkpoint, open_parts: list[OpenPart], now: datetime) -> int:
        with self.notices.turn(self.owner, now=now, until=self.ends) as turn:
            if not turn.held:
                return 0
            watcher = Watcher(
                settings=self.settings, flows=self.flows, ruling=self._ruling, topic=self.topic
            )
            return watcher.look(checkpoint, open_parts, now)

    def _fail_for_late_parts(
        self, checkpoint: Checkpoint, open_parts: list[OpenPart], now: datetime
    ) -> None:
        late = sorted(part.name for part in open_parts if now - part.since >= LATE)
        if late:
            raise PartsUntoldError(
                f"{len(late)} parts were delivered more than {LATE.seconds // 60} minutes ago and "
                f"are not told, the first of them {late[0]}; the log says why, and the queue "
                "delivers them again"
            )
        noted = checkpoint.part
        if noted is None or not LATE <= now - noted.at < _ASKED_FOR:
            return
        found = part_of_key(noted.key)
        if found is not None and not self.notices.is_finished(part_name(*found)):
            raise PartsUntoldError(
                f"the part {noted.key} was stored more than {LATE.seconds // 60} minutes ago, and "
                "the notifier was not told of it: see that the bucket sends its events to "
                "EventBridge in this account and region, and that the rule and the queue exist"
            )
