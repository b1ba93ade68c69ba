"""What a schedule asks for: all that is new since the position."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing
from datetime import datetime

from mpl_export.errors import OutOfTimeError
from mpl_export.exporter.committer import Committer
from mpl_export.exporter.planning import cut_at
from mpl_export.exporter.work import Work
from mpl_export.instants import MILLISECOND
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

    def may_step_over(instant: datetime, _before: int) -> bool:
        return instant in known.stuck

    latest = max(since, now - work.settings.overlap)  # StartFrom may be younger than that
    committer = Committer(work.checkpoints, work.clock, latest, known)
    borders = [*_edges(known.stuck), *work.settled()]
    if known.walked is not None:  # where a walk is gone on with, a question has to begin
        borders.append(known.walked.instant)
    pieces = cut_at(Span(since=since, until=now), borders)
    try:
        with closing(work.steps(pieces, may_step_over, known.walked)) as steps:
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


def _edges(stuck: AbstractSet[datetime]) -> Iterator[datetime]:
    """Where to cut a span, so that each place that cannot be read is a question of its own.

    Neighbours are one place: the tenant has to answer for what comes behind all of them.
    """
    for instant in stuck:
        if instant - MILLISECOND not in stuck:
            yield instant
        if instant + MILLISECOND not in stuck:
            yield instant + MILLISECOND
