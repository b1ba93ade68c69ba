"""Watched flows: which fell silent, and which are back; each is told once.

A flow is judged by how far the notifier has read.  The export gets further than that: it commits
its position right after a part, which comes here some time later, and may lie in the queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.checkpoint import Checkpoint
from mpl_export.notifier.flows import Mark, moved, news
from mpl_export.notifier.flows_digest import flows_digest
from mpl_export.notifier.notices import FlowNotices, OpenPart
from mpl_export.notifier.outlets import Topic
from mpl_export.notifier.ruling import Ruling
from mpl_export.notifier.settings import NotifierSettings

_FRESH = timedelta(minutes=5)
"""A part that was written longer ago when it was read says that others wait behind it."""
_DRAINED = timedelta(minutes=10)
"""When nothing was delivered for so long, nothing waits any more."""


@dataclass(frozen=True, kw_only=True)
class Watcher:
    """Watches the flows of one tenant."""

    settings: NotifierSettings
    flows: FlowNotices
    ruling: Ruling
    topic: Topic

    def look(self, checkpoint: Checkpoint, open_parts: Sequence[OpenPart], now: datetime) -> int:
        """Tell which flows fell silent or are back; say how many digests that took.

        Args:
            open_parts: Parts that were delivered and are not read.
        """
        expected = self.settings.expected_flows
        known = self.flows.flows(expected, now=now)
        before = self.flows.mark()
        mark = moved(before, checkpoint.position, now, behind=_is_behind(before, open_parts, now))
        if mark != before:
            self.flows.note_mark(mark)
        found = {name: news(known[name], expected[name], mark.position) for name in expected}
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
        self.topic.publish(flows_digest(silent, back, self.settings.origin, self.ruling.everybody))
        self.flows.told_flows({**dict.fromkeys(silent, True), **dict.fromkeys(back, False)})
        return 1


def _is_behind(mark: Mark, open_parts: Sequence[OpenPart], now: datetime) -> bool:
    """Whether a part may not be read that was written before the pending position was seen."""
    if mark.pending_at is None:
        return False
    if any(part.since < mark.pending_at for part in open_parts):
        return True
    if mark.read_at is None or mark.read_written is None or mark.read_written >= mark.pending_at:
        return False
    return mark.read_at - mark.read_written > _FRESH and now - mark.read_at < _DRAINED
