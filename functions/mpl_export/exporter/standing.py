"""How far the export is, as far as a run knows: what the lag is told by."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.checkpoint import Checkpoint


@dataclass(slots=True, kw_only=True)
class Standing:
    """What the last runs had noted, and what this one adds to it.

    Attributes:
        start_from: Where the export begins.
        reached: The instant before which everything was read and stored.
        progressed: When a run got further for the last time.
        has_succeeded: Whether a run ever ended well.
        has_caught_up: Whether a run ever got to its present.
    """

    start_from: datetime | None
    reached: datetime | None
    progressed: datetime | None
    has_succeeded: bool
    has_caught_up: bool

    @classmethod
    def of(cls, known: Checkpoint) -> "Standing":
        """What the checkpoint knows."""
        return cls(
            start_from=known.start_from,
            reached=known.reached,
            progressed=known.progressed,
            has_succeeded=known.first_success is not None,
            has_caught_up=known.caught_up is not None,
        )

    def lag(self, now: datetime) -> timedelta | None:
        """How far the archive is behind.

        During the first catch-up, which may have a month to read, it is the time since a run last
        got further: one that stands still is behind, one that is on its way is not.

        Returns:
            None before the first success: an installation that never worked has no lag.
        """
        if not self.has_succeeded:
            return None
        mark = (self.reached or self.start_from) if self.has_caught_up else self.progressed
        return max(timedelta(0), now - (mark or now))
