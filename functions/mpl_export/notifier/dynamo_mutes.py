"""What is muted in DynamoDB, beside the notices.

Items, by range key:

* ``muted#<part>#<mute>``   what of a part is muted; ends by itself (``expires_at``)
* ``mute#<mute>``           when a mute was seen, muted something, and was told to be idle
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from mpl_export.notifier.dynamo_table import NoticeTable, at, epoch, instant, text
from mpl_export.notifier.muted import Muted, MuteNotice

_KEPT = timedelta(days=14)


class DynamoMuteNotices:
    """What is muted for one tenant in DynamoDB."""

    def __init__(self, table: NoticeTable) -> None:
        self._table = table

    def mute(self, part: str, muted: Collection[Muted], *, now: datetime) -> None:
        """Note what of a part is muted; the same part again counts once."""
        self._table.put(
            (
                f"muted#{part}#{each.mute}",
                {"muted": text(each.as_json()), "expires_at": epoch(now + _KEPT)},
            )
            for each in muted
        )
        for each in muted:
            self._table.update(
                f"mute#{each.mute}",
                "SET matched = :now, since = if_not_exists(since, :now)",
                {":now": at(now)},
            )

    def muted(self, day: date) -> list[Muted]:
        """What is muted of parts of a day, by the UTC day of their windows."""
        items = self._table.beginning(f"muted#{day.isoformat()}T")
        return [Muted.from_json(item["muted"]["S"]) for item in items]

    def mutes(self, names: Collection[str], *, now: datetime) -> dict[str, MuteNotice]:
        """What is known of these mutes, which are seen from now on if they were not before."""
        items = self._table.items({f"mute#{name}" for name in names})
        known: dict[str, MuteNotice] = {}
        for name in names:
            item = items.get(f"mute#{name}", {})
            if not item:
                self._table.update(
                    f"mute#{name}", "SET since = if_not_exists(since, :now)", {":now": at(now)}
                )
            known[name] = MuteNotice(
                since=instant(item, "since") or now,
                matched=instant(item, "matched"),
                told=instant(item, "told_idle"),
            )
        return known

    def told_idle(self, names: Collection[str], *, now: datetime) -> None:
        """Note that people were told of mutes that mute nothing."""
        for name in names:
            self._table.update(f"mute#{name}", "SET told_idle = :now", {":now": at(now)})
