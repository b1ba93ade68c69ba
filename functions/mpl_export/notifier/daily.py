"""What is looked at once a day, in the morning: mutes that mute nothing, and the summary."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from mpl_export.notifier.muted import MuteNotices
from mpl_export.notifier.mutes_digest import idle_mutes_digest
from mpl_export.notifier.outlets import Topic
from mpl_export.notifier.ruling import Ruling
from mpl_export.notifier.settings import NotifierSettings

_MORNING = 6
"""The hour, in the zone that digests give times in."""


def morning(now: datetime, settings: NotifierSettings) -> date:
    """The last UTC day whose morning has come: the day before it is over, and people are up."""
    today = now.date()
    local = now.astimezone(settings.time_zone or UTC)
    up = local.date() > today or (local.date() == today and local.hour >= _MORNING)
    return today if up else date.fromordinal(today.toordinal() - 1)


@dataclass(frozen=True, kw_only=True)
class Daily:
    """Looks once a day."""

    settings: NotifierSettings
    ruling: Ruling
    mutes: MuteNotices
    topic: Topic

    def look(self, last: date | None, now: datetime) -> tuple[date, int] | None:
        """Do what is done once a day.

        Args:
            last: The day for which that was done last; None if it never was.

        Returns:
            The day for which it is done now, and how many digests that took; None if nothing is
            due.
        """
        day = morning(now, self.settings)
        if last is not None and last >= day:
            return None
        return day, self._tell_idle_mutes(now)

    def _tell_idle_mutes(self, now: datetime) -> int:
        rules = self.ruling.rules
        if rules is None:
            return 0
        mutes = {each.name: each for each in rules.mutes if each.until > now}
        if not mutes:
            return 0
        known = self.mutes.mutes(sorted(mutes), now=now)
        idle = {name: notice for name, notice in known.items() if notice.is_idle(now)}
        if not idle:
            return 0
        digest = idle_mutes_digest(
            [(mutes[name], idle[name]) for name in sorted(idle)],
            self.settings.origin,
            self.ruling.everybody,
        )
        self.topic.publish(digest)
        self.mutes.told_idle(sorted(idle), now=now)
        return 1
