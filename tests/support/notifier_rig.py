"""A notifier with all that it talks to in memory, which may be killed at any of its effects."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from mpl_export.archive.layout import part_key
from mpl_export.clock import Deadline
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from mpl_export.notifier.flows import FlowNotice
from mpl_export.notifier.inbox import Part
from mpl_export.notifier.notices import Begun, Turn, Waiting
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.tell import Notifier
from tests.support.mortality import Life
from tests.support.turning_clock import TurningClock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from mpl_export.notifier.digest import Digest
    from mpl_export.notifier.grouping import Group

BUCKET = "archive"
TENANT = "demo"
LIMIT = timedelta(minutes=2)

Json = dict[str, Any]


@dataclass
class Held:
    """A right that somebody holds until an instant."""

    owner: str
    until: datetime
    noted: bool = False
    told: bool = False


@dataclass
class NoticeStore:
    """What all invocations know together."""

    parts: dict[str, Held] = field(default_factory=dict)
    waiting: dict[tuple[str, str], Group] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    turn: Held | None = None
    sent: Sequence[datetime] = ()
    watched: dict[str, datetime] = field(default_factory=dict)
    completed: dict[str, datetime] = field(default_factory=dict)
    silent: dict[str, bool] = field(default_factory=dict)

    def give_back_turn(self, owner: str) -> None:
        """Let others tell, if it is still this owner's turn."""
        if self.turn is not None and self.turn.owner == owner:
            self.turn = None


class MemoryNotices:
    """The notices in memory.

    Args:
        effect: Called with a name before each single write, as DynamoDB would see it.
    """

    def __init__(
        self, store: NoticeStore | None = None, effect: Callable[[str], None] = lambda _: None
    ) -> None:
        self._store = NoticeStore() if store is None else store
        self._effect = effect

    def begin(self, part: str, owner: str, *, now: datetime, until: datetime) -> Begun:
        """Take the right to handle a part."""
        self._effect(f"begin {part}")
        held = self._store.parts.get(part)
        if held is None:
            self._store.parts[part] = Held(owner, until)
            return Begun.NEW
        if held.told:
            return Begun.TOLD
        if held.until > now and held.owner != owner:
            return Begun.BUSY
        held.owner, held.until = owner, until
        return Begun.NOTED if held.noted else Begun.NEW

    def wait(self, part: str, groups: Collection[Group], *, now: datetime) -> None:
        """Let failures of a part wait to be told."""
        assert now.tzinfo
        for group in groups:
            self._effect(f"wait {part} {group.signature}")
            self._store.waiting[part, group.signature] = group

    def note(self, part: str) -> None:
        """Note that all failures of a part wait to be told."""
        self._effect(f"note {part}")
        self._store.parts[part].noted = True

    def finish(self, part: str) -> None:
        """Note that nothing of a part is left to do."""
        self._effect(f"finish {part}")
        self._store.parts[part].told = True

    def waiting(self) -> list[Waiting]:
        """What waits to be told, of parts that are noted."""
        return [
            Waiting(part, group)
            for (part, _), group in self._store.waiting.items()
            if self._store.parts[part].noted
        ]

    @contextmanager
    def turn(self, owner: str, *, now: datetime, until: datetime) -> Iterator[Turn]:
        """Hold the right to tell."""
        self._effect("take the turn")
        turn = self._store.turn
        if turn is not None and turn.until > now and turn.owner != owner:
            yield Turn(held=False, sent=())
            return
        self._store.turn = Held(owner, until)
        try:
            yield Turn(held=True, sent=list(self._store.sent))
        finally:
            self._effect("give the turn back")
            self._store.give_back_turn(owner)

    def last_told(self, signatures: Collection[str]) -> dict[str, datetime]:
        """When each signature was told last."""
        return {name: at for name, at in self._store.told.items() if name in signatures}

    def told(self, told: Collection[Waiting], *, now: datetime, sent: Sequence[datetime]) -> None:
        """Note that these were told now."""
        self._effect("note that a digest was sent")
        self._store.sent = list(sent)
        for signature in sorted({each.group.signature for each in told}):
            self._effect(f"told {signature}")
            self._store.told[signature] = now
        for each in told:
            self._effect(f"no longer waiting {each.part} {each.group.signature}")
            self._store.waiting.pop((each.part, each.group.signature), None)

    def completed(self, flow: str, at: datetime) -> None:
        """Note that a watched flow completed."""
        self._effect(f"completed {flow}")
        self._store.completed[flow] = max(at, self._store.completed.get(flow, at))

    def flows(self, names: Collection[str], *, now: datetime) -> dict[str, FlowNotice]:
        """What is known of these flows."""
        return {
            name: FlowNotice(
                watched=self._store.watched.setdefault(name, now),
                completed=self._store.completed.get(name),
                told_silent=self._store.silent.get(name, False),
            )
            for name in names
        }

    def told_flows(self, silent: Mapping[str, bool]) -> None:
        """Note what people were told of flows."""
        for name, is_silent in silent.items():
            self._effect(f"told {name}")
            self._store.silent[name] = is_silent


@dataclass
class Rig:
    """Notifiers of one tenant, and everybody they tell.

    Attributes:
        digests: What people got, and when.
        events: What other systems got.
        down: Whether the topic does not answer.
    """

    clock: TurningClock = field(default_factory=TurningClock)
    environment: dict[str, str] = field(default_factory=dict)
    store: NoticeStore = field(default_factory=NoticeStore)
    objects: dict[str, bytes] = field(default_factory=dict)
    digests: list[tuple[datetime, Digest]] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    position: datetime | None = None
    down: Exception | None = None
    gets: int = 0
    _owners: int = 0

    @property
    def settings(self) -> NotifierSettings:
        """The settings, as the environment says."""
        return NotifierSettings.from_env(
            {
                "TENANT": TENANT,
                "ARCHIVE_BUCKET": BUCKET,
                "CHECKPOINT_TABLE": "table",
                "ALERT_TOPIC": "topic",
                **self.environment,
            }
        )

    def notifier(self, life: Life | None = None) -> Notifier:
        """An invocation that is about to begin."""
        self._owners += 1
        life = life or Life()
        return Notifier(
            settings=self.settings,
            clock=self.clock,
            parts=_Parts(self, life),
            notices=MemoryNotices(self.store, life.effect),
            topic=_Topic(self, life),
            bus=_Bus(self, life),
            position=lambda: self.position,
            owner=f"invocation-{self._owners}",
            working=Deadline.after(self.clock, LIMIT * 0.75),
            ends=self.clock.now() + LIMIT,
        )

    def part(self, records: Iterable[Json], *, number: int = 0, at: datetime | None = None) -> Part:
        """Put a part into the archive, of the window of ``at`` (by default of now)."""
        window = window_of(at or self.clock.now())
        key = part_key(TENANT, window, number)
        lines = b"".join(orjson.dumps(record) + b"\n" for record in records)
        self.objects[key] = gzip.compress(lines, compresslevel=1, mtime=0)
        return Part(
            key=key,
            name=f"{window:%Y-%m-%dT%H}Z-{number:04d}",
            window=window,
            created=self.clock.now(),
        )

    def record(self, number: int = 0, **members: object) -> Json:
        """A record of a message that failed just now."""
        return {
            "Version": f"{number:032x}",
            "ReadAt": iso_instant(self.clock.now()),
            "MessageGuid": f"guid-{number}",
            "LogEnd": iso_instant(self.clock.now()),
            "Status": "FAILED",
            "IntegrationArtifact": {
                "Id": "Order_to_Cash",
                "Name": "Order to Cash",
                "PackageName": "Sales",
            },
            "Sender": "ERP",
            "Receiver": "CRM",
            "AlternateWebLink": f"https://tenant.example/monitoring/{number}",
            "ErrorText": "The receiver answered 500",
            **members,
        }

    def told(self) -> list[str]:
        """The subjects of all digests."""
        return [digest.subject for _, digest in self.digests]


class _Parts:
    def __init__(self, rig: Rig, life: Life) -> None:
        self._rig = rig
        self._life = life

    def get(self, key: str) -> bytes:
        """Read a part."""
        self._life.effect(f"get {key}")
        self._rig.gets += 1
        return self._rig.objects[key]


class _Topic:
    def __init__(self, rig: Rig, life: Life) -> None:
        self._rig = rig
        self._life = life

    def publish(self, digest: Digest) -> None:
        """Send a digest."""
        self._life.effect("publish")
        if self._rig.down is not None:
            raise self._rig.down
        self._rig.digests.append((self._rig.clock.now(), digest))
        self._life.effect("published")


class _Bus:
    def __init__(self, rig: Rig, life: Life) -> None:
        self._rig = rig
        self._life = life

    def put(self, details: Iterable[Json], *, now: datetime) -> None:
        """Send events."""
        assert now.tzinfo
        for detail in details:
            self._life.effect("put an event")
            self._rig.events.append(detail)
        self._life.effect("all events are put")
