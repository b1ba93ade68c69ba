"""From the rows of a page to logs, fast for those that are as usual.

A page holds a thousand rows with the same members.  They are looked at by columns, all values of a
member together, so that what is left for a row runs in C for the most part.  Where a value is not
as expected, the rows are taken in smaller lots, down to a single row, and that goes the long way
(``odd_rows``), with the same result.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import batched, chain, groupby, repeat
from operator import itemgetter
from typing import Any

import orjson

from mpl_export.instants import EPOCH, iso_millis
from mpl_export.model import UNDATED, Log, created_at
from mpl_export.properties import (
    ARTIFACT,
    DATES,
    FLAGS,
    LISTS,
    OURS,
    TEXTS,
    shadows,
    shadows_in_artifact,
)
from mpl_export.tenant.logs.odd_rows import DEFERRED, JSON_DATE, METADATA, odd_log_of
from mpl_export.version import REST, STATE, versions_of

type _Types = frozenset[type]

_TEXT: _Types = frozenset({str, type(None)})
_FLAG: _Types = frozenset({bool, type(None)})
_OBJECT: _Types = frozenset({dict, type(None)})
_PLAIN: _Types = frozenset({str, bool, int, float, type(None)})
_FIRST = ("MessageGuid", *DATES)
"""Every record has these, and they come first."""

_FEWER = 32
"""Into so many lots is cut what holds something unusual: a page, then single rows."""

_DATE_BEGINS, _DATE_ENDS = "/Date(", ")/"
_BETWEEN_DATES = f"{_DATE_ENDS}\n{_DATE_BEGINS}"
_DIGITS = 16

_without_braces = itemgetter(slice(1, -1))

type _Column = Sequence[Any]


class _UnusualError(ValueError):
    """A row is to be read the long way."""


def logs_of(rows: Iterable[object], read_at: datetime) -> list[Log]:
    """Normalise the rows of a page; see ``odd_log_of`` for those that cannot be read whole.

    Members of a complex property that belong to the protocol are taken out of it in place.
    """
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
    except (_UnusualError, AttributeError, KeyError, OverflowError, TypeError):
        if len(rows) == 1:
            return [odd_log_of(rows[0], read_at)]
    lots = batched(rows, -(-len(rows) // _FEWER), strict=False)
    return chain.from_iterable(_logs_of_alike(names, lot, read_at) for lot in lots)


def _usual_logs_of(names: tuple[str, ...], rows: Sequence[Any], read_at: datetime) -> list[Log]:
    columns: dict[str, _Column] = dict(
        zip(names, zip(*map(dict.values, rows), strict=True), strict=True)
    )
    for name, read in _plan_of(names):
        column = read(columns[name])
        if column is None:
            del columns[name]
        else:
            columns[name] = column
    guids = columns["MessageGuid"]
    if not all(guids):
        raise _UnusualError
    ends = [None if end is None else EPOCH + timedelta(0, 0, 0, end) for end in columns["LogEnd"]]
    for name in DATES:
        columns[name] = [None if it is None else iso_millis(it) for it in columns[name]]
    kept = (*_FIRST, *(name for name in columns if name not in _FIRST))
    records = map(dict, map(zip, repeat(kept), zip(*map(columns.__getitem__, kept), strict=True)))
    nothing = [None] * len(rows)
    return list(
        map(
            Log._make,
            zip(
                _versions(columns, nothing),
                map(_without_braces, map(orjson.dumps, records)),
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


def _versions(columns: dict[str, _Column], nothing: _Column) -> Iterator[bytes]:
    """The version ids of rows whose dates are text already."""
    of = columns.get
    ids = [None if it is None else it.get("Id") for it in of(ARTIFACT, nothing)]
    return versions_of(
        [of(name, nothing) for name in STATE], [*(of(name, nothing) for name in REST), ids]
    )


def _filed_at(end: datetime | None, guid: str) -> datetime:
    return end or created_at(guid) or UNDATED


@lru_cache(maxsize=64)
def _plan_of(names: tuple[str, ...]) -> Sequence[tuple[str, Callable[[_Column], _Column | None]]]:
    """How each column is read, for rows that have these members."""
    if not set(_FIRST).issubset(names) or any(map(shadows, names)):
        raise _UnusualError
    return [(name, _READERS.get(name, _unknown)) for name in names]


# -- columns by their types: what they become, or None if they are not kept ----------------------


def _only(types: _Types) -> Callable[[_Column], _Column]:
    def read(column: _Column) -> _Column:
        if not types.issuperset(map(type, column)):
            raise _UnusualError
        return column

    return read


def _nothing(_: _Column) -> None:
    return None


def _millis(column: _Column) -> list[int | None]:
    """Dates as the tenant writes them, in milliseconds since the epoch.

    They are taken together: to put the texts in one and to cut it at what stands between two
    numbers leaves as many numbers as there are dates, or one of them is no date.
    """
    if "" not in column and None not in column:
        numbers = "\n".join(column).removeprefix(_DATE_BEGINS).removesuffix(_DATE_ENDS)
        found = numbers.split(_BETWEEN_DATES)
        digits = "".join(found)
        if (
            len(found) == len(column)
            and digits.isascii()
            and digits.isdecimal()
            and all(found)
            and max(map(len, found)) <= _DIGITS
            and column[0].startswith(_DATE_BEGINS)
            and column[-1].endswith(_DATE_ENDS)
        ):
            return list(map(int, found))
    return list(map(_milli, column))


def _milli(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    match = JSON_DATE.fullmatch(text)
    if match is None:
        raise _UnusualError
    return int(match[1])


def _artifacts(column: _Column) -> _Column | None:
    if not _OBJECT.issuperset(map(type, column)):
        raise _UnusualError
    artifacts = [artifact for artifact in column if artifact is not None]
    if artifacts and _are_links(artifacts):
        return _without_links(column)
    for artifact in artifacts:
        artifact.pop(METADATA, None)
    if any(map(shadows_in_artifact, set(chain.from_iterable(artifacts)))):
        raise _UnusualError
    if not _TEXT.issuperset(map(type, chain.from_iterable(map(dict.values, artifacts)))):
        raise _UnusualError
    return column


def _lists(column: _Column) -> _Column | None:
    if _are_links(column):
        return _without_links(column)
    return [None if value is None else _names_and_values(value) for value in column]


def _unknown(column: _Column) -> _Column | None:
    if _PLAIN.issuperset(map(type, column)):
        return column
    return _without_links(column)


def _are_links(column: _Column) -> bool:
    """Whether the first value is nothing but a link to be followed."""
    return type(column[0]) is dict and DEFERRED in column[0]


def _without_links(column: _Column) -> _Column | None:
    """Nothing, where all are links."""
    if not all(type(value) is dict and DEFERRED in value for value in column):
        raise _UnusualError
    return None


def _names_and_values(value: Any) -> list[dict[str, str | None]]:  # noqa: ANN401 - whatever a tenant shows
    entries = value["results"] if type(value) is dict else value
    if type(entries) is not list:
        raise _UnusualError
    read = [{"Name": entry["Name"], "Value": entry["Value"]} for entry in entries]
    for entry in read:
        if not _TEXT.issuperset(map(type, entry.values())):
            raise _UnusualError
    return read


_READERS: dict[str, Callable[[_Column], _Column | None]] = {
    **dict.fromkeys(TEXTS, _only(_TEXT)),
    **dict.fromkeys(DATES, _millis),
    **dict.fromkeys(FLAGS, _only(_FLAG)),
    **dict.fromkeys(LISTS, _lists),
    **dict.fromkeys((METADATA, *OURS), _nothing),
    ARTIFACT: _artifacts,
}
