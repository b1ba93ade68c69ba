"""What one listing tells of a day: which parts each of its windows has."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from mpl_export.archive.layout import day_prefix, part_of_key, window_prefix


class DayOfParts:
    """The parts of all windows of a day, as they were listed once.

    It may be out of date: the put fails for the number of a part that was written since, and a part
    that has expired since is missing when it is read.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._numbers: dict[datetime, list[int]] = defaultdict(list)
        self._strange: list[str] = []
        for key in keys:
            part = part_of_key(key)
            if part is None:
                self._strange.append(key)
            else:
                self._numbers[part[0]].append(part[1])

    def add(self, window: datetime, number: int) -> None:
        """Learn of a part that was written since."""
        self._numbers[window].append(number)

    def numbers(self, window: datetime) -> Sequence[int]:
        """The numbers of a window's parts, rising."""
        return sorted(self._numbers.get(window, ()))

    def strange(self, tenant: str, window: datetime) -> str | None:
        """The key of something among a window's parts that is none; None if there is nothing.

        Other objects in the same folder, such as the folder's own marker, do not matter.
        """
        prefix = window_prefix(tenant, window)
        own = (key for key in self._strange if key.startswith(prefix))
        return next((key for key in own if key != day_prefix(tenant, window)), None)
