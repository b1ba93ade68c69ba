"""What is deployed, looked at once an hour, and stored whole when it has changed.

Its outcome is its own: a role that does not cover it, or a tenant that cannot show it, is told, and
makes no run fail.  A list that is not whole is no list: what is absent counts.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from mpl_export.archive.known import ForeignObjectError
from mpl_export.archive.layout import snapshot_key, snapshot_of_key
from mpl_export.archive.records import DamagedPartError
from mpl_export.archive.snapshots import Snapshot, snapshot_in
from mpl_export.artifacts import ERROR, Artifact, digest_of
from mpl_export.clock import Deadline
from mpl_export.errors import ExportError, OutOfTimeError
from mpl_export.exporter.report import Artifacts
from mpl_export.exporter.work import Work
from mpl_export.tenant.artifacts.listing import ArtifactListing, RoleMissingError
from mpl_export.tenant.artifacts.rows import TEXT_BYTES

MOST_TEXTS = 20
"""For how many artifacts that did not start the cause is asked; more of them share one."""
TEXTS_TIME = timedelta(seconds=30)

_FAIR_SECONDS = 20.0
"""A look that would have less time than this is left to the next run."""
_MINUTE = timedelta(minutes=1)

_log = logging.getLogger(__name__)


def look_at_artifacts(work: Work) -> None:
    """Read what is deployed, by the first run of an hour, and store it if it has changed."""
    hour = work.now.replace(minute=0, second=0, microsecond=0)
    known = work.known.artifacts
    if work.settings.runtime_artifacts == "off" or (known.read is not None and known.read >= hour):
        return
    if work.reading.seconds_left() < _FAIR_SECONDS:
        return
    found = work.report.artifacts = Artifacts()
    refused = None
    try:
        _look(work, found)
    except OutOfTimeError:
        work.report.artifacts = None
        return
    except RoleMissingError as error:
        found.uncovered = True
        refused = known.refused or work.now
        if known.refused is None:  # said once, not every hour until a role is given
            found.failed = str(error)
            _log.warning("%s", error)
    except ExportError as error:
        found.failed = str(error)
        _log.warning("what is deployed could not be looked at: %s", error)
    work.checkpoints.note_artifacts(hour, refused=refused)


def _look(work: Work, found: Artifacts) -> None:
    with_deployer = work.settings.runtime_artifacts == "with-deployer"
    listing = ArtifactListing(work.api.asking, with_deployer=with_deployer)
    artifacts = listing.read()
    found.read = len(artifacts)
    digest = digest_of(artifacts)
    last, held = work.known.artifacts.key, work.known.artifacts.digest
    # One that was begun may be stored.  To write in its place tells, and needs no right to list.
    pending = work.known.artifacts.pending
    while pending is not None or held != digest:
        if not any(artifact.error_text for artifact in artifacts):
            artifacts = _with_texts(work, listing, artifacts)
        key = pending or snapshot_key(work.settings.tenant, _minute_after(last, work.now))
        ours = Snapshot(read_at=work.now, previous=last, artifacts=artifacts).body()
        work.checkpoints.begin_snapshot(key)
        there = work.archive.keep(key, ours)
        held = digest if there == ours else _digest_in(there, key)
        work.checkpoints.note_snapshot(key, held)
        found.stored = key if there == ours else found.stored
        last, pending = key, None


def _digest_in(body: bytes, key: str) -> str:
    try:
        return digest_of(snapshot_in(body).artifacts)
    except DamagedPartError as error:
        raise ForeignObjectError(key) from error


def _minute_after(key: str | None, now: datetime) -> datetime:
    """The minute of now; one behind that of the last snapshot, whatever the clock says."""
    minute = now.replace(second=0, microsecond=0)
    last = None if key is None else snapshot_of_key(key)
    return minute if last is None else max(minute, last + _MINUTE)


def _with_texts(
    work: Work, listing: ArtifactListing, artifacts: tuple[Artifact, ...]
) -> tuple[Artifact, ...]:
    """The artifacts, with the error texts of those that did not start, by best effort."""
    if not work.settings.error_texts:
        return artifacts
    until = min(work.clock.monotonic() + TEXTS_TIME.total_seconds(), work.reading.at)
    deadline = Deadline(work.clock, until)
    wanted = [each.id for each in artifacts if each.status == ERROR][:MOST_TEXTS]
    texts: dict[str, str | None] = {}
    for artifact in wanted:
        if deadline.passed():
            break
        try:
            text = listing.error_text(artifact, deadline)
            texts[artifact] = None if text is None else work.archive.masked_text(text, TEXT_BYTES)
        except ExportError as error:
            _log.warning("why an artifact did not start is not known: %s", type(error).__name__)
    return tuple(replace(each, error_text=texts.get(each.id)) for each in artifacts)
