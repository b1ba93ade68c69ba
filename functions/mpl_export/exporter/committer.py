"""When the checkpoint is written: after what it says was stored, and not more often than useful."""

from datetime import datetime

from mpl_export.checkpoint import Checkpoint, Checkpoints
from mpl_export.clock import Clock
from mpl_export.exporter.export import Step

_COMMIT_SECONDS = 5.0
"""Windows with nothing new are passed by the hundred; a write for each would cost half a minute."""


class Committer:
    """Commits what is reached, but never past the overlap.

    Attributes:
        position: What was committed last, or known before.
        reached: What was reached by then.
    """

    def __init__(
        self, checkpoints: Checkpoints, clock: Clock, latest: datetime, known: Checkpoint
    ) -> None:
        self._checkpoints = checkpoints
        self._clock = clock
        self._latest = latest
        self._last = clock.monotonic()
        self._stored = False
        self.position = known.position
        self.reached = known.reached
        self._pending: datetime | None = None

    def take(self, step: Step) -> None:
        """Note a step; commit when a part was stored before what it reached, or after a while."""
        self._stored = self._stored or step.stored is not None
        if step.reached is None:
            return
        self._pending = step.reached
        if self._stored or self._clock.monotonic() - self._last >= _COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Commit what is pending."""
        if self._pending is None:
            return
        self.reached, self._pending = self._pending, None
        position = min(self.reached, self._latest)
        if self.position is None or position > self.position:
            self._checkpoints.commit(position, self.reached)
            self.position = position
        self._last, self._stored = self._clock.monotonic(), False
