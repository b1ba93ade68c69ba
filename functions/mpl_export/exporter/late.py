"""What a reconcile finds late: which artifacts it comes from, and how late it was at most."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mpl_export.archive.archive import Stored

_BOUNDS = (
    (timedelta(minutes=15), "up_to_15m"),
    (timedelta(hours=1), "up_to_1h"),
    (timedelta(hours=6), "up_to_6h"),
    (timedelta(days=1), "up_to_1d"),
)
_LONGER = "more"
_MOST_ARTIFACTS = 10
_OTHERS = "others"
_UNKNOWN = "unknown"


@dataclass(slots=True, kw_only=True)
class Late:
    """The new states that the scheduled runs had passed by.

    Attributes:
        count: How many there are.
        by_artifact: How many of each artifact, by its id.
        by_bound: How many had ended so long before they were read.  When a log appeared, no tenant
            tells; it was not later than that.
    """

    count: int = 0
    by_artifact: Counter[str] = field(default_factory=Counter)
    by_bound: Counter[str] = field(default_factory=Counter)

    def take(self, part: Stored, position: datetime | None) -> int:
        """Count what a part holds of them.

        Args:
            position: Where the scheduled runs were; None before any: then nothing is late.

        Returns:
            How many these are.
        """
        before = self.count
        for log in part.new:
            if position is None or log.log_end is None or log.log_end >= position:
                continue
            self.count += 1
            self.by_artifact[log.artifact or _UNKNOWN] += 1
            self.by_bound[_bound_of(log.read_at - log.log_end)] += 1
        return self.count - before

    def as_json(self) -> dict[str, dict[str, int]]:
        """The members of the report; none if nothing was late."""
        if not self.count:
            return {}
        named = dict(self.by_artifact.most_common(_MOST_ARTIFACTS))
        others = self.count - sum(named.values())
        if others:
            named[_OTHERS] = named.get(_OTHERS, 0) + others
        names = [*(name for _, name in _BOUNDS), _LONGER]
        return {
            "late_by": {name: self.by_bound[name] for name in names if self.by_bound[name]},
            "late_by_artifact": named,
        }


def _bound_of(age: timedelta) -> str:
    return next((name for bound, name in _BOUNDS if age <= bound), _LONGER)
