"""What is not told for a while: known errors and maintenance windows, each with an end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.rules.matching import Condition, Facts

LONGEST = timedelta(days=366)
"""A mute ends within this time; a longer one is put again, by somebody who still knows why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Failures like these that ended from an instant until another are not told.

    Attributes:
        since: From when on; None for since ever.
        until: Before when they ended.
    """

    name: str
    reason: str
    condition: Condition
    since: datetime | None
    until: datetime

    def mutes(self, facts: Facts, ended: datetime) -> bool:
        """Whether a failure that ended then is muted.

        Judged by when it ended, not by when it is read: so what a maintenance window broke stays
        muted however late it arrives, and what broke after it does not.
        """
        if ended >= self.until or (self.since is not None and ended < self.since):
            return False
        return self.condition.holds(facts)
