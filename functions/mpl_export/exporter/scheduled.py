"""What a schedule asks for: all that is new since the position."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing
from datetime import datetime

from mpl_export.errors import OutOfTimeError
from mpl_export.exporter.committer import Committer
from mpl_export.exporter.gone import Gone
from mpl_export.exporter.planning import cut_at
from mpl_export.exporter.standing import Standing
from mpl_export.exporter.work import Work
from mpl_export.instants import MILLISECOND
from mpl_export.model import Span
from mpl_export.tenant.logs.unreadable import UnreadableInstantError


def export_new(work: Work, standing: Standing) -> None:
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
    span = work.kept(since, now)
    if span is None:
        report.caught_up = True
    else:
        _export(work, span, standing)
    _note_success(work, standing)


def _export(work: Work, span: Span, standing: Standing) -> None:
    known, report = work.known, work.report

    def may_step_over(instant: datetime, _before: int) -> bool:
        return instant in known.stuck

    latest = max(span.since, work.now - work.settings.overlap)  # StartFrom may be younger than that
    committer = Committer(work.checkpoints, work.clock, latest, known)
    gone = Gone(work)
    borders = [*_edges(known.stuck), *work.settled()]
    if known.walked is not None:  # a question has to begin where a walk continues
        borders.append(known.walked.instant)
    try:
        with closing(
            work.steps(cut_at(span, borders), may_step_over, known.walked, untold=work.stored)
        ) as steps:
            for step in steps:
                work.take(step)
                gone.reached(step.reached)
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
        report.reached = standing.reached = committer.reached
        standing.progressed = committer.progressed or standing.progressed


def _note_success(work: Work, standing: Standing) -> None:
    """Note the first success, and the end of the first catch-up: the lag is told from then on.

    A run that got nowhere is none, though time running out is no failure.
    """
    caught_up = work.report.caught_up
    if not caught_up and standing.progressed == work.known.progressed:
        return
    if not standing.has_succeeded or (caught_up and not standing.has_caught_up):
        work.checkpoints.note_success(work.clock.now(), caught_up=caught_up)
    standing.has_succeeded = True
    standing.has_caught_up = standing.has_caught_up or caught_up


def _edges(stuck: AbstractSet[datetime]) -> Iterator[datetime]:
    """Where to cut a span, so that each place that cannot be read is a question of its own.

    Neighbours are one place: the tenant has to answer for what comes behind all of them.
    """
    for instant in stuck:
        if instant - MILLISECOND not in stuck:
            yield instant
        if instant + MILLISECOND not in stuck:
            yield instant + MILLISECOND
