"""The daily reconcile: the days that are over are read again, to find what came too late.

Scheduled runs begin it by themselves and spend what is left of their time on it, run by run, until
it is done.  Nothing has to start it, so no start of it can be lost.
"""

import logging
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mpl_export.archive.archive import Stored
from mpl_export.checkpoint import Checkpoint, Reconcile
from mpl_export.clock import Deadline
from mpl_export.errors import ExportError, OutOfTimeError
from mpl_export.exporter.completeness import DayRead, oldest_day
from mpl_export.exporter.export import Step
from mpl_export.exporter.gauges import is_first_of_slot
from mpl_export.exporter.planning import cut_at
from mpl_export.exporter.spans import unless_many, walked_after
from mpl_export.exporter.work import Work
from mpl_export.model import Span

_DAYS = timedelta(days=2)
_DAY = timedelta(days=1)
_SHARE = timedelta(minutes=4)
"""What one run gives at most: new logs, and failures among them, must not wait for longer."""
_NEXT_TRY = timedelta(hours=1)
_NOTE_SECONDS = 30.0

_log = logging.getLogger(__name__)


def reconcile(work: Work) -> None:
    """Go on with the reconcile of the days that are over, if it is not done.

    Its outcome is its own, as the sweep's is: the new logs are exported by then.  What fails is
    told and tried again an hour later, and a reconcile that never gets done has an alarm.
    """
    state = due(work.known, work.now, work.report.position)
    if state is None:
        return
    is_waiting = state.not_before is not None and work.now < state.not_before
    was_complete = state.complete
    if not was_complete and not is_waiting:
        state = _go_on(work, state)
    work.report.reconcile = state
    if is_first_of_slot(work.known.swept, work.now) or state.complete != was_complete:
        work.gauges.reconcile(complete=state.complete)


def due(known: Checkpoint, now: datetime, position: datetime | None) -> Reconcile | None:
    """The reconcile that is to be done: of the two days before today, UTC.

    What an older one left undone is added to it, and after an outage the days whose second time
    did not come: each day is read again twice.

    Returns:
        As far as it is done; None before the end of the first day.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    last = known.reconcile
    if known.first_run is None or known.first_run >= today:
        return None
    if last is not None and last.until >= today:
        return last
    since = today - _DAYS
    if last is not None:
        since = min(since, last.until - _DAY if last.complete else last.reached)
    since = min(max(since, known.start_from or since), today)
    return Reconcile(since=since, until=today, reached=since, below=position)


def _go_on(work: Work, state: Reconcile) -> Reconcile:
    span = work.kept(state.reached, state.until)
    progress = _Progress(work, replace(state, not_before=None))
    if span is None:
        return progress.done()
    day = oldest_day(state.since, state.until)
    share = _share(work)
    try:
        for piece in cut_at(span, () if day is None else (day.since, day.until)):
            # Of a tie that an earlier run has walked, not all rows come again.
            is_whole = piece == day and progress.state.walked is None
            _read(work, progress, piece, share, DayRead(work, piece) if is_whole else None)
    except OutOfTimeError:
        return progress.note()
    except ExportError as error:
        _log.warning("the reconcile cannot go on: %s", error)
        work.report.reconcile_failed = str(error)
        return progress.note(not_before=work.now + _NEXT_TRY)
    return progress.done()


def _read(
    work: Work, progress: "_Progress", piece: Span, share: Deadline, day: DayRead | None
) -> None:
    """Read a piece to its end.

    Args:
        day: Counts beside it what is read, where the piece is the day that there is evidence of.
    """
    walked = progress.state.walked
    borders = [*work.settled()]
    if walked is not None:
        borders.append(walked.instant)
    with closing(
        work.steps(
            cut_at(piece, borders), unless_many, walked, untold=progress.stored, deadline=share
        )
    ) as steps:
        for step in steps:
            progress.take(step)
            if day is not None:
                day.take(step)
    if day is not None:
        day.end()


def _share(work: Work) -> Deadline:
    share = Deadline.after(work.clock, _SHARE)
    return share if share.at < work.reading.at else work.reading


@dataclass(slots=True)
class _Progress:
    """How far it is, written down now and then."""

    work: Work
    state: Reconcile
    noted_at: float = 0.0

    def __post_init__(self) -> None:
        self.noted_at = self.work.clock.monotonic()

    def take(self, step: Step) -> None:
        """Count a step, and write down now and then how far it is."""
        if step.stored is None:
            self.work.take_beside(step)
        else:
            self.stored(step.stored)
        self.state = replace(
            self.state,
            reached=max(step.reached or self.state.reached, self.state.reached),
            walked=walked_after(step, self.state.walked),
        )
        if self.work.clock.monotonic() - self.noted_at >= _NOTE_SECONDS:
            self.note()

    def stored(self, part: Stored) -> None:
        """Count a part, and tell at once what came late: a run may be killed at any time."""
        self.work.stored(part)
        late = self.work.report.found_late.take(part, self.state.below)
        if late:
            self.work.gauges.late(late)

    def note(self, *, not_before: datetime | None = None) -> Reconcile:
        """Write down how far it is."""
        self.state = replace(self.state, not_before=not_before)
        self.work.checkpoints.note_reconcile(self.state)
        self.noted_at = self.work.clock.monotonic()
        return self.state

    def done(self) -> Reconcile:
        """Write down that it is done."""
        self.state = replace(self.state, reached=self.state.until, walked=None)
        if not self.work.report.late:
            self.work.gauges.late(0)
        return self.note()
