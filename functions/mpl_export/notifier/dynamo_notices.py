"""The notices in DynamoDB, beside the checkpoint but below a hash key of their own.

Items, by range key:

* ``open#<part>``                    a part that was delivered and is not done
* ``part#<part>``                    who is at a part, and how far it got
* ``waiting#<part>#<signature>``     failures that wait to be told
* ``told#<signature>``               when, and how often, a signature was told
* ``turn``                           who may tell, and when digests were sent

All but the last end by themselves (``expires_at``, epoch seconds).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from mpl_export.instants import iso_instant, parse_instant
from mpl_export.notifier.dynamo_table import Item, NoticeTable, at, epoch, instant, text
from mpl_export.notifier.grouping import Group
from mpl_export.notifier.notices import Begun, OpenPart, Told, Turn, Waiting

_DAY = timedelta(days=1)
_WAITING_KEPT = timedelta(days=14)
_PART_KEPT = _WAITING_KEPT + _DAY  # what waits counts only as long as its part is remembered
_TOLD_KEPT = timedelta(days=8)  # a kind that fails daily is told daily, and must not look new


class DynamoNotices:
    """The notices of one tenant in DynamoDB."""

    def __init__(self, table: NoticeTable) -> None:
        self._table = table

    def open(self, parts: Collection[OpenPart]) -> None:
        """Note that parts were delivered."""
        self._table.put(
            (
                f"open#{part.name}",
                {
                    "since": at(part.since),
                    "seen": at(part.seen),
                    "expires_at": epoch(part.seen + _PART_KEPT),
                },
            )
            for part in parts
        )

    def close(self, parts: Collection[str]) -> None:
        """Note that nothing is left to do for parts that were delivered."""
        self._table.delete(f"open#{part}" for part in parts)

    def open_parts(self) -> list[OpenPart]:
        """The parts for which something is left to do."""
        return [
            OpenPart(
                name=item["item"]["S"].removeprefix("open#"),
                since=parse_instant(item["since"]["S"]),
                seen=parse_instant(item["seen"]["S"]),
            )
            for item in self._table.beginning("open#")
        ]

    def begin(self, part: str, owner: str, *, now: datetime, until: datetime) -> Begun:
        """Take the right to handle a part until an instant, unless that is done or being done."""
        item = self._take(
            f"part#{part}",
            owner,
            now=now,
            until=until,
            unless="attribute_not_exists(told)",
            expires=now + _PART_KEPT,
        )
        if item is not None:
            return Begun.NOTED if "noted" in item else Begun.NEW
        return Begun.TOLD if self.is_finished(part) else Begun.BUSY

    def wait(self, part: str, groups: Collection[Group], *, now: datetime) -> None:
        """Let failures of a part wait to be told; valid once the part is noted."""
        self._table.put(
            (
                f"waiting#{part}#{group.signature}",
                {"group": text(group.as_json()), "expires_at": epoch(now + _WAITING_KEPT)},
            )
            for group in groups
        )

    def note(self, part: str) -> None:
        """Note that all failures of a part wait to be told."""
        self._table.update(f"part#{part}", "SET noted = :true", {":true": {"BOOL": True}})

    def note_sent(self, part: str, version: str) -> None:
        """Note that the events of a part are sent, up to the one of this version."""
        self._table.update(f"part#{part}", "SET sent = :version", {":version": text(version)})

    def sent(self, part: str) -> str | None:
        """The version up to which the events of a part are sent; None if none is noted."""
        found: str | None = self._table.item(f"part#{part}").get("sent", {}).get("S")
        return found

    def finish(self, part: str, *, now: datetime) -> None:
        """Note that nothing of a part is left to do."""
        self._table.update(
            f"part#{part}",
            "SET told = :true, expires_at = :expires REMOVE held_until",
            {":true": {"BOOL": True}, ":expires": epoch(now + _PART_KEPT)},
        )

    def is_finished(self, part: str) -> bool:
        """Whether nothing of a part is left to do."""
        return "told" in self._table.item(f"part#{part}")

    def waiting(self) -> list[Waiting]:
        """What waits to be told, of parts that are noted."""
        found = [
            Waiting(item["item"]["S"].split("#")[1], Group.from_json(item["group"]["S"]))
            for item in self._table.beginning("waiting#")
        ]
        parts = self._table.items({f"part#{each.part}" for each in found})
        noted = {name.removeprefix("part#") for name, item in parts.items() if "noted" in item}
        return [each for each in found if each.part in noted]

    @contextmanager
    def turn(self, owner: str, *, now: datetime, until: datetime) -> Iterator[Turn]:
        """Hold the right to tell for the length of the ``with``, unless somebody holds it."""
        item = self._take("turn", owner, now=now, until=until)
        if item is None:
            yield Turn(held=False, sent={})
            return
        try:
            teams = item.get("sent", {}).get("M", {}).items()
            sent = {team: [parse_instant(each["S"]) for each in some["L"]] for team, some in teams}
            day = item.get("day", {}).get("S")
            yield Turn(held=True, sent=sent, day=None if day is None else date.fromisoformat(day))
        finally:
            self._table.update(
                "turn",
                "REMOVE held_until, #owner",
                {":owner": text(owner)},
                condition="#owner = :owner",
                names={"#owner": "owner"},
            )

    def note_day(self, day: date) -> None:
        """Note for which day that is done what is done once a day."""
        self._table.update(
            "turn", "SET #day = :day", {":day": text(day.isoformat())}, names={"#day": "day"}
        )

    def last_told(self, signatures: Collection[str]) -> dict[str, Told]:
        """When each signature was told; those not told for eight days may be missing."""
        items = self._table.items({f"told#{signature}" for signature in signatures})
        return {name.removeprefix("told#"): _told(item) for name, item in items.items()}

    def told(
        self,
        told: Mapping[str, Told],
        closed: Collection[Waiting],
        *,
        sent: Mapping[str, Sequence[datetime]],
    ) -> None:
        """Note that these signatures were told, by the last of the digests ``sent`` to a team."""
        teams = {team: {"L": [at(each) for each in some]} for team, some in sent.items()}
        self._table.update("turn", "SET sent = :sent", {":sent": {"M": teams}})
        self._table.put(
            (
                f"told#{signature}",
                {
                    "at": at(each.at),
                    "times": {"N": str(each.times)},
                    "last": at(each.last),
                    "expires_at": epoch(each.at + _TOLD_KEPT),
                },
            )
            for signature, each in told.items()
        )
        self._table.delete(f"waiting#{each.part}#{each.group.signature}" for each in closed)

    def _take(
        self,
        name: str,
        owner: str,
        *,
        now: datetime,
        until: datetime,
        unless: str = "",
        expires: datetime | None = None,
    ) -> Item | None:
        """Take the right that an item stands for; the item, or None if another one has it."""
        free = "(attribute_not_exists(held_until) OR held_until <= :now OR #owner = :owner)"
        values = {
            ":owner": text(owner),
            ":now": text(iso_instant(now)),
            ":until": text(iso_instant(until)),
        }
        expiry = ""
        if expires is not None:
            values[":expires"] = epoch(expires)
            expiry = ", expires_at = :expires"
        return self._table.update(
            name,
            f"SET #owner = :owner, held_until = :until{expiry}",
            values,
            condition=" AND ".join(filter(None, (free, unless))),
            names={"#owner": "owner"},
        )


def _told(item: Item) -> Told:
    told_at = parse_instant(item["at"]["S"])
    return Told(
        at=told_at,
        times=int(item["times"]["N"]),
        last=instant(item, "last") or told_at,
    )
