"""Kill a run at any of its outside effects: what it would have done after that never happens.

A real kill runs no ``finally``.  Here the effects of those blocks are stopped instead, one by one.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from mpl_export.archive.arrivals import Body, Listing
from mpl_export.checkpoint import (
    Checkpoint,
    Lease,
    NotedPart,
    OpenNoted,
    Reconcile,
    SealHead,
)
from mpl_export.evidence import Evidence
from mpl_export.model import Walked
from tests.support.exporter.fakes import MemoryCheckpoints, MemoryObjects


class Killed(BaseException):
    """The process is dead; no ``except`` of the code under test may take notice."""


@dataclass
class Life:
    """How many outside effects are left to a run.

    Attributes:
        effects: What it did, in order.
    """

    left: int | None = None

    def __post_init__(self) -> None:
        self.effects: list[str] = []

    def effect(self, name: str) -> None:
        """Count an effect that is about to happen; the dead have none."""
        if self.left is not None:
            if self.left <= 0:
                raise Killed
            self.left -= 1
        self.effects.append(name)


class KillableObjects:
    """A bucket as one run sees it."""

    def __init__(self, objects: MemoryObjects, life: Life) -> None:
        self._objects = objects
        self._life = life

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write, unless dead before; being dead after is another effect."""
        self._life.effect(f"put {key}")
        done = self._objects.put_if_absent(key, body, content_type=content_type)
        self._life.effect(f"acknowledge {key}")
        return done

    def get(self, key: str) -> bytes:
        """Read."""
        self._life.effect(f"get {key}")
        return self._objects.get(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """List."""
        self._life.effect(f"list {prefix}")
        return self._objects.keys(prefix)

    def listing(self, prefix: str) -> Listing:
        """List with times."""
        self._life.effect(f"list {prefix}")
        return self._objects.listing(prefix)

    def read(self, key: str) -> Body:
        """Read piece by piece."""
        self._life.effect(f"get {key}")
        return self._objects.read(key)


class KillableCheckpoints:
    """The checkpoint as one run sees it."""

    def __init__(self, checkpoints: MemoryCheckpoints, life: Life) -> None:
        self._checkpoints = checkpoints
        self._life = life

    def read(self) -> Checkpoint:
        """Read."""
        self._life.effect("read checkpoint")
        return self._checkpoints.read()

    @contextmanager
    def lease(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Iterator[Lease]:
        """Take the lease; the dead do not give it back."""
        self._life.effect("acquire")
        lease = self._checkpoints.acquire(owner, now=now, until=until, start_from=start_from)
        try:
            self._life.effect("acquired")
            yield lease
        finally:
            if lease.held:
                self._life.effect("release")
                self._checkpoints.release(owner)

    def commit(
        self,
        position: datetime,
        reached: datetime,
        *,
        at: datetime,
        passed: Collection[datetime] = (),
    ) -> None:
        """Commit."""
        self._life.effect("commit")
        self._checkpoints.commit(position, reached, at=at, passed=passed)
        self._life.effect("committed")

    def note_success(self, at: datetime, *, caught_up: bool) -> None:
        """Note that a run ended well."""
        self._life.effect("note success")
        self._checkpoints.note_success(at, caught_up=caught_up)

    def note_sweep(self, hour: datetime, found: OpenNoted | None = None) -> None:
        """Note a sweep."""
        self._life.effect("note sweep")
        self._checkpoints.note_sweep(hour, found)

    def note_stuck(self, instant: datetime) -> None:
        """Note a failing millisecond."""
        self._life.effect("note stuck")
        self._checkpoints.note_stuck(instant)

    def note_walked(self, walked: Walked | None, *, at: datetime) -> None:
        """Note how far a tie was walked."""
        self._life.effect("note walk")
        self._checkpoints.note_walked(walked, at=at)

    def note_reconcile(self, reconcile: Reconcile) -> None:
        """Note how far the reconcile got."""
        self._life.effect("note reconcile")
        self._checkpoints.note_reconcile(reconcile)
        self._life.effect("noted reconcile")

    def note_part(self, part: NotedPart) -> None:
        """Note a part."""
        self._life.effect("note part")
        self._checkpoints.note_part(part)

    def note_seal(self, seal: SealHead) -> None:
        """Note a seal."""
        self._life.effect("note seal")
        self._checkpoints.note_seal(seal)
        self._life.effect("noted seal")

    def note_sealed(self, until: datetime) -> None:
        """Note that all is sealed."""
        self._life.effect("note sealed")
        self._checkpoints.note_sealed(until)

    def note_evidence(self, evidence: Evidence) -> None:
        """Note the evidence of a day."""
        self._life.effect("note evidence")
        self._checkpoints.note_evidence(evidence)
        self._life.effect("noted evidence")

    def note_artifacts(self, hour: datetime, *, refused: datetime | None) -> None:
        """Note the hour of a look at what is deployed."""
        self._life.effect("note artifacts")
        self._checkpoints.note_artifacts(hour, refused=refused)

    def begin_snapshot(self, key: str) -> None:
        """Note that a snapshot is about to be stored."""
        self._life.effect("begin snapshot")
        self._checkpoints.begin_snapshot(key)
        self._life.effect("begun snapshot")

    def note_snapshot(self, key: str, digest: str) -> None:
        """Note that a snapshot is stored."""
        self._life.effect("note snapshot")
        self._checkpoints.note_snapshot(key, digest)
        self._life.effect("noted snapshot")
