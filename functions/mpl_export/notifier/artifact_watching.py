"""Snapshots of what is deployed: judge them in order, send their events, tell people.

In this order, so that a notifier killed on the way leaves nothing out, as the next one does it
again: what a snapshot had to tell is noted last.  Each snapshot names the one before, so those that
come late, or in another order, are found along that chain.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from mpl_export.archive.records import DamagedPartError
from mpl_export.archive.snapshots import Snapshot, snapshot_in
from mpl_export.clock import Clock, Deadline
from mpl_export.errors import ConfigurationError
from mpl_export.notifier.artifact_digest import artifact_digest
from mpl_export.notifier.artifact_event import DETAIL_TYPES, artifact_event
from mpl_export.notifier.artifact_news import ArtifactNews, Down, news_of
from mpl_export.notifier.notices import ArtifactNotices, Notices
from mpl_export.notifier.outlets import Bus, Topic
from mpl_export.notifier.ruling import Ruling
from mpl_export.notifier.settings import NotifierSettings
from mpl_export.rules.masking import ERROR_TEXT
from mpl_export.rules.matching import Facts
from mpl_export.rules.teams import EVERYBODY

LONGEST_CHAIN = 48
"""So many snapshots are judged together at most; the ones before are two days old."""

_log = logging.getLogger(__name__)


class Snapshots(Protocol):
    """Where snapshots are read."""

    def get(self, key: str) -> bytes:
        """Read a snapshot that exists."""


@dataclass(kw_only=True)
class ArtifactWatcher:
    """Judges the snapshots of one invocation.

    Attributes:
        owner: The id of the invocation.
        working: When nothing more is to be begun.
        ends: When Lambda ends the invocation.
    """

    settings: NotifierSettings
    clock: Clock
    snapshots: Snapshots
    notices: Notices
    artifacts: ArtifactNotices
    ruling: Ruling
    topic: Topic
    bus: Bus
    owner: str
    working: Deadline
    ends: datetime

    def look(self, keys: Collection[str]) -> list[str]:
        """Judge snapshots; the keys of those that are to be delivered again.

        Raises:
            ExportError: One cannot be read, or nobody could be told.
        """
        with self.notices.turn(self.owner, now=self.clock.now(), until=self.ends) as turn:
            if not turn.held:
                return list(keys)
            for key in sorted(set(keys)):
                if self.working.passed():
                    return [each for each in keys if each >= key]
                self._judge(key)
        return []

    def _judge(self, key: str) -> None:
        judged = self.artifacts.judged()
        if judged is not None and key <= judged:
            return
        chain = self._chain(key, judged)
        before = chain[0][1].previous
        previous = None if before is None else self._before(before)
        is_first = previous is None and judged is None
        for each, snapshot in chain:
            news = news_of(previous, snapshot, self.artifacts.down())
            self._send(news, each)
            told = [one for one in news if one.kind != "deployed"]
            self._tell(told, is_first=is_first)
            self.artifacts.told(each, *_noted(told))
            previous, is_first = snapshot, False

    def _chain(self, key: str, judged: str | None) -> list[tuple[str, Snapshot]]:
        """A snapshot and those before it that are not judged, oldest first."""
        chain = [(key, self._read(key))]
        while judged is not None and len(chain) < LONGEST_CHAIN:
            before = chain[-1][1].previous
            if before is None or before <= judged:
                break
            found = self._before(before)
            if found is None:
                break
            chain.append((before, found))
        return chain[::-1]

    def _before(self, key: str) -> Snapshot | None:
        """A snapshot that another one names; None if somebody has taken it away."""
        try:
            return self._read(key)
        except ConfigurationError as error:
            _log.warning("what was deployed before is not known: %s", error)
            return None

    def _read(self, key: str) -> Snapshot:
        try:
            return snapshot_in(self.snapshots.get(key))
        except DamagedPartError as error:
            raise ConfigurationError(
                f"the snapshot {key} is not what the export wrote: {error}"
            ) from error

    def _send(self, news: Sequence[ArtifactNews], key: str) -> None:
        """Send the events, type by type."""
        now = self.clock.now()
        kinds = sorted(((each.kind, each) for each in news), key=itemgetter(0))
        for kind, some in groupby(kinds, itemgetter(0)):
            details = [
                artifact_event(
                    each,
                    tenant=self.settings.tenant,
                    bucket=self.settings.archive_bucket,
                    key=key,
                    teams=[name for team in self._teams(each) for name in self.ruling.names(team)],
                    error_text=self._text(each),
                )
                for _, each in some
            ]
            self.bus.put(details, now=now, detail_type=DETAIL_TYPES[kind])

    def _tell(self, news: Sequence[ArtifactNews], *, is_first: bool) -> None:
        """Tell each team by one digest."""
        teams: defaultdict[str, list[ArtifactNews]] = defaultdict(list)
        for each in news:
            for team in self._teams(each):
                teams[team].append(each)
        for team, some in sorted(teams.items()):
            texts = dict(self._texts(some))
            self.topic.publish(
                artifact_digest(
                    some,
                    self.settings.origin,
                    self.ruling.names(team),
                    texts=texts,
                    is_first=is_first,
                )
            )

    def _teams(self, news: ArtifactNews) -> tuple[str, ...]:
        """Who is told: by artifact and status, as the list says neither package nor partner."""
        rules = self.ruling.rules
        if rules is None:
            return (EVERYBODY,)
        artifact = news.artifact
        names = [name for name in (artifact.id, artifact.name) if name]
        status = "" if news.now is None else news.now.status or ""
        return rules.teams_of(Facts(artifact=names, status=status, text=self._text(news) or ""))

    def _texts(self, news: Sequence[ArtifactNews]) -> Iterator[tuple[str, str]]:
        for each in news:
            if text := self._text(each):
                yield each.artifact.id, text

    def _text(self, news: ArtifactNews) -> str | None:
        """Why it did not start, as far as that may be told."""
        text = None if news.now is None else news.now.error_text
        if not text or not self.settings.error_text or news.kind != "failed to start":
            return None
        told = self.ruling.masked({ERROR_TEXT: text}).get(ERROR_TEXT) if self.ruling.rules else None
        return told if isinstance(told, str) else None


def _noted(told: Sequence[ArtifactNews]) -> tuple[dict[str, Down], list[str]]:
    """What people know by now: what does not run, and what runs again."""
    down = {
        each.artifact.id: Down(
            trouble="stopped" if each.kind == "stopped" else "failed to start",
            since=each.seen if each.down is None else each.down.since,
            deployed=each.artifact.deployed,
        )
        for each in told
        if each.kind != "runs again"
    }
    return down, [each.artifact.id for each in told if each.kind == "runs again"]
