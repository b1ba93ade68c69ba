"""What a report is about: a stretch of time, its last week, and the week before that."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.model import Span

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open stretch, ``since <= LogEnd < until``, in UTC.

    Attributes:
        since, until: What the plots and tables show.
    """

    since: datetime
    until: datetime

    @property
    def week(self) -> Span:
        """The last seven days."""
        return Span(since=self.until - WEEK, until=self.until)

    @property
    def before(self) -> Span:
        """The seven days before those."""
        return Span(since=self.until - 2 * WEEK, until=self.until - WEEK)

    @property
    def read(self) -> Span:
        """What has to be read: also the week before, however short the report is."""
        return Span(since=min(self.since, self.before.since), until=self.until)

    @property
    def bucket(self) -> str:
        """How wide a bar of a plot is: as many as a screen has room for."""
        length = self.until - self.since
        if length <= timedelta(days=3):
            return "hour"
        if length <= timedelta(days=75):
            return "day"
        return "week" if length <= timedelta(days=550) else "month"
