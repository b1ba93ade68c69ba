"""Who is told of a failure: the teams that a route names, else the owner of the package."""

from collections.abc import Sequence
from dataclasses import dataclass

from mpl_export.rules.matching import AnyOf, Condition, Facts

UNASSIGNED = "unassigned"
"""The team of what no rule gives to anybody."""

EVERYBODY = "*"
"""All teams: of what has to reach somebody, such as a failure while no rules are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Failures like these are told to these teams."""

    condition: Condition
    teams: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A package, by its id or name, belongs to these teams."""

    package: AnyOf
    teams: Sequence[str]


def teams_of(
    facts: Facts, routes: Sequence[Route], owners: Sequence[Owner], default: Sequence[str]
) -> tuple[str, ...]:
    """The teams that are told, each once.

    All routes that fit count.  If none does, the first line of the owners that names the package;
    if none does that either, the default.
    """
    routed = [team for route in routes if route.condition.holds(facts) for team in route.teams]
    if not routed:
        owned = (owner.teams for owner in owners if owner.package.fits(facts.package))
        routed = list(next(owned, default))
    return tuple(dict.fromkeys(routed)) or (UNASSIGNED,)
