"""What a stack has written after a day of its life, to be kept, and to be gone on with.

Archive in memory (with the moments at which objects arrived), checkpoint and notices behind the
real adapters in an emulated table: it is their items whose form an upgrade has to understand.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from mpl_export.archive.layout import part_of_key
from mpl_export.archive.rules import StoredRules
from mpl_export.clock import Deadline
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.instants import iso_instant
from mpl_export.notifier.dynamo_artifacts import DynamoArtifactNotices
from mpl_export.notifier.dynamo_days import DynamoDayNotices
from mpl_export.notifier.dynamo_flows import DynamoFlowNotices
from mpl_export.notifier.dynamo_mutes import DynamoMuteNotices
from mpl_export.notifier.dynamo_notices import DynamoNotices
from mpl_export.notifier.dynamo_table import NoticeTable
from mpl_export.notifier.failed_event import DETAIL_TYPE
from mpl_export.notifier.inbox import Part, part_name
from mpl_export.notifier.parts import S3Parts
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.tell import Notifier
from operate.sap_tenant import malformed_row
from operate.sap_tenant.rows import Row
from tests.packaging.template import PROJECT
from tests.support.exporter.emulated_stores import EmulatedCheckpoints
from tests.support.exporter.exporter_harness import Harness
from tests.support.exporter.exporter_resources import Resources
from tests.support.manual_clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mpl_export.archive.objects import S3Objects
    from mpl_export.notifier.digest import Digest
    from operate.emulated.emulator import Emulator
    from tests.support.exporter.fakes import MemoryCheckpoints

FIXTURE: Final = PROJECT / "tests" / "fixtures" / "upgrade"
TENANT: Final = "demo"
_LIMIT: Final = timedelta(minutes=2)

Json = dict[str, Any]


@dataclass
class Told:
    """Ears for all that the notifier tells."""

    digests: list[Digest] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)

    def publish(self, digest: Digest) -> None:
        """Take a digest."""
        self.digests.append(digest)

    def put(
        self, details: Iterable[Json], *, now: datetime, detail_type: str = DETAIL_TYPE
    ) -> None:
        """Take an event for each."""
        del now, detail_type
        self.events += details


class World:
    """A tenant, an exporter and a notifier on one archive and one table."""

    def __init__(self, aws: Emulator, name: str, now: datetime) -> None:
        self.resources = Resources.make(aws, name, "{}", tenant=TENANT)
        self.harness = Harness(clock=ManualClock(now))
        self.harness.checkpoints = cast("MemoryCheckpoints", EmulatedCheckpoints(self.resources))
        self.harness.objects.now = self.harness.clock.now
        self.told = Told()
        self._seen: set[str] = set()
        self._odd: list[str] = []

    def show_oddly(self, guid: str) -> None:
        """Let the tenant show a log in a way that cannot be read, for ever."""
        self._odd.append(guid)
        self.harness.tenant.faults.add(malformed_row(guid))

    def later(self, by: timedelta) -> None:
        """Let time pass."""
        self.harness.clock.turn(by)

    def run(self) -> None:
        """A scheduled run, and the notifier's look at what it wrote."""
        self.harness.run()
        self.take(key for key in sorted(self.harness.parts()) if key not in self._seen)

    def take(self, keys: Iterable[str]) -> None:
        """Deliver parts to the notifier, as the queue does; all are told of in the end."""
        found = list(keys)
        self._seen.update(found)
        assert self._notifier().take([self._part(key) for key in found]) == []

    def flush(self) -> int:
        """What the notifier does every five minutes; the number of digests."""
        return self._notifier().flush()

    def items(self) -> list[Json]:
        """Every item of the table as DynamoDB keeps it, in order."""
        scanned = self.resources.aws.client("dynamodb").scan(TableName=self.resources.name)
        found = cast("list[Json]", scanned["Items"])
        return sorted(found, key=lambda item: (item["tenant"]["S"], item["item"]["S"]))

    # -- keeping -------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write all of it into a folder."""
        for key, body in self.harness.objects.held.items():
            path = folder / "archive" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        _write(folder / "table.json", self.items())
        _write(folder / "tenant.json", [_kept(row) for row in self.harness.tenant.store.all()])
        arrived = {key: iso_instant(at) for key, at in self.harness.objects.arrived.items()}
        _write(
            folder / "world.json",
            {"now": iso_instant(self.harness.clock.now()), "arrived": arrived, "odd": self._odd},
        )

    @classmethod
    def load(cls, folder: Path, aws: Emulator, name: str) -> World:
        """Stand where the one that was saved stood."""
        kept = json.loads((folder / "world.json").read_text())
        world = cls(aws, name, datetime.fromisoformat(kept["now"]))
        for path in sorted((folder / "archive").rglob("*.*")):
            key = path.relative_to(folder / "archive").as_posix()
            world.harness.objects.held[key] = path.read_bytes()
            world.harness.objects.arrived[key] = datetime.fromisoformat(kept["arrived"][key])
        table = aws.client("dynamodb")
        for item in json.loads((folder / "table.json").read_text()):
            table.put_item(TableName=world.resources.name, Item=item)
        rows = json.loads((folder / "tenant.json").read_text())
        world.harness.tenant.store.extend(_row(each) for each in rows)
        for guid in kept["odd"]:
            world.show_oddly(guid)
        world._seen.update(world.harness.parts())  # of our own kind
        return world

    def _part(self, key: str) -> Part:
        place = part_of_key(key)
        assert place is not None, key
        created = self.harness.objects.arrived[key]
        return Part(key=key, name=part_name(*place), window=place[0], created=created)

    def _notifier(self) -> Notifier:
        clock, name = self.harness.clock, self.resources.name
        objects = cast("S3Objects", self.harness.objects)
        dynamodb = self.resources.aws.client("dynamodb")
        table = NoticeTable(dynamodb, name, TENANT, clock)
        environment = {
            "TENANT": TENANT,
            "ARCHIVE_BUCKET": name,
            "CHECKPOINT_TABLE": name,
            "ALERT_TOPIC": "topic",
            "EXPECTED_FLOWS": "Stock=PT1H",
        }
        return Notifier(
            settings=NotifierSettings.from_env(environment),
            clock=clock,
            parts=S3Parts(objects),
            rules=StoredRules(objects, TENANT),
            notices=DynamoNotices(table),
            flows=DynamoFlowNotices(table),
            mutes=DynamoMuteNotices(table),
            days=DynamoDayNotices(table),
            artifacts=DynamoArtifactNotices(table),
            topic=self.told,
            bus=self.told,
            checkpoint=DynamoCheckpoints(dynamodb, name, TENANT).read,
            owner=f"upgrade-{iso_instant(clock.now())}",
            working=Deadline.after(clock, _LIMIT * 0.8),
            ends=clock.now() + _LIMIT,
        )


def _kept(row: Row) -> Json:
    return {
        name: value for name, value in asdict(row).items() if name not in {"stamps", "fragments"}
    }


def _row(kept: Json) -> Row:
    headers = tuple((name, value) for name, value in kept.pop("custom_headers"))
    attributes = tuple(
        (adapter, name, value) for adapter, name, value in kept.pop("adapter_attributes")
    )
    return Row(**kept, custom_headers=headers, adapter_attributes=attributes)


def _write(path: Path, content: list[Json] | Json) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):  # a line for each, so that a difference can be read
        lines = ",\n".join(json.dumps(each, sort_keys=True) for each in content)
        path.write_text(f"[\n{lines}\n]\n")
    else:
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
