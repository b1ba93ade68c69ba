"""What a role allows, asked call by call as IAM would decide it.

Only what the project's own policies use is understood; anything else is an error, not a guess.
Source: IAM User Guide, "Policy evaluation logic" and "Multivalued context keys".
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of AWS as IAM sees it.

    Attributes:
        action: Such as ``s3:GetObject``.
        resource: The ARN that the action is about.
        context: Values of condition keys; a key of several values stands there several times.
    """

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, of a statement that allows or denies it."""

    action: str
    resource: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Operator, key and patterns."""

    def matches(self, call: Call) -> bool:
        """Whether the call is among what is meant."""
        return (
            fnmatchcase(call.action, self.action)
            and fnmatchcase(call.resource, self.resource)
            and all(_holds(condition, call) for condition in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class Role:
    """The statements of a role."""

    allowed: tuple[Grant, ...]
    denied: tuple[Grant, ...]

    @classmethod
    def of(cls, statements: Iterable[Json]) -> Self:
        """Read the statements."""
        by_effect: dict[str, list[Grant]] = {"Allow": [], "Deny": []}
        for each in statements:
            by_effect[each["Effect"]] += _grants(each)
        return cls(allowed=tuple(by_effect["Allow"]), denied=tuple(by_effect["Deny"]))

    def permits(self, call: Call) -> bool:
        """Whether the call is allowed by a statement, and denied by none."""
        return any(grant.matches(call) for grant in self.allowed) and not any(
            grant.matches(call) for grant in self.denied
        )


def _grants(statement: Json) -> Iterator[Grant]:
    conditions = tuple(
        (operator, key, tuple(_listed(patterns)))
        for operator, keys in statement.get("Condition", {}).items()
        for key, patterns in keys.items()
    )
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Grant(action, resource, conditions)


def _holds(condition: tuple[str, str, tuple[str, ...]], call: Call) -> bool:
    operator, key, patterns = condition
    values = [value for name, value in call.context if name == key]
    match operator:
        case "StringLike":
            return any(fnmatchcase(value, pattern) for value in values for pattern in patterns)
        case "StringEquals":
            return any(value in patterns for value in values)
        case "ForAllValues:StringEquals":
            return all(value in patterns for value in values)
        case "Null":
            return all((pattern == "true") is not bool(values) for pattern in patterns)
        case _:
            raise NotImplementedError(operator)


def _listed(value: Any) -> list[str]:  # noqa: ANN401 - a policy may say "x" or ["x"]
    return value if isinstance(value, list) else [value]
