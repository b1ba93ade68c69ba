"""A notifier with all that it talks to in memory, which may be killed at any of its effects."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from mpl_export.archive.layout import part_key, rules_key, snapshot_key
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.archive.rules import StoredRules
from mpl_export.archive.snapshots import Snapshot
from mpl_export.artifacts import in_order
from mpl_export.checkpoint import Checkpoint
from mpl_export.clock import Deadline
from mpl_export.errors import ConfigurationError
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from mpl_export.notifier.failed_event import DETAIL_TYPE, MOST_ENTRIES
from mpl_export.notifier.flows import FlowNotice, Mark
from mpl_export.notifier.grouping import MOST_KINDS
from mpl_export.notifier.inbox import Part, part_name
from mpl_export.notifier.muted import Muted, MuteNotice
from mpl_export.notifier.notices import Begun, OpenPart, Told, Turn, Waiting
from mpl_export.notifier.outlets import THREADS
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.tell import Notifier
from mpl_export.notifier.volume import Volume
from mpl_export.rules.parse import parse_rules
from mpl_export.rules.rules import Noted
from tests.support.kills.killable_effects import Life
from tests.support.manual_clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from mpl_export.archive.objects import Objects
    from mpl_export.artifacts import Artifact
    from mpl_export.notifier.artifact_news import Down
    from mpl_export.notifier.digest import Digest
    from mpl_export.notifier.grouping import Group

BUCKET = "archive"
TENANT = "demo"
LIMIT = timedelta(minutes=2)
FLUSH_EVERY = timedelta(minutes=5)

Json = dict[str, Any]

LETTERS = str.maketrans("0123456789", "qrstuvwxyz")
"""Makes of a number a word, which no signature blanks."""


@dataclass
class Held:
    """A right that somebody holds until an instant."""

    owner: str
    until: datetime
    noted: bool = False
    told: bool = False
    sent: str | None = None


@dataclass
class NoticeStore:
    """What all invocations know together."""

    parts: dict[str, Held] = field(default_factory=dict)
    waiting: dict[tuple[str, str], Group] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    open: dict[str, OpenPart] = field(default_factory=dict)
    mark: Mark = field(default_factory=Mark)
    turn: Held | None = None
    sent: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    watched: dict[str, datetime] = field(default_factory=dict)
    completed: dict[str, datetime] = field(default_factory=dict)
    silent: dict[str, bool] = field(default_factory=dict)
    day: date | None = None
    muted: dict[tuple[str, str], Muted] = field(default_factory=dict)
    mutes: dict[str, MuteNotice] = field(default_factory=dict)
    volumes: dict[str, str] = field(default_factory=dict)
    days: dict[date, str] = field(default_factory=dict)
    judged: str | None = None
    down: dict[str, Down] = field(default_factory=dict)

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

    def open(self, parts: Collection[OpenPart]) -> None:
        """Note that parts were delivered."""
        self._effect(f"open {' '.join(part.name for part in parts)}")
        self._store.open |= {part.name: part for part in parts}

    def close(self, parts: Collection[str]) -> None:
        """Note that nothing is left to do for them."""
        self._effect(f"close {' '.join(parts)}")
        for part in parts:
            self._store.open.pop(part, None)

    def open_parts(self) -> list[OpenPart]:
        """The parts for which something is left to do."""
        return list(self._store.open.values())

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

    def note_sent(self, part: str, version: str) -> None:
        """Note that the events of a part are sent, up to one."""
        self._effect(f"sent {part}")
        self._store.parts[part].sent = version

    def sent(self, part: str) -> str | None:
        """The version up to which the events of a part are sent."""
        return self._store.parts[part].sent

    def finish(self, part: str, *, now: datetime) -> None:
        """Note that nothing of a part is left to do."""
        self._effect(f"finish {part}")
        self._store.parts.setdefault(part, Held("nobody", now)).told = True

    def is_finished(self, part: str) -> bool:
        """Whether nothing of a part is left to do."""
        held = self._store.parts.get(part)
        return held is not None and held.told

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
            yield Turn(held=False, sent={})
            return
        self._store.turn = Held(owner, until)
        try:
            yield Turn(held=True, sent=dict(self._store.sent), day=self._store.day)
        finally:
            self._effect("give the turn back")
            self._store.give_back_turn(owner)

    def note_day(self, day: date) -> None:
        """Note for which day that is done what is done once a day."""
        self._effect("note the day")
        self._store.day = day

    def last_told(self, signatures: Collection[str]) -> dict[str, Told]:
        """When each signature was told last."""
        return {name: told for name, told in self._store.told.items() if name in signatures}

    def told(
        self,
        told: Mapping[str, Told],
        closed: Collection[Waiting],
        *,
        sent: Mapping[str, Sequence[datetime]],
    ) -> None:
        """Note that these were told now."""
        self._effect("note that a digest was sent")
        self._store.sent = {team: list(some) for team, some in sent.items()}
        for signature in sorted(told):
            self._effect(f"told {signature}")
            self._store.told[signature] = told[signature]
        for each in closed:
            self._effect(f"no longer waiting {each.part} {each.group.signature}")
            self._store.waiting.pop((each.part, each.group.signature), None)


class MemoryMuteNotices:
    """What is muted, in memory."""

    def __init__(
        self, store: NoticeStore | None = None, effect: Callable[[str], None] = lambda _: None
    ) -> None:
        self._store = NoticeStore() if store is None else store
        self._effect = effect

    def mute(self, part: str, muted: Collection[Muted], *, now: datetime) -> None:
        """Note what of a part is muted."""
        for each in muted:
            self._effect(f"mute {part} {each.mute}")
            self._store.muted[part, each.mute] = each
            notice = self._store.mutes.setdefault(each.mute, MuteNotice(since=now))
            notice.matched = now

    def muted(self, day: date) -> list[Muted]:
        """What is muted of parts of a day."""
        return [
            each
            for (part, _), each in self._store.muted.items()
            if part.startswith(day.isoformat())
        ]

    def mutes(self, names: Collection[str], *, now: datetime) -> dict[str, MuteNotice]:
        """What is known of these mutes."""
        return {
            name: replace(self._store.mutes.setdefault(name, MuteNotice(since=now)))
            for name in names
        }

    def told_idle(self, names: Collection[str], *, now: datetime) -> None:
        """Note that people were told of mutes that mute nothing."""
        for name in names:
            self._effect(f"told {name}")
            self._store.mutes[name].told = now


class MemoryDayNotices:
    """How much there was, in memory."""

    def __init__(
        self, store: NoticeStore | None = None, effect: Callable[[str], None] = lambda _: None
    ) -> None:
        self._store = NoticeStore() if store is None else store
        self._effect = effect

    def note_volume(self, part: str, volume: Volume, *, now: datetime) -> None:
        """Note what a part holds."""
        assert now.tzinfo
        self._effect(f"volume {part}")
        self._store.volumes[part] = volume.as_json()

    def parts_of(self, day: date) -> list[Volume]:
        """What the parts of a day hold."""
        return [
            Volume.from_json(text)
            for part, text in self._store.volumes.items()
            if part.startswith(day.isoformat())
        ]

    def note_day(self, day: date, volume: Volume, *, now: datetime) -> None:
        """Note what a day had as a whole."""
        assert now.tzinfo
        self._effect(f"day {day}")
        self._store.days[day] = volume.as_json()

    def days(self, days: Collection[date]) -> list[Volume]:
        """What those of these days had that are noted."""
        return [Volume.from_json(self._store.days[day]) for day in days if day in self._store.days]


class MemoryFlowNotices:
    """What is known of watched flows, in memory."""

    def __init__(
        self, store: NoticeStore | None = None, effect: Callable[[str], None] = lambda _: None
    ) -> None:
        self._store = NoticeStore() if store is None else store
        self._effect = effect

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

    def mark(self) -> Mark:
        """How far the notifier has read."""
        return self._store.mark

    def note_mark(self, mark: Mark) -> None:
        """Note how far the notifier has read."""
        known = self._store.mark
        self._store.mark = replace(mark, read_written=known.read_written, read_at=known.read_at)

    def note_read(self, written: datetime, *, now: datetime) -> None:
        """Note that a part was read."""
        self._store.mark = replace(self._store.mark, read_written=written, read_at=now)


class MemoryArtifactNotices:
    """What people were told of what is deployed, in memory."""

    def __init__(
        self, store: NoticeStore | None = None, effect: Callable[[str], None] = lambda _: None
    ) -> None:
        self._store = NoticeStore() if store is None else store
        self._effect = effect

    def judged(self) -> str | None:
        """The snapshot that was judged last."""
        return self._store.judged

    def down(self) -> dict[str, Down]:
        """What people were told that does not run."""
        return dict(self._store.down)

    def told(self, key: str, down: Mapping[str, Down], running: Collection[str]) -> None:
        """Note what people were told by a snapshot."""
        for artifact in sorted(down):
            self._effect(f"down {artifact}")
            self._store.down[artifact] = down[artifact]
        for artifact in sorted(running):
            self._effect(f"running {artifact}")
            self._store.down.pop(artifact, None)
        self._effect("judged")
        if self._store.judged is None or self._store.judged < key:
            self._store.judged = key


@dataclass
class Harness:
    """Notifiers of one tenant, and everybody they tell.

    Attributes:
        digests: What people got, and when.
        events: What other systems got.
        detail_types: Of what type each of these was.
        down: Whether the topic does not answer.
        bus_down: Whether the bus does not answer.
        table_down: Whether the table does not answer.
        parts_down: Whether parts cannot be read.
        rules_down: Whether rules cannot be read.
        checkpoint_reads: How often the checkpoint was read.
        limit: For how long Lambda lets an invocation live.
        call_takes: How long a call of the bus takes, of 16 at a time.
    """

    clock: ManualClock = field(default_factory=ManualClock)
    environment: dict[str, str] = field(default_factory=dict)
    store: NoticeStore = field(default_factory=NoticeStore)
    objects: dict[str, bytes] = field(default_factory=dict)
    digests: list[tuple[datetime, Digest]] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    detail_types: list[str] = field(default_factory=list)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    down: Exception | None = None
    bus_down: Exception | None = None
    table_down: Exception | None = None
    parts_down: Exception | None = None
    rules_down: Exception | None = None
    checkpoint_reads: int = 0
    limit: timedelta = LIMIT
    call_takes: timedelta = timedelta(0)
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

        def effect(name: str) -> None:
            if self.table_down is not None:
                raise self.table_down
            life.effect(name)

        return Notifier(
            settings=self.settings,
            clock=self.clock,
            parts=_Parts(self, life),
            notices=MemoryNotices(self.store, effect),
            flows=MemoryFlowNotices(self.store, effect),
            mutes=MemoryMuteNotices(self.store, effect),
            days=MemoryDayNotices(self.store, effect),
            artifacts=MemoryArtifactNotices(self.store, effect),
            topic=_Topic(self, life),
            bus=_Bus(self, life),
            checkpoint=self._read_checkpoint,
            rules=self.kept_rules,
            owner=f"invocation-{self._owners}",
            working=Deadline.after(self.clock, self.limit * 0.7),
            ends=self.clock.now() + self.limit,
        )

    def part(self, records: Iterable[Json], *, number: int = 0, at: datetime | None = None) -> Part:
        """Put a part into the archive, of the window of ``at`` (by default of now)."""
        window = window_of(at or self.clock.now())
        key = part_key(TENANT, window, number)
        lines = b"".join(orjson.dumps(record) + b"\n" for record in records)
        self.objects[key] = gzip.compress(lines, compresslevel=1, mtime=0)
        return Part(
            key=key,
            name=part_name(window, number),
            window=window,
            created=self.clock.now(),
        )

    def snapshot(self, *artifacts: Artifact, previous: str | None = None) -> str:
        """Put a snapshot of what is deployed now into the archive; its key."""
        now = self.clock.now()
        key = snapshot_key(TENANT, now)
        self.objects[key] = Snapshot(
            read_at=now, previous=previous, artifacts=in_order(artifacts)
        ).body()
        return key

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

    def failures(self, *texts: str) -> list[Json]:
        """Failures of one flow with these texts."""
        return [self.record(number, ErrorText=text) for number, text in enumerate(texts)]

    def flush_for(self, time: timedelta) -> None:
        """Let the schedule do its work for some time."""
        for _ in range(time // FLUSH_EVERY):
            self.clock.turn(FLUSH_EVERY)
            self.notifier().flush()

    @property
    def as_objects(self) -> Objects:
        """The archive bucket, to be read."""
        return _Objects(self)

    @property
    def kept_rules(self) -> StoredRules:
        """Where rules are read, by a container that is new."""
        return StoredRules(self.as_objects, TENANT)

    def _read_checkpoint(self) -> Checkpoint:
        self.checkpoint_reads += 1
        return self.checkpoint

    def position(self, position: datetime) -> None:
        """Say how far the export got."""
        self.checkpoint = replace(self.checkpoint, position=position)

    def put_rules(self, text: str) -> None:
        """Put rules, as the operators' command does."""
        before = self.checkpoint.rules
        noted = Noted(
            number=0 if before is None else before.number + 1, teams=parse_rules(text).teams
        )
        self.objects[rules_key(TENANT, noted.number)] = text.encode()
        self.checkpoint = replace(self.checkpoint, rules=noted)

    def told(self) -> list[str]:
        """The subjects of all digests."""
        return [digest.subject for _, digest in self.digests]

    def told_count(self) -> int:
        """How many failures were told, by the first lines of the digests; one told twice is two."""
        return sum(int(digest.body.split(" ", 1)[0]) for _, digest in self.digests)


def tell_texts_that_never_repeat(harness: Harness, *, parts: int, failures: int) -> None:
    """Tell failures of one flow, no two with the same text: few items, and one digest."""
    harness.notifier().take(
        [
            harness.part(
                [
                    harness.record(n, ErrorText=f"cause {part * failures + n}".translate(LETTERS))
                    for n in range(failures)
                ],
                number=part,
            )
            for part in range(parts)
        ]
    )
    harness.clock.turn(timedelta(minutes=5))
    harness.notifier().flush()

    [(_, digest)] = harness.digests
    assert digest.body.startswith(f"{parts * failures} messages of tenant demo failed")
    assert len(harness.store.told) <= parts * (MOST_KINDS + 1)
    assert len({event["signature"] for event in harness.events}) == parts * failures


class _Objects:
    def __init__(self, harness: Harness) -> None:
        self._harness = harness

    def get(self, key: str) -> bytes:
        """Read an object."""
        if self._harness.rules_down is not None:
            raise self._harness.rules_down
        if key not in self._harness.objects:
            raise NoSuchObjectError(key)
        return self._harness.objects[key]

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Nobody here writes."""
        raise NotImplementedError(key, body, content_type)

    def keys(self, prefix: str) -> Iterator[str]:
        """Nobody here lists."""
        raise NotImplementedError(prefix)


class _Parts:
    def __init__(self, harness: Harness, life: Life) -> None:
        self._harness = harness
        self._life = life

    def get(self, key: str) -> bytes:
        """Read a part."""
        self._life.effect(f"get {key}")
        self._harness.gets += 1
        if self._harness.parts_down is not None:
            raise self._harness.parts_down
        if key not in self._harness.objects:
            raise ConfigurationError(f"the object {key} was deleted")
        return self._harness.objects[key]


class _Topic:
    def __init__(self, harness: Harness, life: Life) -> None:
        self._harness = harness
        self._life = life

    def publish(self, digest: Digest) -> None:
        """Send a digest."""
        self._life.effect("publish")
        if self._harness.down is not None:
            raise self._harness.down
        self._harness.digests.append((self._harness.clock.now(), digest))
        self._life.effect("published")


class _Bus:
    def __init__(self, harness: Harness, life: Life) -> None:
        self._harness = harness
        self._life = life

    def put(
        self, details: Iterable[Json], *, now: datetime, detail_type: str = DETAIL_TYPE
    ) -> None:
        """Send events."""
        assert now.tzinfo
        if self._harness.bus_down is not None:
            raise self._harness.bus_down
        found = list(details)
        for detail in found:
            self._life.effect("put an event")
            self._harness.events.append(detail)
            self._harness.detail_types.append(detail_type)
        self._harness.clock.turn(
            self._harness.call_takes * -(-len(found) // (MOST_ENTRIES * THREADS))
        )
        self._life.effect("all events are put")
