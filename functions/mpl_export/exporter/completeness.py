"""What the tenant counts on a day beside what was read of it: evidence that nothing is missing.

A day is counted, read from its beginning to its end, and counted again, all by one run.  A day that
a run could not finish has no evidence: rows that two runs have read cannot be told apart without
noting each of them, and a number that may be wrong proves nothing.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mpl_export.evidence import Evidence
from mpl_export.exporter.export import Step
from mpl_export.exporter.work import Work
from mpl_export.instants import MILLISECOND
from mpl_export.model import WINDOW, Page, Span, window_of

_DAY = timedelta(days=1)

_log = logging.getLogger(__name__)


def oldest_day(since: datetime, until: datetime) -> Span | None:
    """The first day, UTC, that lies wholly within a span; None if there is none."""
    first = since.replace(hour=0, minute=0, second=0, microsecond=0)
    day = first if first == since else first + _DAY
    return Span(since=day, until=day + _DAY) if day + _DAY <= until else None


class Distinct:
    """Counts rows, each once, although pages overlap at their edges.

    Memory: the ids of the windows that are not read to their end, as these rows wait to be stored
    anyway.  A row that moves to another window while it is read counts twice, which can hide a gap
    of one, and never make one up.
    """

    def __init__(self) -> None:
        self._settled = 0
        self._seen: dict[datetime, set[str | bytes]] = {}

    def take(self, page: Page) -> None:
        """Count the rows of a page."""
        for log in page.logs:
            self._seen.setdefault(window_of(log.filed_at), set()).add(log.guid or log.version)
        # The next page begins a millisecond earlier, where the tenant may round what it shows.
        over = [at for at in self._seen if at + WINDOW <= page.reached - 2 * MILLISECOND]
        for window in over:
            self._settled += len(self._seen.pop(window))

    @property
    def held(self) -> int:
        """How many ids are kept."""
        return sum(map(len, self._seen.values()))

    @property
    def count(self) -> int:
        """How many rows there were."""
        return self._settled + self.held


@dataclass(slots=True)
class DayRead:
    """One pass over one day, from its beginning."""

    work: Work
    day: Span
    before: int | None = field(init=False)
    _rows: Distinct = field(default_factory=Distinct)
    _unreadable: set[bytes] = field(default_factory=set)
    _stepped_over: set[datetime] = field(default_factory=set)
    _ties_unresolved: int = 0

    def __post_init__(self) -> None:
        self.before = self.work.api.count(self.day)

    def take(self, step: Step) -> None:
        """Count what a step has read of the day."""
        page = step.page
        if page is None:
            return
        self._rows.take(page)
        self._unreadable.update(log.version for log in page.logs if not log.readable)
        self._stepped_over.update(page.stepped_over)
        self._ties_unresolved += page.ties_unresolved

    def end(self) -> None:
        """Count again, and note what there is to say of the day; a gap is told at once."""
        evidence = Evidence(
            day=self.day.since,
            before=self.before,
            after=None if self.before is None else self.work.api.count(self.day),
            read=self._rows.count,
            stepped_over=len(self._stepped_over),
            unreadable=len(self._unreadable),
            ties_unresolved=self._ties_unresolved,
        )
        self.work.report.evidence = evidence
        if evidence.gap:
            _log.warning(
                "%s: the tenant counted %s logs before and %s after they were read, and showed %s",
                self.day.since.date(),
                evidence.before,
                evidence.after,
                evidence.read,
            )
            self.work.gauges.completeness(evidence.gap)
        self.work.checkpoints.note_evidence(evidence)
