"""What the rules say of failures; and what is done while they cannot be read."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

from mpl_export.checkpoint import Checkpoint
from mpl_export.errors import ConfigurationError
from mpl_export.notifier.failures import Failure
from mpl_export.properties import ARTIFACT, DATES, FLAGS, LINK, TEXTS
from mpl_export.rules.masking import RAW
from mpl_export.rules.matching import Facts
from mpl_export.rules.mutes import Mute
from mpl_export.rules.rules import NO_RULES, Noted, Rules
from mpl_export.rules.teams import EVERYBODY, UNASSIGNED

_log = logging.getLogger(__name__)

_TOLD_WITHOUT_MASKS: Final = frozenset(
    {"Version", "ReadAt", "Amended", ARTIFACT, LINK, *TEXTS, *DATES, *FLAGS}
)
"""What no mask is ever about."""


class KeptRules(Protocol):
    """Where rules are read."""

    def get(self, noted: Noted | None) -> Rules:
        """The rules that the checkpoint notes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who is told of a failure, if it is not muted.

    Attributes:
        teams: At least one.
        mute: What mutes it; None if it is told.
    """

    teams: tuple[str, ...]
    mute: Mute | None = None


_TELL_EVERYBODY = Verdict((EVERYBODY,))


class Ruling:
    """The rules as one invocation knows them: asked for when they are needed, and once.

    Rules that nobody can read until somebody mends them keep no failure from being told: it is
    told to everybody, nothing is muted, and error texts are left out, as nobody knows their masks.
    """

    def __init__(self, checkpoint: Callable[[], Checkpoint], kept: KeptRules) -> None:
        self._checkpoint = checkpoint
        self._kept = kept

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint."""
        return self._checkpoint()

    @cached_property
    def rules(self) -> Rules | None:
        """The rules that are in force; None if they cannot be read.

        Raises:
            ExportError: AWS fails for the moment; what is being done is to be tried again.
        """
        noted = self.checkpoint.rules
        if noted is None:
            return NO_RULES
        try:
            return self._kept.get(noted)
        except ConfigurationError as error:
            _log.error("failures are told to everybody, and without texts: %s", error)
            return None

    def masked(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """A record without what is masked by now, also of a part that was stored before."""
        rules = self.rules
        if rules is None:
            told = {name: record[name] for name in record if name in _TOLD_WITHOUT_MASKS}
            return told | ({RAW: ""} if RAW in record else {})
        return rules.masks.record(record) if rules.masks else record

    @property
    def everybody(self) -> tuple[str, ...]:
        """All teams, also of rules that cannot be read."""
        noted = self.checkpoint.rules
        return (noted.teams if noted is not None else ()) or (UNASSIGNED,)

    def names(self, team: str) -> tuple[str, ...]:
        """The teams that a team stands for."""
        return self.everybody if team == EVERYBODY else (team,)

    def all_names(self, teams: Iterable[str]) -> list[str]:
        """The teams that teams stand for, each once."""
        return list(dict.fromkeys(name for team in teams for name in self.names(team)))

    def of(self, failure: Failure) -> Verdict:
        """What the rules say of a failure."""
        rules = self.rules
        if rules is None:
            return _TELL_EVERYBODY
        facts = Facts.of(failure.record)
        return Verdict(rules.teams_of(facts), rules.mute_of(facts, failure.ended))
