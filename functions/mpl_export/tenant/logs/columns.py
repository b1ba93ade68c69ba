"""The columns of a page's rows, read by the types of their properties.

A column is all values of a member together.  It is read to what the records hold, or to None if
they do not hold it.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from mpl_export.properties import (
    ARTIFACT,
    DATES,
    FLAGS,
    LISTS,
    OURS,
    TEXTS,
    shadows_in_artifact,
)
from mpl_export.tenant.logs.odd_values import DEFERRED, JSON_DATE, METADATA

type _Types = frozenset[type]

_TEXT: _Types = frozenset({str, type(None)})
_FLAG: _Types = frozenset({bool, type(None)})
_OBJECT: _Types = frozenset({dict, type(None)})
_PLAIN: _Types = frozenset({str, bool, int, float, type(None)})
_DATE_BEGINS, _DATE_ENDS = "/Date(", ")/"
_BETWEEN_DATES = f"{_DATE_ENDS}\n{_DATE_BEGINS}"
_DIGITS = 16

type Column = Sequence[Any]


class UnusualError(ValueError):
    """A row is to be read the long way."""


def _only(types: _Types) -> Callable[[Column], Column]:
    def read(column: Column) -> Column:
        if not types.issuperset(map(type, column)):
            raise UnusualError
        return column

    return read


def _nothing(_: Column) -> None:
    return None


def millis(column: Column) -> list[int | None]:
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
        raise UnusualError
    return int(match[1])


def _artifacts(column: Column) -> Column | None:
    if not _OBJECT.issuperset(map(type, column)):
        raise UnusualError
    artifacts = [artifact for artifact in column if artifact is not None]
    if artifacts and _are_links(artifacts):
        return _without_links(column)
    for artifact in artifacts:
        artifact.pop(METADATA, None)
    if any(map(shadows_in_artifact, set(chain.from_iterable(artifacts)))):
        raise UnusualError
    if not _TEXT.issuperset(map(type, chain.from_iterable(map(dict.values, artifacts)))):
        raise UnusualError
    return column


def _lists(column: Column) -> Column | None:
    if _are_links(column):
        return _without_links(column)
    return [None if value is None else _names_and_values(value) for value in column]


def unknown_column(column: Column) -> Column | None:
    """A column of a property that is not known: as it is where that is plain."""
    if _PLAIN.issuperset(map(type, column)):
        return column
    return _without_links(column)


def _are_links(column: Column) -> bool:
    """Whether the first value is nothing but a link to be followed."""
    return type(column[0]) is dict and DEFERRED in column[0]


def _without_links(column: Column) -> Column | None:
    """Nothing, where all are links."""
    if not all(type(value) is dict and DEFERRED in value for value in column):
        raise UnusualError
    return None


def _names_and_values(value: Any) -> list[dict[str, str | None]]:  # noqa: ANN401 - whatever a tenant shows
    entries = value["results"] if type(value) is dict else value
    if type(entries) is not list:
        raise UnusualError
    read = [{"Name": entry["Name"], "Value": entry["Value"]} for entry in entries]
    for entry in read:
        if not _TEXT.issuperset(map(type, entry.values())):
            raise UnusualError
    return read


READERS: dict[str, Callable[[Column], Column | None]] = {
    **dict.fromkeys(TEXTS, _only(_TEXT)),
    **dict.fromkeys(DATES, millis),
    **dict.fromkeys(FLAGS, _only(_FLAG)),
    **dict.fromkeys(LISTS, _lists),
    **dict.fromkeys((METADATA, *OURS), _nothing),
    ARTIFACT: _artifacts,
}
