"""An archive with some nights behind it, sealed by the real sealer, for tests to tamper with."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mpl_export.archive.archive import Archive
from mpl_export.archive.arrivals import Arrivals
from mpl_export.archive.layout import seal_key, seals_prefix
from mpl_export.checkpoint import SealHead
from mpl_export.clock import Deadline
from mpl_export.evidence import Evidence
from mpl_export.model import Log
from mpl_export.sealing.dsse import Signature, enveloped, to_be_signed
from mpl_export.sealing.sealer import Noting, Pass, Sealer
from tests.support.exporter.fakes import MemoryCheckpoints, MemoryObjects
from tests.support.manual_clock import NOON, ManualClock
from tests.unit.samples import log

TENANT = "demo"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LONG = timedelta(minutes=14)

type Stored = Callable[[bytes], bytes]


def unsigned(payload: bytes) -> bytes:
    """A seal as it is without a key."""
    return payload


@dataclass(frozen=True)
class SigningKey:
    """A key that signs as KMS does; here its private half is at hand."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public_der(self) -> bytes:
        """The public half, as KMS gives it."""
        public = self.private.public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def keyid(self) -> str:
        """SHA-256 of the public key."""
        return hashlib.sha256(self.public_der).hexdigest()

    def sign(self, payload: bytes) -> bytes:
        """A seal with a signature, which differs at each call."""
        sig = self.private.sign(to_be_signed(payload), ec.ECDSA(hashes.SHA256()))
        return enveloped(payload, [Signature(keyid=self.keyid, sig=sig)])

    def write(self, path: Path) -> Path:
        """The public half as a file."""
        path.write_bytes(
            self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        return path


@dataclass
class SealedArchive:
    """One tenant's archive in memory, with a clock that can be turned."""

    clock: ManualClock = field(default_factory=ManualClock)
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    checkpoints: MemoryCheckpoints = field(default_factory=MemoryCheckpoints)
    retention: timedelta | None = None

    def __post_init__(self) -> None:
        self.objects.now = self.clock.true_now

    def store(self, *logs: Log) -> list[str]:
        """Archive logs of one window; gives the keys of the new parts."""
        parts = Archive(self.objects, TENANT, self.clock).store(logs, lambda _: {})
        return [part.key for part in parts]

    def hours(self, first: int, number: int, *, since: datetime = NOON - DAY) -> list[str]:
        """Archive two logs of each of some hours."""
        return [
            key
            for hour in range(number)
            for key in self.store(
                log(first + 2 * hour, since + hour * HOUR),
                log(first + 2 * hour + 1, since + hour * HOUR + HOUR / 2, Status="FAILED"),
            )
        ]

    def sealer(
        self,
        *,
        store: Arrivals | None = None,
        notes: Noting | None = None,
        stored: Stored = unsigned,
        evidence: Evidence | None = None,
        limit: timedelta = LONG,
    ) -> Sealer:
        """A pass that is about to begin."""
        return Sealer(
            store=store or self.objects,
            tenant=TENANT,
            notes=notes or self.checkpoints,
            clock=self.clock,
            deadline=Deadline.after(self.clock, limit),
            retention=self.retention,
            head=self.checkpoints.read().seal,
            evidence=evidence,
            stored=stored,
        )

    def seal(self, stored: Stored = unsigned, evidence: Evidence | None = None) -> Pass:
        """A pass at once; what arrived in the last quarter of an hour waits."""
        done = Pass(tenant=TENANT)
        self.sealer(stored=stored, evidence=evidence).run(done)
        return done

    def night(self, stored: Stored = unsigned, evidence: Evidence | None = None) -> Pass:
        """Let a night pass, with its pass."""
        self.clock.turn(DAY)
        return self.seal(stored, evidence)

    @property
    def head(self) -> SealHead:
        """The head as it was noted."""
        head = self.checkpoints.read().seal
        assert head is not None
        return head

    def seals(self) -> list[str]:
        """The keys of all seals."""
        return list(self.objects.keys(seals_prefix(TENANT)))

    def seal_body(self, number: int) -> bytes:
        """A seal as it is stored."""
        return self.objects.held[seal_key(TENANT, number)]

    def write(self, root: Path) -> Path:
        """Copy the archive into a directory, with the times of its objects."""
        for key, body in self.objects.held.items():
            path = root / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            arrived = self.objects.arrived[key].timestamp()
            os.utime(path, (arrived, arrived))
        return root


def three_nights(stored: Callable[[int], Stored] = lambda _: unsigned) -> SealedArchive:
    """Hours of a day, late parts, a row without a time; and three nights that seal them."""
    world = SealedArchive()
    world.hours(0, 4)
    world.night(stored(1))
    world.hours(100, 3, since=NOON)
    world.store(log(40, NOON - DAY, Sender="late"))  # late: another part of an hour that is sealed
    world.night(stored(2))
    world.store(log(50, None, MessageGuid="told by nobody"))
    world.hours(200, 2, since=NOON + DAY)
    world.night(stored(3))
    return world
