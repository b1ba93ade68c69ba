"""How much there was on a day in DynamoDB, beside the notices.

Items, by range key, which end by themselves (``expires_at``):

* ``volume#<part>``   what a part holds
* ``day#<date>``      what a day had as a whole
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from mpl_export.notifier.dynamo_table import NoticeTable, epoch, text
from mpl_export.notifier.volume import Volume

_PARTS_KEPT = timedelta(days=4)
_DAYS_KEPT = timedelta(days=15)


class DynamoDayNotices:
    """How much there was for one tenant in DynamoDB."""

    def __init__(self, table: NoticeTable) -> None:
        self._table = table

    def note_volume(self, part: str, volume: Volume, *, now: datetime) -> None:
        """Note what a part holds; the same part again counts once."""
        self._put(f"volume#{part}", volume, now + _PARTS_KEPT)

    def parts_of(self, day: date) -> list[Volume]:
        """What the parts of a UTC day hold."""
        items = self._table.beginning(f"volume#{day.isoformat()}T")
        return [Volume.from_json(item["volume"]["S"]) for item in items]

    def note_day(self, day: date, volume: Volume, *, now: datetime) -> None:
        """Note what a day had as a whole."""
        self._put(f"day#{day.isoformat()}", volume, now + _DAYS_KEPT)

    def days(self, days: Collection[date]) -> list[Volume]:
        """What those of these days had that are noted as a whole."""
        items = self._table.items({f"day#{day.isoformat()}" for day in days})
        return [Volume.from_json(item["volume"]["S"]) for item in items.values()]

    def _put(self, name: str, volume: Volume, expires: datetime) -> None:
        item = {"volume": text(volume.as_json()), "expires_at": epoch(expires)}
        self._table.put([(name, item)])
