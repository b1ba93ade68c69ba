"""What the queries should answer, in Python, over the same records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.asking.asked_archive import instant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

Record = dict[str, Any]


def newest(records: Iterable[Record]) -> list[Record]:
    """The record that counts of each message: newest end, then newest reading."""
    kept: dict[str, Record] = {}
    for record in records:
        key = record.get("MessageGuid") or record["Version"]
        if key not in kept or _age(record) > _age(kept[key]):
            kept[key] = record
    return list(kept.values())


def _age(record: Record) -> tuple[str, str, str]:
    return record.get("LogEnd") or "", record["ReadAt"], record["Version"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Records, and the bounds that a query is asked with."""

    records: list[Record]
    since: datetime
    until: datetime

    def within(self, record: Record) -> bool:
        """Whether it ended within the bounds."""
        ended = instant(record.get("LogEnd"))
        return ended is not None and self.since <= ended < self.until

    def ended(self) -> list[Record]:
        """The messages whose newest record ended within the bounds."""
        return [record for record in newest(self.records) if self.within(record)]
