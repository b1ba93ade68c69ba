"""A reader as strict as Hive's JSON SerDe: what breaks that one, is refused here.

It folds the case of names, so two members that differ by case alone are one column twice; a text
column takes no object or list, an object's column nothing but an object.  Members without a column
are passed over.

Source: HCatalog's JsonSerDe (``HCatRecord`` by field name in lower case, "expected START_OBJECT").
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from operate.asking.columns import COLUMNS


class UnreadableLineError(ValueError):
    """The SerDe would fail, or put a value into a column that it does not belong to."""


def hive_row(line: bytes) -> dict[str, Any]:
    """A line's columns by their names."""
    members = json.loads(line, object_pairs_hook=_folded)
    columns = {each.name: each.hive for each in COLUMNS}
    if twice := members[""] & columns.keys():
        raise UnreadableLineError(f"{twice} stand there twice")
    return {name: _typed(name, members.get(name), hive) for name, hive in columns.items()}


def _folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object with its names in lower case; those that come twice are told by a count."""
    folded = {name.lower(): value for name, value in pairs}
    counted = Counter(name.lower() for name, _ in pairs)
    folded[""] = {name for name, count in counted.items() if count > 1}
    return folded


def _typed(name: str, value: Any, hive: str) -> Any:  # noqa: ANN401 - whatever JSON has
    if value is None:
        return None
    match hive:
        case "string":
            fits = isinstance(value, str)
        case "boolean":
            fits = isinstance(value, bool)
        case _ if hive.startswith("struct<"):
            return _object(name, value, hive)
        case _:
            if not isinstance(value, list):
                raise UnreadableLineError(f"{name} is no list: {value!r}")
            inner = hive.removeprefix("array<").removesuffix(">")
            return [_object(name, each, inner) for each in value]
    if not fits:
        raise UnreadableLineError(f"{name} is no {hive}: {value!r}")
    return value


def _object(name: str, value: Any, hive: str) -> dict[str, Any]:  # noqa: ANN401
    if not isinstance(value, dict):
        raise UnreadableLineError(f"{name} is no object: {value!r}")
    members = [
        each.split(":")[0] for each in hive.removeprefix("struct<").removesuffix(">").split(",")
    ]
    if twice := value[""] & set(members):
        raise UnreadableLineError(f"{name} has {twice} twice")
    return {each: _typed(f"{name}.{each}", value.get(each), "string") for each in members}
