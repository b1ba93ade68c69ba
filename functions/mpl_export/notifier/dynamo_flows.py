"""What is known of watched flows in DynamoDB, beside the notices.

Items, by range key, none of which ends by itself:

* ``flow#<artifact>``    when a watched flow completed last, and what was told of it
* ``read``               how far the notifier has read
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from mpl_export.notifier.dynamo_table import NoticeTable, at, instant
from mpl_export.notifier.flows import FlowNotice, Mark

_MARK = ("position", "pending", "pending_at")


class DynamoFlowNotices:
    """What is known of the watched flows of one tenant in DynamoDB."""

    def __init__(self, table: NoticeTable) -> None:
        self._table = table

    def completed(self, flow: str, at_instant: datetime) -> None:
        """Note that a watched flow completed; ignored if it did so later, too."""
        self._table.update(
            f"flow#{flow}",
            "SET completed = :at",
            {":at": at(at_instant)},
            condition="attribute_not_exists(completed) OR completed < :at",
        )

    def flows(self, names: Collection[str], *, now: datetime) -> dict[str, FlowNotice]:
        """What is known of these flows, which are watched from now on if they were not before."""
        items = self._table.items({f"flow#{name}" for name in names})
        known: dict[str, FlowNotice] = {}
        for name in names:
            item = items.get(f"flow#{name}", {})
            if "watched" not in item:
                self._table.update(
                    f"flow#{name}", "SET watched = if_not_exists(watched, :now)", {":now": at(now)}
                )
            known[name] = FlowNotice(
                watched=instant(item, "watched") or now,
                completed=instant(item, "completed"),
                told_silent=item.get("silent", {}).get("BOOL", False),
            )
        return known

    def told_flows(self, silent: Mapping[str, bool]) -> None:
        """Note for each flow that people were told that it is silent, or is not any more."""
        for name, is_silent in silent.items():
            self._table.update(
                f"flow#{name}", "SET silent = :silent", {":silent": {"BOOL": is_silent}}
            )

    def mark(self) -> Mark:
        """How far the notifier has read."""
        item = self._table.item("read")
        return Mark(
            position=instant(item, "position"),
            pending=instant(item, "pending"),
            pending_at=instant(item, "pending_at"),
            read_written=instant(item, "read_written"),
            read_at=instant(item, "read_at"),
        )

    def note_mark(self, mark: Mark) -> None:
        """Note how far the notifier has read."""
        values = {name: value for name in _MARK if (value := getattr(mark, name)) is not None}
        self._table.update(
            "read",
            "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            {f":{name}": at(value) for name, value in values.items()},
            names={f"#{name}": name for name in values},
        )

    def note_read(self, written: datetime, *, now: datetime) -> None:
        """Note that a part was read that was written at an instant."""
        self._table.update(
            "read",
            "SET read_written = :written, read_at = :now",
            {":written": at(written), ":now": at(now)},
        )
