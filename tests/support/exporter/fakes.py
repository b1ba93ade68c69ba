"""The outside world in memory: what AWS keeps, and a wire to the simulated tenant.

The stores pass the same contract suites as the real adapters (``tests/contract``).
"""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from requests.structures import CaseInsensitiveDict

from mpl_export.archive.arrivals import Body, Entry, Listing
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.checkpoint import (
    MOST_STUCK,
    PART_NOTED_FOR,
    Checkpoint,
    Lease,
    NotedPart,
    OpenNoted,
    Reconcile,
    SealHead,
)
from mpl_export.evidence import Evidence
from mpl_export.instants import EPOCH
from mpl_export.metrics import Metric
from mpl_export.model import Walked
from mpl_export.tenant.http.transport import (
    Answer,
    AnswerTooLargeError,
    ConnectionLostError,
    Request,
    TenantTimeoutError,
)
from operate import sap_tenant
from operate.sap_tenant import SapTenant


class MemoryObjects:
    """A bucket in memory.

    Attributes:
        held: Key and body of every object.
        before_put: Called with the key before each put; what it raises happens to the put.
        after_put: Called with the key after each put, before it is acknowledged.
        puts_until_lost: At zero, the answer to a put that was done gets lost, and the SDK's own
            second attempt meets what the first one wrote.
        now: The store's own clock, by which arrivals are dated.
        arrived: When each object arrived.
        notes: What was noted beside objects, where anything was.
    """

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.now: Callable[[], datetime] = lambda: EPOCH
        self.arrived: dict[str, datetime] = {}
        self.notes: dict[str, dict[str, str]] = {}
        self.before_put: Callable[[str], None] = lambda _: None
        self.after_put: Callable[[str], None] = lambda _: None
        self.puts_until_lost = -1
        self._lock = threading.Lock()
        self.gets = 0

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one."""
        assert content_type
        self.before_put(key)
        with self._lock:
            if key in self.held:
                return False
            self.held[key] = body
            self.arrived[key] = self.now()
        self.after_put(key)
        self.puts_until_lost -= 1
        return self.puts_until_lost != 0

    def get(self, key: str) -> bytes:
        """Read an object that exists."""
        self.gets += 1
        try:
            return self.held[key]
        except KeyError:
            raise NoSuchObjectError(key) from None

    def expire(self, key: str) -> None:
        """Let an object expire, as a lifecycle does."""
        del self.held[key]

    def replace(self, key: str, body: bytes, **notes: str) -> None:
        """Put other bytes under a key, as only a lifted policy allows."""
        self.held[key], self.arrived[key] = body, self.now()
        self.notes[key] = {name.replace("_", "-"): note for name, note in notes.items()}

    def listing(self, prefix: str) -> Listing:
        """The objects whose keys begin with ``prefix``, with their times."""
        entries = [
            Entry(key, len(self.held[key]), self.arrived.get(key, EPOCH))
            for key in self.keys(prefix)
        ]
        return Listing(self.now(), iter(entries))

    def read(self, key: str) -> Body:
        """Read an object piece by piece."""
        body = self.get(key)
        pieces = (body[at : at + 1000] for at in range(0, len(body), 1000))
        return Body(pieces, self.notes.get(key, {}))

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with ``prefix``, in order."""
        with self._lock:
            return iter(sorted(key for key in self.held if key.startswith(prefix)))


class ListedObjects(MemoryObjects):
    """A bucket in memory that notes what is listed.

    Attributes:
        listed: The prefix of each listing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[str] = []

    def keys(self, prefix: str) -> Iterator[str]:
        """List."""
        self.listed.append(prefix)
        return super().keys(prefix)


class MemoryCheckpoints:
    """The checkpoint in memory."""

    def __init__(self) -> None:
        self.checkpoint = Checkpoint()
        self._owner: str | None = None
        self._held_until: datetime | None = None

    def read(self) -> Checkpoint:
        """The checkpoint as it stands."""
        return self.checkpoint

    @contextmanager
    def lease(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Iterator[Lease]:
        """Hold the lease unless another run holds it."""
        lease = self.acquire(owner, now=now, until=until, start_from=start_from)
        try:
            yield lease
        finally:
            if lease.held:
                self.release(owner)

    def acquire(self, owner: str, *, now: datetime, until: datetime, start_from: datetime) -> Lease:
        """Take the lease unless another run holds it."""
        if self._held_until is not None and self._held_until > now and self._owner != owner:
            return Lease(held=False, checkpoint=self.checkpoint)
        self._owner, self._held_until = owner, until
        self._set(
            start_from=self.checkpoint.start_from or start_from,
            first_run=self.checkpoint.first_run or now,
        )
        return Lease(held=True, checkpoint=self.checkpoint)

    def release(self, owner: str) -> None:
        """Give the lease back, if it is still this owner's."""
        if self._owner == owner:
            self._owner = self._held_until = None

    def forget_lease(self) -> tuple[str | None, datetime | None]:
        """Act as if nobody held the lease; gives what ``restore_lease`` takes."""
        held, self._owner, self._held_until = (self._owner, self._held_until), None, None
        return held

    def restore_lease(self, held: tuple[str | None, datetime | None]) -> None:
        """Remember the lease again."""
        self._owner, self._held_until = held

    def commit(
        self,
        position: datetime,
        reached: datetime,
        *,
        at: datetime,
        passed: Collection[datetime] = (),
    ) -> None:
        """Note how far the export got; ignored if it got further already."""
        known = self.checkpoint
        if known.position is None or (position, reached) > (known.position, known.reached):
            stuck = known.stuck - set(passed)
            self._set(position=position, reached=reached, progressed=at, stuck=stuck)

    def note_success(self, at: datetime, *, caught_up: bool) -> None:
        """Note that a run ended well; the first one stays."""
        self._set(first_success=self.checkpoint.first_success or at)
        if caught_up:
            self._set(caught_up=self.checkpoint.caught_up or at)

    def note_sweep(self, hour: datetime, found: OpenNoted | None = None) -> None:
        """Note the hour in which the open logs were read."""
        if self.checkpoint.swept is None or hour > self.checkpoint.swept:
            self._set(swept=hour, open=found)

    def note_stuck(self, instant: datetime) -> None:
        """Note a millisecond for which the tenant failed throughout this run."""
        if len(self.checkpoint.stuck) < MOST_STUCK:
            self._set(stuck=self.checkpoint.stuck | {instant})

    def note_walked(self, walked: Walked | None, *, at: datetime) -> None:
        """Note how far a tie was walked; None when it lies behind."""
        self._set(walked=walked)
        if walked is not None:
            self._set(progressed=at)

    def note_reconcile(self, reconcile: Reconcile) -> None:
        """Note how far the reconcile got; ignored if it got further already."""
        known = self.checkpoint.reconcile
        if known is None or (reconcile.until, reconcile.reached) >= (known.until, known.reached):
            self._set(reconcile=reconcile)

    def note_part(self, part: NotedPart) -> None:
        """Note a part that was stored, unless one is noted that is younger than an hour."""
        known = self.checkpoint.part
        if known is None or known.at <= part.at - PART_NOTED_FOR:
            self._set(part=part)

    def note_seal(self, seal: SealHead) -> None:
        """Note a seal that was made; ignored if a later one is noted."""
        known = self.checkpoint.seal
        if known is None or seal.number > known.number:
            self._set(seal=seal)

    def note_sealed(self, until: datetime) -> None:
        """Note that all is sealed that arrived before; ignored if more is noted."""
        if self.checkpoint.sealed is None or until > self.checkpoint.sealed:
            self._set(sealed=until)

    def note_evidence(self, evidence: Evidence) -> None:
        """Note the evidence of a day; ignored if that of this day or a later one is noted."""
        known = self.checkpoint.evidence
        if known is None or evidence.day > known.day:
            self._set(evidence=evidence)

    def note_artifacts(self, hour: datetime, *, refused: datetime | None) -> None:
        """Note the hour of a look at what is deployed."""
        known = self.checkpoint.artifacts
        if known.read is None or known.read < hour:
            self._set(artifacts=replace(known, read=hour, refused=refused))

    def begin_snapshot(self, key: str) -> None:
        """Note that a snapshot is about to be stored."""
        known = self.checkpoint.artifacts
        if known.begun is None or known.begun < key:
            self._set(artifacts=replace(known, begun=key))

    def note_snapshot(self, key: str, digest: str) -> None:
        """Note that a snapshot is stored."""
        known = self.checkpoint.artifacts
        if known.key is None or known.key < key:
            self._set(artifacts=replace(known, key=key, digest=digest))

    def _set(self, **changes: object) -> None:
        values = {name: getattr(self.checkpoint, name) for name in Checkpoint.__slots__}
        self.checkpoint = Checkpoint(**{**values, **changes})


class ListingMeter:
    """Keeps what is metered.

    Attributes:
        told: What was flushed, in order.
    """

    def __init__(self) -> None:
        self.told: list[tuple[Metric, float]] = []
        self._noted: list[tuple[Metric, float]] = []

    def add(self, metric: Metric, value: float) -> None:
        """Note a value."""
        self._noted.append((metric, value))

    def flush(self) -> None:
        """Let everything noted leave."""
        self.told += self._noted
        self._noted = []

    def values(self, metric: Metric) -> list[float]:
        """Everything told or noted of one metric."""
        return [value for name, value in (*self.told, *self._noted) if name == metric]


class SimulatedExchange:
    """Sends requests to a simulated tenant without a socket.

    Args:
        before: Called with each request before it is sent; what it raises happens to it.
    """

    def __init__(self, tenant: SapTenant, before: Callable[[Request], None] | None = None) -> None:
        self._tenant = tenant
        self._before = before
        tenant.behaviour.gzip = False

    def __call__(self, request: Request, *, timeout: float, size_limit: int) -> Answer:
        """Send the request."""
        if self._before is not None:
            self._before(request)
        target = request.url.partition("://")[2]
        target = target[target.index("/") :]
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            response = self._tenant.handle(
                sap_tenant.Request(request.method, target, headers, request.body or b"")
            )
        except sap_tenant.ConnectionLost as error:
            raise ConnectionLostError("simulated") from error
        except sap_tenant.NoAnswerInTime as error:
            raise TenantTimeoutError(timeout) from error
        if len(response.body) > size_limit:
            raise AnswerTooLargeError(size_limit)
        if "gzip" in (response.header("Content-Encoding") or ""):
            raise ConnectionLostError("simulated: a gzip stream that is cut short")
        return Answer(response.status, CaseInsensitiveDict(response.headers), response.body)
