"""What a schedule asks for: all that is new since the position."""

from contextlib import closing
from datetime import datetime

from mpl_export.errors import OutOfTimeError
from mpl_export.exporter.committer import Committer
from mpl_export.exporter.planning import cut_at
from mpl_export.exporter.work import Work
from mpl_export.model import Span
from mpl_export.tenant.paging import UnreadableInstantError


def export_new(work: Work) -> None:
    """Export from the position to now, and commit how far it got.

    The position moves only past what S3 has acknowledged, and stays behind the run's start by
    the overlap, because logs become visible late.

    Raises:
        UnreadableInstantError: The tenant fails for one millisecond; the next run may step over it.
        ExportError: What the tenant or AWS did.
    """
    known, now, report = work.known, work.now, work.report
    since = known.position or known.start_from or now
    report.since, report.until = since, max(since, now)
    if since >= now:
        report.caught_up = True
        return
    stuck = known.stuck or (since, since)

    def may_step_over(instant: datetime, _before: int) -> bool:
        return stuck[0] <= instant < stuck[1]

    latest = max(since, now - work.settings.overlap)  # StartFrom may be younger than that
    committer = Committer(work.checkpoints, work.clock, latest, known)
    pieces = cut_at(Span(since=since, until=now), (*stuck, *work.settled()))
    try:
        with closing(work.steps(pieces, may_step_over)) as steps:
            for step in steps:
                work.take(step)
                committer.take(step)
        report.caught_up = True
    except UnreadableInstantError as error:
        work.checkpoints.note_stuck(error.instant)
        raise
    except OutOfTimeError:
        report.caught_up = False
    finally:
        committer.commit()
        report.position = committer.position
        work.gauges.lag(committer.reached, known, work.clock.now())
