"""A tenant's rules, read and checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mpl_export.rules.masking import NO_MASKS, Masks
from mpl_export.rules.matching import Facts
from mpl_export.rules.mutes import Mute
from mpl_export.rules.teams import UNASSIGNED, Owner, Route, teams_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the checkpoint says of the rules that are in force.

    Attributes:
        number: Which object holds them.
        teams: All the teams that they name: told to all of them is what nobody can route while
            that object cannot be read.
    """

    number: int
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Who is told of what, what is muted, and what is masked.

    Attributes:
        default: Who is told of what neither a route nor an owner has.
    """

    routes: Sequence[Route] = ()
    owners: Sequence[Owner] = ()
    default: Sequence[str] = ()
    mutes: Sequence[Mute] = ()
    masks: Masks = NO_MASKS

    @property
    def teams(self) -> tuple[str, ...]:
        """All teams that are named, and the one of what nobody is named for."""
        routed = {team for route in self.routes for team in route.teams}
        owning = {team for owner in self.owners for team in owner.teams}
        return tuple(sorted({*routed, *owning, *self.default, UNASSIGNED}))

    def teams_of(self, facts: Facts) -> tuple[str, ...]:
        """Who is told of a failure, muted or not."""
        return teams_of(facts, self.routes, self.owners, self.default)

    def mute_of(self, facts: Facts, ended: datetime) -> Mute | None:
        """What mutes a failure that ended then: the first in the file; None if it is told."""
        return next((mute for mute in self.mutes if mute.mutes(facts, ended)), None)


NO_RULES = Rules()
"""Of a tenant for which none were put."""
