"""When the checkpoint is written: after what it says was stored, and at intervals."""

from datetime import datetime

from mpl_export.checkpoint import Checkpoint, Checkpoints
from mpl_export.clock import Clock
from mpl_export.exporter.export import Step
from mpl_export.model import Walked

_COMMIT_SECONDS = 5.0
"""Windows are passed by the hundred; a write for each would cost as much as to store them.  What a
killed run has stored since is not stored again, but found."""


class Committer:
    """Commits what is reached, but never a position past the overlap.

    Attributes:
        position: What was committed last, or known before.
        reached: What was reached by then; what an earlier run had reached still holds.
        progressed: When this run got further for the last time; None if it did not.
    """

    def __init__(
        self, checkpoints: Checkpoints, clock: Clock, latest: datetime, known: Checkpoint
    ) -> None:
        self._checkpoints = checkpoints
        self._clock = clock
        self._latest = latest
        self._last = clock.monotonic()
        self.position = known.position
        self.reached = known.reached
        self.progressed: datetime | None = None
        self._stuck = known.stuck
        self._noted_walk = known.walked
        self._pending: datetime | None = None
        self._pending_walk: Walked | None = None
        self._read_to: datetime | None = None
        """What this run reached by itself; an earlier one may have got further, before a tie came
        late."""

    def take(self, step: Step) -> None:
        """Note a step; commit after a while."""
        if step.reached is None and step.walked is None:
            return
        self._pending = step.reached or self._pending
        self._read_to = step.reached or self._read_to
        self._pending_walk = step.walked or self._pending_walk
        if self._clock.monotonic() - self._last >= _COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Commit what is pending."""
        if self._pending is None and self._pending_walk is None:
            return
        if self._pending is not None:
            self._commit_reached(self._pending)
        walked, self._pending, self._pending_walk = self._pending_walk, None, None
        if walked is not None and not self._is_behind(walked):
            self._note_walk(walked)
        elif self._noted_walk is not None and self._is_behind(self._noted_walk):
            self._note_walk(None)
        self._last = self._clock.monotonic()

    def _commit_reached(self, pending: datetime) -> None:
        reached = max(pending, self.reached or pending)
        position = min(pending, self._latest)
        if self.position is not None and position <= self.position:
            if self.reached is not None and reached <= self.reached:
                return
            position = self.position
        passed = frozenset(instant for instant in self._stuck if instant < position)
        at = self._clock.now()
        self._checkpoints.commit(position, reached, at=at, passed=passed)
        self._stuck -= passed
        self.position, self.reached, self.progressed = position, reached, at

    def _is_behind(self, walked: Walked) -> bool:
        return self._read_to is not None and self._read_to > walked.instant

    def _note_walk(self, walked: Walked | None) -> None:
        at = self._clock.now()
        self._checkpoints.note_walked(walked, at=at)
        self._noted_walk = walked
        if walked is not None:
            self.progressed = at
