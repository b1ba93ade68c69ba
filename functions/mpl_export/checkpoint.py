"""The checkpoint: how far the export got, what it left for later, and who may run.

The lease avoids double work; the archive needs no lock.  Nor does a commit need the lease: it is
conditional on the position growing, because what a stale run says is still true.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from mpl_export.evidence import Evidence
from mpl_export.model import Walked
from mpl_export.rules.rules import Noted

MOST_STUCK = 256
"""The most milliseconds that are noted as stuck; more within an overlap are an outage."""

PART_NOTED_FOR = timedelta(hours=1)
"""How long a noted part stays: it is checked once the notifier has had time to handle it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealHead:
    """A seal by its number and the SHA-256 of its object, in hex."""

    number: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """The days that are exported again, and how far that got.

    Attributes:
        since, until: The days, half-open.
        reached: The ``LogEnd`` below which they have been read and stored.
        below: The position when it began: what is found below it came late.  None before any.
        walked: How far a tie was walked when time was up.
        not_before: When to go on, after a failure.
    """

    since: datetime
    until: datetime
    reached: datetime
    below: datetime | None
    walked: Walked | None = None
    not_before: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether it is done."""
        return self.reached >= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedPart:
    """A part that was stored, and when."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNoted:
    """How many logs may still end, when the open ones were read last.

    Attributes:
        since: When the oldest of them began; None if there is none.
    """

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedArtifacts:
    """What is known of the looks at what is deployed.

    Attributes:
        read: The hour of the last look.
        refused: Since when the role does not cover it, which was said then; None if it does.
        begun: The key of the last snapshot that was about to be stored.
        key: The key of the last one that is known to be stored.
        digest: The digest of its artifacts.
    """

    read: datetime | None = None
    refused: datetime | None = None
    begun: str | None = None
    key: str | None = None
    digest: str | None = None

    @property
    def pending(self) -> str | None:
        """The key of a snapshot that may be stored, by a run that did not live to note it."""
        if self.begun is None or (self.key is not None and self.begun <= self.key):
            return None
        return self.begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What was known at the end of the last commit.

    Attributes:
        position: The instant before which all has been exported, the overlap included; None before
            the first commit.
        reached: The instant before which the runs had read and stored everything.
        progressed: When a run got further for the last time.
        start_from: Where the first run began, resolved once and for all.
        first_run: When the first run began.
        first_success: When a run first ended well that got further or found that all was there.
        caught_up: When a run first got to its present: the end of the first catch-up.
        swept: The hour in which the open logs were read last.
        open: What that found; None if it could not be read whole.
        stuck: Milliseconds for which the tenant failed throughout a run.
        walked: How far a tie was walked when a run's time was up.
        reconcile: The reconcile that is under way, or the last one.
        part: A part that was stored lately; one an hour is noted.
        seal: The last seal that was made.
        sealed: All that had arrived before this was sealed when a pass of the sealer ended.
        rules: The rules that are in force; None if nobody has put any.
        evidence: Of the last day that one run read, as the oldest of a reconcile, to its end.
        artifacts: What is known of the looks at what is deployed.
    """

    position: datetime | None = None
    reached: datetime | None = None
    progressed: datetime | None = None
    start_from: datetime | None = None
    first_run: datetime | None = None
    first_success: datetime | None = None
    caught_up: datetime | None = None
    swept: datetime | None = None
    open: OpenNoted | None = None
    stuck: frozenset[datetime] = frozenset()
    walked: Walked | None = None
    reconcile: Reconcile | None = None
    part: NotedPart | None = None
    seal: SealHead | None = None
    sealed: datetime | None = None
    rules: Noted | None = None
    evidence: Evidence | None = None
    artifacts: NotedArtifacts = NotedArtifacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to run until an instant, or the news that another run has it."""

    held: bool
    checkpoint: Checkpoint


class Checkpoints(Protocol):
    """Where the checkpoint of one tenant is kept."""

    def read(self) -> Checkpoint:
        """The checkpoint as it stands."""

    @contextmanager
    def lease(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Iterator[Lease]:
        """Hold the lease for the length of the ``with``, unless another run holds it.

        Args:
            owner: The id of this run; a run that Lambda invoked twice is one owner.
            until: When Lambda will end this run.  The lease ends then by itself, so a run that is
                killed does not keep the next one waiting, and nothing has to be renewed.
            start_from: Where to begin if this is the first run of all; otherwise ignored.
        """

    def commit(
        self,
        position: datetime,
        reached: datetime,
        *,
        at: datetime,
        passed: Collection[datetime] = (),
    ) -> None:
        """Note how far the export got; ignored if it got further already.

        Args:
            at: When that was.
            passed: Milliseconds that were stuck and lie behind the position now.
        """

    def note_success(self, at: datetime, *, caught_up: bool) -> None:
        """Note that a run ended well, and whether it got to its present; the first ones stay."""

    def note_sweep(self, hour: datetime, found: OpenNoted | None = None) -> None:
        """Note the hour in which the open logs were read, and what that found."""

    def note_stuck(self, instant: datetime) -> None:
        """Note a millisecond for which the tenant failed throughout this run.

        Of more than ``MOST_STUCK`` the rest is not noted: the runs go on failing for it.
        """

    def note_walked(self, walked: Walked | None, *, at: datetime) -> None:
        """Note how far a tie was walked, when; None when it lies behind."""

    def note_reconcile(self, reconcile: Reconcile) -> None:
        """Note how far the reconcile got; ignored if it, or a later one, got further already."""

    def note_part(self, part: NotedPart) -> None:
        """Note a part that was stored, unless one is noted that is younger than an hour."""

    def note_seal(self, seal: SealHead) -> None:
        """Note a seal that was made; ignored if a later one is noted."""

    def note_sealed(self, until: datetime) -> None:
        """Note that all is sealed that arrived before; ignored if more is noted."""

    def note_evidence(self, evidence: Evidence) -> None:
        """Note the evidence of a day; ignored if that of this day or a later one is noted."""

    def note_artifacts(self, hour: datetime, *, refused: datetime | None) -> None:
        """Note the hour of a look at what is deployed, and since when the role does not cover it.

        Ignored if a later look is noted.
        """

    def begin_snapshot(self, key: str) -> None:
        """Note that a snapshot is about to be stored; ignored if a later one is noted."""

    def note_snapshot(self, key: str, digest: str) -> None:
        """Note that a snapshot is stored; ignored if a later one is noted."""
