"""The rows and their life, in memory: what is true, and what of it can be seen by now.

Rows with a date stand in one list sorted by true ``LogEnd``, so an interval is two bisections
however many rows there are.  A row (or a change) that becomes visible only later waits outside
that list until its instant has come.
"""

import heapq
import random
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count
from typing import Final

from operate.sap_tenant.columns import COLUMNS
from operate.sap_tenant.interval import Interval, Place, end_of, place_of
from operate.sap_tenant.moments import Micros, micros_of
from operate.sap_tenant.rows import (
    NO_ARTIFACT,
    UNSET,
    Artifact,
    Row,
    Unset,
    Value,
    artifact_named,
    new_guid,
    usual_values,
)

_SECOND: Final[Micros] = 1_000_000


class Store:
    """All logs of one tenant.  Not locked: the tenant holds its lock around every call."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a life to be repeated, no secret
        self._rows: dict[str, Row] = {}
        self._dated: list[tuple[Place, Row]] = []
        self._undated: dict[str, Row] = {}
        self._pending: list[tuple[Micros, int, Callable[[], None]]] = []
        self._numbers = count()

    def __len__(self) -> int:
        """Count the rows, hidden ones included."""
        return len(self._rows)

    def __contains__(self, guid: object) -> bool:
        """Tell whether the tenant has this log, visible or not."""
        return guid in self._rows

    def get(self, guid: str) -> Row | None:
        """Give a row that can be seen; None for a hidden one."""
        row = self._rows.get(guid)
        return None if row is None or row.hidden else row

    def all(self, *, hidden: bool = False) -> list[Row]:
        """Give the rows in order of creation, hidden ones only if asked for."""
        return [row for row in self._rows.values() if hidden or not row.hidden]

    # -- writing -------------------------------------------------------------------------

    def add(
        self,
        *,
        now: Micros,
        status: str | None = "COMPLETED",
        log_end: datetime | Unset | None = UNSET,
        log_start: datetime | Unset | None = UNSET,
        artifact: str | Artifact | None = "Order_to_Cash",
        guid: str | None = None,
        error_text: str | None = None,
        visible_from: datetime | None = None,
        custom_headers: Iterable[tuple[str, str]] = (),
        adapter_attributes: Iterable[tuple[str, str, str]] = (),
        **properties: Value,
    ) -> Row:
        """Write a new log; ``tenant.add`` describes the arguments.

        Raises:
            ValueError: The id is taken, or a property is not one of a log's own.
        """
        end = now if log_end is UNSET else _micros(log_end)
        start = (end and end - _SECOND) if log_start is UNSET else _micros(log_start)
        guid = guid or self._free_guid(start or end or now)
        if guid in self._rows:
            raise ValueError(f"a log {guid} exists already")
        _refuse_strangers(properties)
        complex_value = artifact_named(artifact) if isinstance(artifact, str) else artifact
        row = Row(
            number=next(self._numbers),
            guid=guid,
            start=start,
            end=end,
            values={**usual_values(self.random, status, start), **properties},
            artifact=dict(NO_ARTIFACT | (complex_value or {})),
            error_text=error_text,
            custom_headers=tuple(custom_headers),
            adapter_attributes=tuple(adapter_attributes),
        )
        visible = _micros(visible_from)
        self._rows[guid] = row
        if visible is None or visible <= now:
            self._show(row)
        else:
            row.hidden = True
            self._later(visible, lambda: self._reveal(row))
        return row

    def extend(self, rows: Iterable[Row]) -> None:
        """Take many new visible rows at once, with one sort at the end."""
        for row in rows:
            self._rows[row.guid] = row
            if row.end is None:
                self._undated[row.guid] = row
            else:
                self._dated.append((row.place, row))
        self._dated.sort(key=place_of)

    def next_number(self) -> int:
        """Give the number of a row that is made outside and handed to ``extend``."""
        return next(self._numbers)

    def change(
        self,
        guid: str,
        *,
        now: Micros,
        status: str | Unset | None = UNSET,
        log_end: datetime | Unset | None = UNSET,
        log_start: datetime | Unset | None = UNSET,
        error_text: str | Unset | None = UNSET,
        custom_headers: Iterable[tuple[str, str]] | None = None,
        visible_from: datetime | None = None,
        **properties: Value,
    ) -> None:
        """Change a log, or note a change that shows itself later.

        Raises:
            KeyError: The tenant has no such log.
            ValueError: A property is not one of a log's own.
        """
        row = self._rows[guid]
        _refuse_strangers(properties)
        headers = UNSET if custom_headers is None else tuple(custom_headers)
        given: dict[str, object] = {
            "Status": status,
            "LogEnd": log_end if isinstance(log_end, Unset) else _micros(log_end),
            "LogStart": log_start if isinstance(log_start, Unset) else _micros(log_start),
            "ErrorText": error_text,
            "CustomHeaderProperties": headers,
            **properties,
        }
        change = {name: value for name, value in given.items() if value is not UNSET}
        number = next(self._numbers)

        def apply() -> None:
            if self._rows.get(guid) is not row:
                return  # cleaned up before the change could be seen
            self._hide(row)
            row.take(change, number)
            self._show(row)

        visible = _micros(visible_from)
        if visible is None or visible <= now:
            apply()
        else:
            self._later(visible, apply)

    def remove(self, guid: str) -> None:
        """Delete a log.

        Raises:
            KeyError: The tenant has no such log.
        """
        self._hide(self._rows.pop(guid))

    def reveal(self, now: Micros) -> None:
        """Let everything be seen whose instant has come."""
        while self._pending and self._pending[0][0] <= now:
            heapq.heappop(self._pending)[2]()

    # -- reading -------------------------------------------------------------------------

    def dated(self, since: Micros | None, until: Micros | None) -> Interval:
        """Give the visible rows of ``since <= LogEnd < until`` by their true LogEnd."""
        low = 0 if since is None else bisect_left(self._dated, since, key=end_of)
        high = len(self._dated) if until is None else bisect_left(self._dated, until, key=end_of)
        return Interval(self._dated, low, max(low, high))

    def ended_before(self, instant: datetime) -> list[Row]:
        """Give the visible rows that ended before an instant, oldest first."""
        return list(self.dated(None, micros_of(instant)).forward())

    @property
    def undated(self) -> list[Row]:
        """The visible rows whose LogEnd is null."""
        return list(self._undated.values())

    # -- inside --------------------------------------------------------------------------

    def _free_guid(self, created: Micros) -> str:
        while (guid := new_guid(created, self.random)) in self._rows:
            pass
        return guid

    def _later(self, visible: Micros, action: Callable[[], None]) -> None:
        heapq.heappush(self._pending, (visible, next(self._numbers), action))

    def _reveal(self, row: Row) -> None:
        if self._rows.get(row.guid) is row:
            row.hidden = False
            self._show(row)

    def _show(self, row: Row) -> None:
        if row.hidden:
            return
        if row.end is None:
            self._undated[row.guid] = row
        else:
            insort(self._dated, (row.place, row), key=place_of)

    def _hide(self, row: Row) -> None:
        if row.hidden:
            return
        if row.end is None:
            del self._undated[row.guid]
        else:
            del self._dated[bisect_left(self._dated, row.place, key=place_of)]


def _micros(instant: datetime | Unset | None) -> Micros | None:
    return micros_of(instant) if isinstance(instant, datetime) else None


def _refuse_strangers(properties: dict[str, Value]) -> None:
    if strangers := properties.keys() - COLUMNS.keys():
        raise ValueError(f"a log has no property {', '.join(sorted(strangers))}")
