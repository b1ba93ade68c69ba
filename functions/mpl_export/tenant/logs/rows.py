"""From the rows of a page to logs, fast for those that are as usual.

A page holds a thousand rows with the same members.  They are looked at by columns, all values of a
member together, so that what is left for a row runs in C for the most part.  Where a value is not
as expected, the rows are taken in smaller lots, down to a single row, and that goes the long way
(``odd_rows``), with the same result.  Rows that were decoded into types (``typed_rows``) need no
looking at, but for their dates.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import batched, chain, groupby, repeat
from operator import itemgetter
from typing import Any

import orjson

from mpl_export.instants import EPOCH, iso_millis
from mpl_export.model import UNDATED, Log, created_at
from mpl_export.properties import ARTIFACT, DATES, shadows
from mpl_export.tenant.logs.columns import READERS, Column, UnusualError, millis, unknown_column
from mpl_export.tenant.logs.odd_rows import odd_log_of
from mpl_export.tenant.logs.shapes import FIRST, TypedRows
from mpl_export.version import REST, STATE, versions_of

_FEWER = 32
"""Into so many lots is cut what holds something unusual: a page, then single rows."""

_UNUSUAL = (AttributeError, KeyError, OverflowError, TypeError, ValueError)

_without_braces = itemgetter(slice(1, -1))


def logs_of(rows: Iterable[object], read_at: datetime) -> list[Log]:
    """Normalise the rows of a page; see ``odd_log_of`` for those that cannot be read whole.

    Members of a complex property that belong to the protocol are taken out of it in place.
    """
    if isinstance(rows, TypedRows):
        try:
            return _typed_logs_of(rows, read_at)
        except _UNUSUAL:
            pass
    logs: list[Log] = []
    for names, alike in groupby(rows, _names):
        logs += _logs_of_alike(names, list(alike), read_at)
    return logs


def log_of(row: object, read_at: datetime) -> Log:
    """Normalise one row of a page, as ``logs_of``."""
    return logs_of([row], read_at)[0]


def _names(row: object) -> tuple[str, ...] | None:
    return tuple(row) if type(row) is dict else None


def _logs_of_alike(
    names: tuple[str, ...] | None, rows: Sequence[Any], read_at: datetime
) -> Iterable[Log]:
    """Read rows that have these members, in this order; None if they are no objects."""
    if names is None:
        return [odd_log_of(row, read_at) for row in rows]
    try:
        return _usual_logs_of(names, rows, read_at)
    except _UNUSUAL:
        if len(rows) == 1:
            return [odd_log_of(rows[0], read_at)]
    lots = batched(rows, -(-len(rows) // _FEWER), strict=False)
    return chain.from_iterable(_logs_of_alike(names, lot, read_at) for lot in lots)


def _usual_logs_of(names: tuple[str, ...], rows: Sequence[Any], read_at: datetime) -> list[Log]:
    columns: dict[str, Column] = dict(
        zip(names, zip(*map(dict.values, rows), strict=True), strict=True)
    )
    for name, read in _plan_of(names):
        column = read(columns[name])
        if column is None:
            del columns[name]
        else:
            columns[name] = column
    ends = _with_dates_as_text(columns)
    kept = (*FIRST, *(name for name in columns if name not in FIRST))
    records = map(dict, map(zip, repeat(kept), zip(*map(columns.__getitem__, kept), strict=True)))
    artifacts = columns.get(ARTIFACT)
    ids = None if artifacts is None else [None if it is None else it.get("Id") for it in artifacts]
    members = map(_without_braces, map(orjson.dumps, records))
    return _logs(columns, ids, members, ends, read_at)


def _typed_logs_of(rows: TypedRows, read_at: datetime) -> list[Log]:
    columns = rows.columns()
    for name in DATES:
        columns[name] = millis(columns[name])
    ends = _with_dates_as_text(columns)
    ids = rows.artifact_ids()
    return _logs(columns, ids, rows.records(columns), ends, read_at)


def _with_dates_as_text(columns: dict[str, Column]) -> list[datetime | None]:
    """Write the dates, which are milliseconds, as records hold them.

    Returns:
        The ends as instants.
    """
    if not all(columns["MessageGuid"]):
        raise UnusualError
    millis_of_ends = columns["LogEnd"]
    ends = [None if end is None else EPOCH + timedelta(0, 0, 0, end) for end in millis_of_ends]
    for name in DATES:
        columns[name] = [None if it is None else iso_millis(it) for it in columns[name]]
    return ends


def _logs(
    columns: Mapping[str, Column],
    artifact_ids: Column | None,
    members: Iterable[bytes],
    ends: list[datetime | None],
    read_at: datetime,
) -> list[Log]:
    """Logs by their columns, dates as text."""
    guids = columns["MessageGuid"]
    nothing = [None] * len(guids)
    return list(
        map(
            Log._make,
            zip(
                _versions(columns, artifact_ids or nothing, nothing),
                members,
                ends,
                map(_filed_at, ends, guids) if None in ends else ends,
                repeat(True),
                repeat(read_at),
                guids,
                columns.get("Status", nothing),
                strict=False,
            ),
        )
    )


def _versions(
    columns: Mapping[str, Column], artifact_ids: Column, nothing: Column
) -> Iterator[bytes]:
    """The version ids of rows whose dates are text already."""
    of = columns.get
    return versions_of(
        [of(name, nothing) for name in STATE],
        [*(of(name, nothing) for name in REST), artifact_ids],
    )


def _filed_at(end: datetime | None, guid: str) -> datetime:
    return end or created_at(guid) or UNDATED


@lru_cache(maxsize=64)
def _plan_of(names: tuple[str, ...]) -> Sequence[tuple[str, Callable[[Column], Column | None]]]:
    """How each column is read, for rows that have these members."""
    if not set(FIRST).issubset(names) or any(map(shadows, names)):
        raise UnusualError
    return [(name, READERS.get(name, unknown_column)) for name in names]
