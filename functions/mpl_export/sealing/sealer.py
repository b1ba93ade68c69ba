"""The nightly pass: name what arrived since the last seal, in one seal or several.

No lock keeps two sealers apart.  A seal's number is one more than that of the last seal that was
*read*, so the put of one who does not know the newest seal fails; it reads it and begins again.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from typing import Protocol

from mpl_export import __version__
from mpl_export.archive.arrivals import Arrivals, Entry
from mpl_export.archive.layout import parts_prefix, seal_key
from mpl_export.checkpoint import SealHead
from mpl_export.clock import Clock, Deadline
from mpl_export.evidence import Evidence
from mpl_export.instants import floor_millisecond
from mpl_export.sealing.chain import Chain
from mpl_export.sealing.read_back import ReadBack, look, named_by, place_of
from mpl_export.sealing.seal import Seal, StoredSeal, payload_of

SETTLED = timedelta(minutes=15)
"""Objects younger than this wait for the next pass: a put may still be under way."""

SLACK = timedelta(hours=1)
"""So far before the end of the last seal is looked again, for what showed up late."""

MOST_OBJECTS = 2_000
"""Objects that a seal names; it has some 800 kB then."""

_READ_AT_ONCE = 8
_BATCH = 64


class Noting(Protocol):
    """Where the head of the chain is noted (``Checkpoints``)."""

    def note_seal(self, seal: SealHead) -> None:
        """Note a seal that was made; ignored if a later one is noted."""

    def note_sealed(self, until: datetime) -> None:
        """Note that all is sealed that arrived before; ignored if more is noted."""


@dataclass(slots=True, kw_only=True)
class Pass:
    """What a pass did.

    Attributes:
        made: Seals that it wrote.
        objects, erased: What they name.
        waiting: Objects that are due and not sealed yet; None if it is not known.
        until: All that arrived before is sealed; None if there is no seal.
        head: The last seal of the chain.
    """

    tenant: str
    made: int = 0
    objects: int = 0
    erased: int = 0
    not_parts: int = 0
    waiting: int | None = None
    until: datetime | None = None
    head: SealHead | None = None

    @property
    def complete(self) -> bool:
        """Whether all that was due is sealed."""
        return self.waiting == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """One pass over one tenant's archive.

    Attributes:
        head: The last seal that was noted; the chain has to hold it.
        evidence: Of the last day that is over, if the reconcile has left any.
        retention: After how long the archive deletes; None for never.
        stored: Makes the object of a seal from its payload: signs it, or not.
        deadline: When no more is to be read.
    """

    store: Arrivals
    tenant: str
    notes: Noting
    clock: Clock
    deadline: Deadline
    retention: timedelta | None
    head: SealHead | None = None
    evidence: Evidence | None = None
    stored: Callable[[bytes], bytes] = field(default=lambda payload: payload)

    def run(self, done: Pass) -> None:
        """Seal what is due, while there is time.

        Args:
            done: Counted while it goes on, so that it is right whatever is raised.

        Raises:
            ChainBrokenError: The seals in the bucket are not those that were written.
            ExportError: What AWS did.
        """
        chain = Chain(self.store, self.tenant)
        last = chain.last()
        chain.hold(self.head, last)
        listing = self.store.listing(parts_prefix(self.tenant))
        now = self.clock.now()
        cutoff = floor_millisecond(min(now, listing.at or now) - SETTLED)
        since = None if last is None else last.seal.until - SLACK
        due = sorted(
            (
                entry
                for entry in listing.entries
                if entry.arrived < cutoff and (since is None or entry.arrived >= since)
            ),
            key=lambda entry: (entry.arrived, entry.key),
        )
        named: set[tuple[str, datetime]] = set()
        if last is not None and since is not None:
            for each in chain.back_from(last, since):
                named |= named_by(each)
        self._seal(
            chain, last, [entry for entry in due if place_of(entry) not in named], cutoff, done
        )

    def _seal(
        self,
        chain: Chain,
        last: StoredSeal | None,
        due: Sequence[Entry],
        cutoff: datetime,
        done: Pass,
    ) -> None:
        done.waiting = len(due)
        evidence = self._evidence_after(last)
        while due or evidence is not None:
            read, names_all = self._read(chain, due)
            if due and not read.seen:
                return  # no time left
            seal = self._next(last, read, cutoff if names_all else None, evidence)
            key = seal_key(self.tenant, seal.number)
            body = self.stored(payload_of(seal))
            ours = self.store.put_if_absent(key, body, content_type="application/json")
            # Somebody else's, or ours although the answer got lost: what is there counts.
            last = chain.read(seal.number)
            named = named_by(last)
            if ours:
                done.made += 1
                done.objects += len(seal.objects)
                done.erased += len(seal.erased)
                done.not_parts += sum(each.facts.rows is None for each in seal.objects)
                named |= read.vanished
            due = [entry for entry in due if place_of(entry) not in named]
            done.waiting = len(due)
            self._note(last, done)
            evidence = self._evidence_after(last)
        self._note(last, done)
        done.until = cutoff if last is None else max(cutoff, last.seal.until)
        self.notes.note_sealed(done.until)

    def _evidence_after(self, last: StoredSeal | None) -> Evidence | None:
        """The evidence, unless the chain holds that of this day or a later one."""
        known = None if last is None else last.seal.evidence_day
        if self.evidence is None or (known is not None and self.evidence.day <= known):
            return None
        return self.evidence

    def _note(self, last: StoredSeal | None, done: Pass) -> None:
        if last is None:
            return
        head = SealHead(number=last.seal.number, sha256=last.sha256)
        if head != done.head:
            self.notes.note_seal(head)
        done.head, done.until = head, last.seal.until

    def _next(
        self,
        last: StoredSeal | None,
        read: ReadBack,
        all_until: datetime | None,
        evidence: Evidence | None,
    ) -> Seal:
        """The seal that comes after the last one that was read.

        Args:
            all_until: When all that is due is named; None if it is not.
        """
        until = all_until or read.reached
        if last is not None:
            until = max(until or last.seal.until, last.seal.until)
        assert until is not None  # noqa: S101  # nosec B101 - it names all or something
        known = None if last is None else last.seal.evidence_day
        return Seal(
            tenant=self.tenant,
            number=1 if last is None else last.seal.number + 1,
            previous=None if last is None else last.sha256,
            sealed_at=floor_millisecond(self.clock.now()),
            until=until,
            retention=self.retention,
            release=__version__,
            objects=read.objects,
            erased=read.erased,
            evidence=evidence,
            evidence_day=known if evidence is None else evidence.day,
        )

    def _read(self, chain: Chain, due: Sequence[Entry]) -> tuple[ReadBack, bool]:
        """Read back as much as fits a seal and the time; say whether that is all."""
        read = ReadBack()
        with ThreadPoolExecutor(_READ_AT_ONCE, thread_name_prefix="seal") as threads:
            for some in batched(due[:MOST_OBJECTS], _BATCH, strict=False):
                if self.deadline.passed():
                    break
                for entry, result in zip(
                    some, threads.map(partial(look, self.store), some), strict=True
                ):
                    read.take(entry, result, chain)
        return read, read.seen == len(due)
