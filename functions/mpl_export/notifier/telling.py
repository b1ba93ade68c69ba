"""What waits is told: when it is due, by few digests, by one invocation at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.clock import Clock, Deadline
from mpl_export.notifier.daily import Daily
from mpl_export.notifier.deployments import Deployments
from mpl_export.notifier.due import Due, due_now, in_digests
from mpl_export.notifier.failures_digest import Telling, failures_digest
from mpl_export.notifier.grouping import merged
from mpl_export.notifier.notices import Notices, Turn, Waiting
from mpl_export.notifier.outlets import Topic
from mpl_export.notifier.ruling import Ruling
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.rules.teams import EVERYBODY

HOUR = timedelta(hours=1)
MOST_DIGESTS = 12
"""The most digests for a team in any hour: texts that never repeat make all failures new."""
NOT_READ = (
    "The rules could not be read when these failed: they are told to everybody, without texts, and "
    "nothing is muted. The notifier's log says what is wrong with which object."
)


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells for one invocation.

    Attributes:
        owner: The id of the invocation.
        working: When nothing more is to be begun.
        ends: When Lambda ends the invocation.
        daily: What is done once a day; None to leave that to another invocation.
    """

    settings: NotifierSettings
    clock: Clock
    notices: Notices
    deployments: Deployments
    ruling: Ruling
    topic: Topic
    daily: Daily | None = None
    owner: str
    working: Deadline
    ends: datetime

    def tell(self) -> int:
        """Tell what waits and is due; say how many digests that took."""
        if self.working.passed():
            return 0
        with self.notices.turn(self.owner, now=self.clock.now(), until=self.ends) as turn:
            if not turn.held:
                return 0
            count = self._tell_all(turn)
            if self.daily is not None and not self.working.passed():
                done = self.daily.look(turn.day, self.clock.now())
                if done is not None:
                    day, digests = done
                    self.notices.note_day(day)
                    count += digests
            return count

    def _tell_all(self, turn: Turn) -> int:
        sent = {team: list(instants) for team, instants in turn.sent.items()}
        count = 0
        # Others note and find that it is not their turn: look again until nothing is due.
        while digests := self._due(sent):
            for kinds in digests:
                now = self.clock.now()
                sent = _recent(sent, now)
                of_team = sent.setdefault(kinds[0].team, [])
                if self.working.passed():
                    return count
                if len(of_team) >= MOST_DIGESTS:
                    continue
                of_team.append(now)
                self._tell(kinds, now, sent)
                count += 1
        return count

    def _due(self, sent: Mapping[str, Sequence[datetime]]) -> list[list[Due]]:
        """What is due now, by digest; nothing of teams that have got as many as they may."""
        if self.working.passed():
            return []
        now = self.clock.now()
        recent = _recent(sent, now)
        full = {team for team, instants in recent.items() if len(instants) >= MOST_DIGESTS}
        waiting = [each for each in self.notices.waiting() if each.group.team not in full]
        told = self.notices.last_told({each.group.signature for each in waiting})
        teams: defaultdict[str, list[Waiting]] = defaultdict(list)
        for each in waiting:
            teams[each.group.team].append(each)
        return [
            digest for some in teams.values() for digest in in_digests(due_now(some, told, now))
        ]

    def _tell(
        self, kinds: list[Due], now: datetime, sent: Mapping[str, Sequence[datetime]]
    ) -> None:
        """Tell a team of some kinds by one digest, and note that."""
        tellings = [
            Telling(
                group=group,
                told_before=kind.told.at if kind.told else None,
                fresh=kind.fresh,
                deployed=self.deployments.before(group.artifact, group.first),
            )
            for kind in kinds
            for group in merged(each.group for each in kind.waiting).values()
        ]
        team = kinds[0].team
        teams = self.ruling.names(team)
        self.topic.publish(
            failures_digest(
                tellings, self.settings.origin, teams, remark=NOT_READ if team == EVERYBODY else ""
            )
        )
        self.notices.told(
            {kind.waiting[0].group.signature: kind.telling(now) for kind in kinds},
            [each for kind in kinds for each in kind.waiting],
            sent=sent,
        )


def _recent(sent: Mapping[str, Sequence[datetime]], now: datetime) -> dict[str, list[datetime]]:
    """The digests of the last hour, by team."""
    recent = {
        team: [instant for instant in instants if now - instant < HOUR]
        for team, instants in sent.items()
    }
    return {team: instants for team, instants in recent.items() if instants}
