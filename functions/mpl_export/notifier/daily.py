"""What is looked at once a day, in the morning: mutes that mute nothing, and the summary."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mpl_export.notifier.muted import MuteNotices, merged_mutes
from mpl_export.notifier.mutes_digest import idle_mutes_digest
from mpl_export.notifier.outlets import Topic
from mpl_export.notifier.ruling import Ruling
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.summary_digest import Summary, summary_digest
from mpl_export.notifier.volume import DayNotices, sum_of

_DAY = timedelta(days=1)
_WEEK = 7
_MORNING = 6
"""The hour, in the zone that digests give times in."""


def morning(now: datetime, settings: NotifierSettings) -> date:
    """The last UTC day whose morning has come: the day before it is over, and people are up."""
    today = now.date()
    local = now.astimezone(settings.time_zone or UTC)
    up = local.date() > today or (local.date() == today and local.hour >= _MORNING)
    return today if up else today - _DAY


@dataclass(frozen=True, kw_only=True)
class Daily:
    """Looks once a day."""

    settings: NotifierSettings
    ruling: Ruling
    mutes: MuteNotices
    days: DayNotices
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
        digests = self._tell_idle_mutes(now)
        if self.settings.daily_summary and last is not None:
            digests += self._sum_up(day - _DAY, now)
        return day, digests

    def _sum_up(self, day: date, now: datetime) -> int:
        """Tell what there was on a day that is over."""
        volume = sum_of(self.days.parts_of(day))
        rules = self.ruling.rules
        summary = Summary(
            day=day,
            volume=volume,
            before=self.days.days([day - n * _DAY for n in range(1, _WEEK + 1)]),
            muted=merged_mutes(self.mutes.muted(day)),
            mutes=[] if rules is None else rules.mutes,
            open=self.ruling.checkpoint.open,
        )
        self.days.note_day(day, volume, now=now)
        self.topic.publish(summary_digest(summary, self.settings.origin, self.ruling.everybody))
        return 1

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
