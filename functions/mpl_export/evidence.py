"""What shows that a day was read whole: the tenant's own count beside what was read of it."""

from dataclasses import dataclass
from datetime import datetime

from mpl_export.instants import iso_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the tenant said of a day, and what was read of it, by one pass of the reconcile.

    Attributes:
        day: The day, by its first instant.
        before, after: How many logs the tenant counted before and after the pass; None if it
            cannot count.
        read: Rows that were read, each once.
        stepped_over: Milliseconds that the tenant could not show.
        unreadable: Rows among those read that are kept as they came.
        ties_unresolved: Milliseconds that hold more rows than could be told apart.
        held: Versions that the archive holds of the day; None before they are counted.
    """

    day: datetime
    before: int | None = None
    after: int | None = None
    read: int = 0
    stepped_over: int = 0
    unreadable: int = 0
    ties_unresolved: int = 0
    held: int | None = None

    @property
    def gap(self) -> int | None:
        """How many logs the tenant counted and did not show; None if it cannot count.

        The smaller count is taken: what was cleaned up or changed meanwhile is no gap.
        """
        if self.before is None or self.after is None:
            return None
        return max(0, min(self.before, self.after) - self.read - self.stepped_over)

    def as_json(self) -> dict[str, object]:
        """As seals and reports have it."""
        return {
            "day": iso_instant(self.day),
            "count_before": self.before,
            "count_after": self.after,
            "rows_read": self.read,
            "stepped_over": self.stepped_over,
            "unreadable": self.unreadable,
            "ties_unresolved": self.ties_unresolved,
            "versions_held": self.held,
            "gap": self.gap,
        }
