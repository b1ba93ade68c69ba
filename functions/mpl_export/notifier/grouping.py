"""Failures of one signature as one thing to tell: how many, since when, and an example."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any

import orjson

from mpl_export.instants import iso_instant, parse_instant
from mpl_export.notifier.failures import Failure
from mpl_export.notifier.plain import one_line
from mpl_export.notifier.signature import signature_of
from mpl_export.rules.teams import UNASSIGNED

_NAME_CHARACTERS = 150
_ERROR_CHARACTERS = 300
_OTHERS = "Texts that hardly repeat"

MOST_KINDS = 50
"""How many kinds of one artifact are told apart within one part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Failures of one signature that one team is told of.

    Attributes:
        signature: Of the failures; followed by the team, where a rule names one.
        statuses: How many there are of each status.
        first, last: When the first and the last of them ended.
        error: The gist of the last one's error; empty if there is none to show.
        link: Where the tenant's monitor shows the last one; empty if unknown.
    """

    signature: str
    artifact: str
    name: str
    package: str
    sender: str
    receiver: str
    error: str
    link: str
    statuses: dict[str, int]
    first: datetime
    last: datetime
    team: str = UNASSIGNED

    @property
    def count(self) -> int:
        """How many failures."""
        return sum(self.statuses.values())

    def plus(self, other: "Group") -> "Group":
        """Both together; the later one is the example."""
        later = max(self, other, key=lambda group: group.last)
        names = sorted({*self.statuses, *other.statuses})
        return replace(
            later,
            statuses={
                name: self.statuses.get(name, 0) + other.statuses.get(name, 0) for name in names
            },
            first=min(self.first, other.first),
        )

    def as_json(self) -> str:
        """The group as text, within bounds whatever the tenant's texts are."""
        fields = {name: getattr(self, name) for name in Group.__slots__}
        fields |= {"first": iso_instant(self.first), "last": iso_instant(self.last)}
        return orjson.dumps(fields).decode()

    @classmethod
    def from_json(cls, text: str) -> "Group":
        """Read what ``as_json`` wrote."""
        fields: dict[str, Any] = orjson.loads(text)
        instants = {name: parse_instant(fields[name]) for name in ("first", "last")}
        return cls(**{**fields, **instants})


def groups_of(routed: Iterable[tuple[Failure, str]]) -> dict[str, Group]:
    """Group failures by their signature, and the team that is told."""
    groups: dict[str, Group] = {}
    for failure, team in routed:
        signature = _of_team(failure.signature, team)
        group = groups.get(signature)
        # Most failures of a storm are no better an example than those before.
        if group is not None and failure.ended < group.last:
            group.statuses[failure.status] = group.statuses.get(failure.status, 0) + 1
            if failure.ended < group.first:
                groups[signature] = replace(group, first=failure.ended)
            continue
        one = _group(failure, signature, team)
        groups[signature] = one if group is None else group.plus(one)
    return groups


def bounded(groups: Iterable[Group]) -> list[Group]:
    """Groups of which no artifact has too many for a team: those beyond are one, its rarest kinds.

    Texts that never repeat would otherwise make a group of every failure, each to be noted, told,
    remembered and held back for itself.  Their events are not touched.
    """
    kinds: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in sorted(groups, key=lambda group: (-group.count, group.signature)):
        kinds[group.artifact, group.team].append(group)
    result: list[Group] = []
    for (artifact, team), some in kinds.items():
        result += some[:MOST_KINDS]
        if rest := some[MOST_KINDS:]:
            other = reduce(Group.plus, rest)
            result.append(
                replace(
                    other,
                    signature=_of_team(signature_of(artifact, "", _OTHERS), team),
                    error=f"{_OTHERS}, such as: {other.error}"[:_ERROR_CHARACTERS],
                )
            )
    return result


def merged(groups: Iterable[Group]) -> dict[str, Group]:
    """Groups of one signature as one, by signature."""
    result: dict[str, Group] = {}
    for group in groups:
        known = result.get(group.signature)
        result[group.signature] = group if known is None else known.plus(group)
    return result


def _of_team(signature: str, team: str) -> str:
    return signature if team == UNASSIGNED else f"{signature}@{team}"


def _group(failure: Failure, signature: str, team: str) -> Group:
    artifact = failure.record.get("IntegrationArtifact") or {}
    return Group(
        signature=signature,
        team=team,
        artifact=failure.artifact[:_NAME_CHARACTERS],
        name=_name(artifact.get("Name")) or failure.artifact[:_NAME_CHARACTERS],
        package=_name(artifact.get("PackageName")) or _name(artifact.get("PackageId")),
        sender=_name(failure.record.get("Sender")),
        receiver=_name(failure.record.get("Receiver")),
        error=failure.error[:_ERROR_CHARACTERS],
        link=failure.link or "",
        statuses={failure.status: 1},
        first=failure.ended,
        last=failure.ended,
    )


def _name(value: object) -> str:
    """A name on one line, within bounds; empty if there is none."""
    return (
        one_line(value[: 4 * _NAME_CHARACTERS])[:_NAME_CHARACTERS] if isinstance(value, str) else ""
    )
