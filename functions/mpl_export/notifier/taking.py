"""Parts that the queue delivers: note their failures, and send their events.

In this order, so that what is noted is told whatever happens next.  A part that is not finished
comes again, and goes on where it stopped.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import Protocol

from mpl_export.clock import Clock, Deadline
from mpl_export.errors import AwsRefusedError, AwsUnavailableError, ExportError
from mpl_export.model import UNDATED, WINDOW
from mpl_export.notifier.content import content_of
from mpl_export.notifier.failed_event import failed_event
from mpl_export.notifier.failures import Failure
from mpl_export.notifier.grouping import bounded, groups_of
from mpl_export.notifier.inbox import Part
from mpl_export.notifier.muted import MuteNotices, muted_of
from mpl_export.notifier.notices import Begun, FlowNotices, Notices, OpenPart
from mpl_export.notifier.outlets import Bus
from mpl_export.notifier.ruling import Ruling, Verdict
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.notifier.volume import DayNotices

WAVE = 1_000
"""How many events are sent before that is noted: a killed run repeats no more than these."""

_FAILURES_IN_A_ROW = 3
"""After this many parts in a row for which AWS failed, the rest wait: each may take a minute."""

_SUMMED_UP = timedelta(days=2)
"""Older parts belong to summaries that went out already."""

_log = logging.getLogger(__name__)


class Parts(Protocol):
    """Where parts are read."""

    def get(self, key: str) -> bytes:
        """Read a part that exists."""


@dataclass(kw_only=True)
class Taker:
    """Takes the parts of one invocation.

    Attributes:
        owner: The id of the invocation.
        working: When nothing more is to be begun.
        ends: When Lambda ends the invocation.
        noted: How many failures of each artifact this invocation has noted.
        muted: How many failures each mute kept from being told in this invocation.
        errors: Why parts were left for later.
    """

    settings: NotifierSettings
    clock: Clock
    parts: Parts
    notices: Notices
    flows: FlowNotices
    mutes: MuteNotices
    days: DayNotices
    ruling: Ruling
    bus: Bus
    owner: str
    working: Deadline
    ends: datetime
    noted: Counter[str] = field(default_factory=Counter, init=False)
    muted: Counter[str] = field(default_factory=Counter, init=False)
    errors: list[ExportError] = field(default_factory=list, init=False)
    _in_a_row: int = field(default=0, init=False)
    _bus_is_down: bool = field(default=False, init=False)

    def take(self, parts: Collection[Part]) -> list[Part]:
        """Handle parts; those that are to be delivered again.

        Raises:
            ExportError: It cannot even be noted that they were delivered.
        """
        now = self.clock.now()
        self.notices.open(
            [OpenPart(name=p.name, since=p.created or now, seen=now) for p in dict.fromkeys(parts)]
        )
        undone = [part for part in parts if not self._done(part)]
        closed = {part.name for part in parts} - {part.name for part in undone}
        self.notices.close(sorted(closed))
        if self.settings.expected_flows:
            written = [p.created for p in parts if p.created is not None and p.name in closed]
            if written:
                self.flows.note_read(max(written), now=now)
        return undone

    def _done(self, part: Part) -> bool:
        """Handle a part, if there is any hope; say whether nothing is left to do."""
        if self.working.passed() or self._in_a_row >= _FAILURES_IN_A_ROW:
            return False
        try:
            done = self._handle(part)
        except ExportError as error:
            # Not only logged: the queue delivers the part again, and the flush fails for one that
            # was not done for 45 minutes.
            _log.warning("a part is left for later: %s", error)
            self.errors.append(error)
            of_aws = isinstance(error, AwsUnavailableError | AwsRefusedError)
            self._in_a_row = self._in_a_row + 1 if of_aws else 0
            return False
        self._in_a_row = 0
        return done

    def _handle(self, part: Part) -> bool:
        now = self.clock.now()
        if self._is_of_no_interest(part):
            self.notices.finish(part.name, now=now)
            return True
        begun = self.notices.begin(part.name, self.owner, now=now, until=self.ends)
        if begun in {Begun.TOLD, Begun.BUSY}:
            return begun is Begun.TOLD
        content = content_of(self.parts.get(part.key), part.key, self.settings, self.ruling.masked)
        for flow, at in content.completed.items():
            self.flows.completed(flow, at)
        if begun is Begun.NEW and content.volume is not None and content.volume.total:
            self.days.note_volume(part.name, content.volume, now=now)
        verdicts = {each.version: self.ruling.of(each) for each in content.failures}
        if begun is Begun.NEW and content.failures:
            self._note(part, content.failures, verdicts, now)
        sent = self.notices.sent(part.name) if begun is Begun.NOTED else None
        if not self._send(part, _after(content.failures, sent), verdicts):
            return False
        self.notices.finish(part.name, now=now)
        return True

    def _note(
        self,
        part: Part,
        failures: Sequence[Failure],
        verdicts: Mapping[str, Verdict],
        now: datetime,
    ) -> None:
        """Let failures wait to be told to their teams, or stand among what is muted."""
        judged = [(failure, verdicts[failure.version]) for failure in failures]
        muted = [(failure, each.mute) for failure, each in judged if each.mute is not None]
        told = [(failure, each.teams) for failure, each in judged if each.mute is None]
        routed = [(failure, team) for failure, teams in told for team in teams]
        self.mutes.mute(part.name, muted_of(muted), now=now)
        self.notices.wait(part.name, bounded(groups_of(routed).values()), now=now)
        self.notices.note(part.name)
        self.muted.update(mute.name for _, mute in muted)
        self.noted.update(failure.artifact for failure, _ in told)

    def _is_of_no_interest(self, part: Part) -> bool:
        """Whether the part was too old when it was written: then it is not even read."""
        if part.created is None or part.window == UNDATED or self.settings.expected_flows:
            return False
        oldest = self.settings.alert_max_age
        if self.settings.daily_summary:
            oldest = max(oldest, _SUMMED_UP)
        return part.window + WINDOW <= part.created - oldest

    def _send(
        self, part: Part, failures: Sequence[Failure], verdicts: Mapping[str, Verdict]
    ) -> bool:
        """Send the events of failures that are not muted; say whether all are sent."""
        bucket, tenant = self.settings.archive_bucket, self.settings.tenant
        left = len(failures)
        for wave in batched(failures, WAVE, strict=False):
            if self._bus_is_down or self.working.passed():
                return False
            details = (
                failed_event(
                    failure,
                    tenant=tenant,
                    bucket=bucket,
                    key=part.key,
                    teams=self.ruling.all_names(verdicts[failure.version].teams),
                )
                for failure in wave
                if verdicts[failure.version].mute is None
            )
            try:
                self.bus.put(details, now=self.clock.now())
            except ExportError:
                # People are told of the other parts all the same: those are noted, not sent.
                self._bus_is_down = True
                raise
            left -= len(wave)
            if left:
                self.notices.note_sent(part.name, wave[-1].version)
        return True


def _after(failures: Sequence[Failure], version: str | None) -> Sequence[Failure]:
    """The failures behind the one of this version; all of them if it is not among them."""
    numbers: Iterator[int] = (
        number for number, failure in enumerate(failures, 1) if failure.version == version
    )
    return failures[next(numbers, 0) :]
