"""``rules-try``: hold a file of rules against what the archive holds, and change nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mpl_export.archive.records import DamagedPartError
from mpl_export.notifier.failures import Failure, failure_of, records_in
from mpl_export.rules.masking import RAW
from mpl_export.rules.matching import Facts
from mpl_export.rules.rules import Rules
from operate.endings import Ending, StoppedError
from operate.rules.file import RulesFile
from operate.rules.parts import Parts
from operate.voice import Voice

_EVER = timedelta(days=36_500)
_SHOWN = 10
_ERROR = 60


@dataclass(slots=True)
class Tried:
    """What rules would have done.

    Attributes:
        teams: For each team, how many failures of which kind: artifact and error.
        mutes: For each mute, how many failures of each artifact.
        masked: How many failures each mask would have changed.
        failures: How many failures there are.
        parts: How many parts were read.
    """

    teams: dict[str, Counter[tuple[str, str]]] = field(default_factory=dict)
    mutes: dict[str, Counter[str]] = field(default_factory=dict)
    masked: Counter[str] = field(default_factory=Counter)
    failures: int = 0
    parts: int = 0

    def add(self, rules: Rules, record: dict[str, Any], failure: Failure) -> None:
        """Count what becomes of one failure."""
        self.failures += 1
        facts = Facts.of(record)
        mute = rules.mute_of(facts, failure.ended)
        if mute is not None:
            self.mutes.setdefault(mute.name, Counter())[failure.artifact] += 1
        else:
            for team in rules.teams_of(facts):
                kinds = self.teams.setdefault(team, Counter())
                kinds[failure.artifact, failure.error[:_ERROR]] += 1
        if rules.masks:
            masked = rules.masks.record(record)
            changed = [name for name in record if masked.get(name) != record[name]]
            self.masked.update("the whole row" if name == RAW else name for name in changed)

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "parts": self.parts,
            "failures": self.failures,
            "teams": {
                team: [
                    {"artifact": artifact, "error": error, "failures": count}
                    for (artifact, error), count in kinds.most_common()
                ]
                for team, kinds in sorted(self.teams.items())
            },
            "muted": {
                mute: dict(flows.most_common()) for mute, flows in sorted(self.mutes.items())
            },
            "masked": dict(self.masked.most_common()),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: failures of some statuses that ended between two instants."""

    since: datetime
    until: datetime
    statuses: Sequence[str]


def try_rules(file: RulesFile, parts: Parts, asked: Asked, voice: Voice) -> int:
    """Say who would have been told what.

    Raises:
        StoppedError: The archive cannot be read.
    """
    tried = Tried()
    wanted = sorted(set(asked.statuses))
    pieces = [f'"Status":"{status}"'.encode() for status in wanted]
    with voice.waiting(f"reading the parts of {parts.tenant}"):
        for key, body in parts.bodies(asked.since, asked.until):
            tried.parts += 1
            try:
                for record in records_in(body, pieces):
                    failure = failure_of(record, statuses=wanted, max_age=_EVER, with_text=True)
                    if failure is not None and failure.ended >= asked.since:
                        tried.add(file.rules, record, failure)
            except DamagedPartError as error:
                raise StoppedError(
                    f"the part {key} is damaged or was not written by this export", Ending.FAULT
                ) from error
    _show(tried, voice)
    voice.document(tried.as_json())
    return Ending.WELL


def _show(tried: Tried, voice: Voice) -> None:
    voice.say(f"{tried.failures} failures in {tried.parts} parts.")
    for team, kinds in sorted(tried.teams.items()):
        rows = [(str(n), artifact, error) for (artifact, error), n in kinds.most_common(_SHOWN)]
        if len(kinds) > _SHOWN:
            rest = kinds.most_common()[_SHOWN:]
            rows.append((str(sum(n for _, n in rest)), f"{len(rest)} more kinds", ""))
        voice.table(
            f"{team} would have been told of {kinds.total()}",
            rows,
            header=("failures", "artifact", "error"),
        )
    if tried.mutes:
        voice.table(
            "Muted",
            [
                (mute, str(flows.total()), ", ".join(flow for flow, _ in flows.most_common(3)))
                for mute, flows in sorted(tried.mutes.items())
            ],
            header=("mute", "failures", "artifacts"),
        )
    if tried.masked:
        voice.table(
            "Failures of which something would have been masked",
            [(name, str(count)) for name, count in tried.masked.most_common()],
            header=("member", "failures"),
        )
