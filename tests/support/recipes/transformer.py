"""EventBridge's input transformer and patterns by their documented rules, strictly.

Source: EventBridge User Guide, "Input transformation" and "Event patterns".  Strict: a
variable that an event lacks, one that stands within quotes and holds a quote, or a result that is
no JSON is an error, where the service would send something odd or nothing.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE: Final = re.compile(r"<([A-Za-z0-9_.-]+)>")
_MOST_VARIABLES: Final = 100
_MOST_TEMPLATE: Final = 8192

Json = dict[str, Any]


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event fits a pattern."""
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            inner = event.get(name)
            if not isinstance(inner, dict) or not matches(wanted, inner):
                return False
        elif name not in event or not any(_fits(each, event[name]) for each in wanted):
            return False
    return True


def _fits(wanted: object, value: object) -> bool:
    if isinstance(wanted, dict):
        ((operator, operand),) = wanted.items()
        if operator != "wildcard":
            raise ValueError(f"the operator {operator} is not known here")
        return isinstance(value, str) and fnmatchcase(value, operand)
    return value == wanted


def transformed(paths: Mapping[str, str], template: str, event: Json) -> Json:
    """What the target gets."""
    assert len(paths) <= _MOST_VARIABLES
    assert len(template) <= _MOST_TEMPLATE
    values = {name: _at(path, event) for name, path in paths.items()}

    def put(match: re.Match[str]) -> str:
        value = values[match[1]]
        before = template[: match.start()].rpartition("\n")[2]
        if before.replace('\\"', "").count('"') % 2 == 0:
            return json.dumps(value)
        assert isinstance(value, str), f"{match[1]} stands in a text and is none"
        assert json.dumps(value) == f'"{value}"', f"{match[1]} would break the text it stands in"
        return value

    result: Json = json.loads(_VARIABLE.sub(put, template))
    return result


def _at(path: str, event: Json) -> object:
    value: Any = event
    first, *names = path.split(".")
    assert first == "$"
    for name in names:
        value = value[name]
    return value
