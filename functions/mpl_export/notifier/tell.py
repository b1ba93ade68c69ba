"""The verb: note what a part says, send its events, and tell people what waits, within bounds."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from mpl_export.archive.records import DamagedPartError
from mpl_export.clock import Clock, Deadline
from mpl_export.errors import ConfigurationError, ExportError
from mpl_export.instants import parse_instant
from mpl_export.model import WINDOW
from mpl_export.notifier.digest import Digest
from mpl_export.notifier.failed_event import failed_event
from mpl_export.notifier.failures import Failure, artifact_of, failure_of, records_in
from mpl_export.notifier.failures_digest import Telling, failures_digest
from mpl_export.notifier.flows import news
from mpl_export.notifier.flows_digest import flows_digest
from mpl_export.notifier.grouping import groups_of, merged
from mpl_export.notifier.inbox import Part
from mpl_export.notifier.notices import Begun, Notices, Waiting
from mpl_export.notifier.outlets import Bus, Topic
from mpl_export.notifier.settings import NotifierSettings

HOUR = timedelta(hours=1)
MOST_DIGESTS = 12
"""So many digests go out in any hour; texts that never repeat would make every failure new."""

_log = logging.getLogger(__name__)


class Parts(Protocol):
    """Where parts are read."""

    def get(self, key: str) -> bytes:
        """Read a part that exists."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a part says that is of interest."""

    failures: Sequence[Failure]
    completed: dict[str, datetime]


@dataclass(kw_only=True)
class Notifier:
    """One invocation: what it reads, whom it tells, and how long it may.

    Attributes:
        position: Asks how far the export got, overlap included.
        owner: The id of the invocation.
        working: When nothing more is to be begun.
        ends: When Lambda ends the invocation.
        noted: How many failures of each artifact this invocation has noted.
    """

    settings: NotifierSettings
    clock: Clock
    parts: Parts
    notices: Notices
    topic: Topic
    bus: Bus
    position: Callable[[], datetime | None]
    owner: str
    working: Deadline
    ends: datetime
    noted: Counter[str] = field(default_factory=Counter, init=False)

    def take(self, parts: Collection[Part]) -> list[Part]:
        """Handle new parts, and tell at once what may be told at once.

        Returns:
            The parts that are to be delivered again.

        Raises:
            ExportError: None of the parts could be handled, or people could not be told; what was
                noted until then is told by the next flush.
        """
        undone: list[Part] = []
        errors: list[ExportError] = []
        for part in parts:
            if self.working.passed():
                undone.append(part)
                continue
            try:
                done = self._handle(part)
            except ExportError as error:
                # Not only logged: the queue delivers the part again, and in the end puts it
                # where an alarm looks.
                _log.warning("a part is left for later: %s", error)
                errors.append(error)
                done = False
            if not done:
                undone.append(part)
        if self.noted:
            self.tell()
        if errors and len(undone) == len(parts):
            raise errors[0]
        return undone

    def tell(self) -> int:
        """Tell what waits and whose hour has ended; say how many digests that took."""
        with self.notices.turn(self.owner, now=self.clock.now(), until=self.ends) as turn:
            if not turn.held:
                return 0
            return self._tell_failures(list(turn.sent))

    def flush(self) -> int:
        """Tell what waits, and which flows fell silent or are back."""
        digests = self.tell()
        return digests + self._tell_flows() if self.settings.expected_flows else digests

    def _handle(self, part: Part) -> bool:
        """Note a part's failures and send their events; say whether the part is done.

        In this order: what is noted is told whatever happens next, and a part that is not finished
        comes again.
        """
        now = self.clock.now()
        if self._is_of_no_interest(part):
            return True
        content = self._read(part)
        for flow, at in content.completed.items():
            self.notices.completed(flow, at)
        if not content.failures:
            return True
        begun = self.notices.begin(part.name, self.owner, now=now, until=self.ends)
        if begun in {Begun.TOLD, Begun.BUSY}:
            return begun is Begun.TOLD
        if begun is Begun.NEW:
            self.notices.wait(part.name, groups_of(content.failures).values(), now=now)
            self.notices.note(part.name)
            self.noted.update(failure.artifact for failure in content.failures)
        bucket, tenant = self.settings.archive_bucket, self.settings.tenant
        self.bus.put(
            (
                failed_event(failure, tenant=tenant, bucket=bucket, key=part.key)
                for failure in content.failures
            ),
            now=now,
        )
        self.notices.finish(part.name)
        return True

    def _is_of_no_interest(self, part: Part) -> bool:
        """Whether the part was too old when it was written: then it is not even read."""
        if part.created is None or self.settings.expected_flows:
            return False
        return part.window + WINDOW <= part.created - self.settings.alert_max_age

    def _read(self, part: Part) -> Content:
        settings = self.settings
        statuses = {*settings.alert_statuses, *(["COMPLETED"] if settings.expected_flows else [])}
        pieces = [f'"Status":"{status}"'.encode() for status in statuses]
        failures: list[Failure] = []
        completed: dict[str, datetime] = {}
        try:
            for record in records_in(self.parts.get(part.key), pieces):
                failure = failure_of(
                    record,
                    statuses=settings.alert_statuses,
                    max_age=settings.alert_max_age,
                    with_text=settings.error_text,
                )
                if failure is not None:
                    failures.append(failure)
                flow = artifact_of(record)
                if flow in settings.expected_flows and record.get("Status") == "COMPLETED":
                    end = parse_instant(record["LogEnd"] or record["ReadAt"])
                    completed[flow] = max(end, completed.get(flow, end))
        except DamagedPartError as error:
            raise ConfigurationError(
                f"the object {part.key} was not written by this export; move it elsewhere"
            ) from error
        return Content(failures, completed)

    def _tell_failures(self, sent: list[datetime]) -> int:
        digests = 0
        while not self.working.passed():
            now = self.clock.now()
            sent = [instant for instant in sent if now - instant < HOUR]
            ready, told_before = self._ready(now)
            if not ready or len(sent) >= MOST_DIGESTS:
                break
            groups = merged(each.group for each in ready).values()
            digest = failures_digest(
                [
                    Telling(group=group, told_before=told_before.get(group.signature))
                    for group in groups
                ],
                self.settings.origin,
            )
            self._publish(digest)
            sent.append(now)
            self.notices.told(ready, now=now, sent=sent)
            digests += 1
        return digests

    def _ready(self, now: datetime) -> tuple[list[Waiting], dict[str, datetime]]:
        """What waits and may be told, and when its signatures were told last."""
        waiting = sorted(self.notices.waiting(), key=attrgetter("group.signature"))
        told = self.notices.last_told({each.group.signature for each in waiting})
        ready: list[Waiting] = []
        for signature, some in groupby(waiting, attrgetter("group.signature")):
            last = told.get(signature)
            if last is None or now - last >= HOUR:
                ready += some
        return ready, told

    def _tell_flows(self) -> int:
        """Tell which flows fell silent or are back; each is told once."""
        expected = self.settings.expected_flows
        with self.notices.turn(self.owner, now=self.clock.now(), until=self.ends) as turn:
            if not turn.held:
                return 0
            now = self.clock.now()
            position = self.position()
            known = self.notices.flows(expected, now=now)
            found = {name: news(known[name], expected[name], position) for name in expected}
            silent = {
                name: (known[name].completed, expected[name])
                for name, what in found.items()
                if what == "silent"
            }
            back = {
                name: known[name].completed or now for name, what in found.items() if what == "back"
            }
            if not silent and not back:
                return 0
            self._publish(flows_digest(silent, back, self.settings.origin))
            self.notices.told_flows({**dict.fromkeys(silent, True), **dict.fromkeys(back, False)})
            return 1

    def _publish(self, digest: Digest) -> None:
        self.topic.publish(digest)
        _log.info("told by a digest", extra={"severity": digest.attributes["severity"]})
