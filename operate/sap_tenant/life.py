"""A life for the rows: what happens in a tenant while someone reads its logs.

Messages begin, are processed, fail, are retried and end; some show themselves late, some lose
their dates, and what is final and old is cleaned up.  Everything is drawn from one seed, so a
life can be lived again.
"""

import heapq
import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from operate.sap_tenant.moments import micros_of
from operate.sap_tenant.population import draft, new_status
from operate.sap_tenant.rows import new_guid

if TYPE_CHECKING:
    from operate.sap_tenant.tenant import SapTenant

FINAL: Final = frozenset({"COMPLETED", "FAILED", "ESCALATED", "DISCARDED", "CANCELLED"})
"""What the cleanup takes: other rows outlive the retention, some by years (facts, section 5)."""

_LOOSE_ENDS: Final = {"PROCESSING": ("COMPLETED", "FAILED"), "RETRY": ("COMPLETED", "RETRY")}
_OWN: Final = frozenset({"CorrelationId", "Status"})
"""What ``add`` sets itself."""

_CLEANUP_EACH: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How a tenant lives.

    Attributes:
        rate: New messages a second, on average.
        fail_every: One in so many messages fails for good; None leaves it to the usual mix.
        open_share: The part that is seen PROCESSING or RETRY first.
        settles: How long open messages take, at most.
        late_share: The part that becomes visible only some time after it happened.
        latest: How late, at most.
        undated_share: The part of open messages that loses its dates for ever.
        retention: Age of LogEnd above which final rows are deleted.
    """

    rate: float = 1.0
    fail_every: int | None = None
    open_share: float = 0.2
    settles: timedelta = timedelta(minutes=3)
    late_share: float = 0.05
    latest: timedelta = timedelta(minutes=2)
    undated_share: float = 0.01
    retention: timedelta = timedelta(days=30)


class Life:
    """The life of one tenant, from an instant on.

    ``advance`` brings it up to an instant; nothing happens in between by itself.
    """

    def __init__(
        self, tenant: "SapTenant", *, since: datetime, seed: int = 0, habits: Habits | None = None
    ) -> None:
        self.habits = habits or Habits()
        self._tenant = tenant
        self._random = random.Random(seed)  # noqa: S311 - a life to be repeated, no secret
        self._now = since
        self._next_birth = since + self._pause()
        self._next_cleanup = since + _CLEANUP_EACH
        self._open: list[tuple[datetime, str, str]] = []
        self._born = 0

    def advance(self, now: datetime) -> None:
        """Let everything happen that happens until ``now``; going back is nothing."""
        with self._tenant.lock:
            while (event := min(self._next_event(), now)) < now:
                self._now = event
                self._live()
            self._now = max(self._now, now)

    def _next_event(self) -> datetime:
        settle = self._open[0][0] if self._open else self._next_birth
        return min(self._next_birth, settle, self._next_cleanup)

    def _live(self) -> None:
        self._tenant.store.reveal(micros_of(self._now))
        if self._next_birth <= self._now:
            self._next_birth = self._now + self._pause()
            self._bear()
        while self._open and self._open[0][0] <= self._now:
            _, guid, status = heapq.heappop(self._open)
            self._settle(guid, status)
        if self._next_cleanup <= self._now:
            self._next_cleanup = self._now + _CLEANUP_EACH
            self._clean_up()

    def _bear(self) -> None:
        """Begin a message; one that is not open has ended at this instant."""
        self._born += 1
        source, habits = self._random, self.habits
        if habits.fail_every is not None:
            failed = self._born % habits.fail_every == 0
            status = "FAILED" if failed else "COMPLETED"
        else:
            status = new_status(source)
        is_open = status != "FAILED" and source.random() < habits.open_share
        if is_open:
            status = source.choice(tuple(_LOOSE_ENDS))
        undated = is_open and source.random() < habits.undated_share
        made = draft(source, status)
        guid = self._tenant.add(
            log_end=None if undated else self._now,
            log_start=None if undated else self._now - timedelta(seconds=source.random() * 5),
            artifact=made.artifact,
            error_text=made.error_text,
            custom_headers=made.custom_headers,
            visible_from=self._seen_from(),
            status=status,
            guid=new_guid(micros_of(self._now), source),
            adapter_attributes=(),
            **{name: value for name, value in made.values.items() if name not in _OWN},
        )
        if is_open and not undated:
            self._settle_later(guid, status)

    def _settle(self, guid: str, status: str) -> None:
        """Move an open message on; LogEnd moves with it."""
        if guid not in self._tenant.store:
            return
        outcome = self._random.choice(_LOOSE_ENDS[status])
        if self.habits.fail_every is not None and outcome == "FAILED":
            outcome = "COMPLETED"  # who says how often to fail does not want more of it
        made = draft(self._random, outcome)
        self._tenant.change(
            guid,
            status=outcome,
            log_end=self._now,
            error_text=made.error_text,
            visible_from=self._seen_from(),
        )
        if outcome in _LOOSE_ENDS:
            self._settle_later(guid, outcome)

    def _settle_later(self, guid: str, status: str) -> None:
        wait = self.habits.settles * self._random.random()
        heapq.heappush(self._open, (self._now + wait, guid, status))

    def _clean_up(self) -> None:
        oldest = self._now - self.habits.retention
        for row in self._tenant.store.ended_before(oldest):
            if row.values["Status"] in FINAL:
                self._tenant.remove(row.guid)

    def _seen_from(self) -> datetime | None:
        if self._random.random() >= self.habits.late_share:
            return None
        return self._now + self.habits.latest * self._random.random()

    def _pause(self) -> timedelta:
        """Draw the time until the next message: arrivals are independent of each other."""
        if self.habits.rate <= 0:
            return timedelta(days=36_500)
        return timedelta(seconds=-math.log(1 - self._random.random()) / self.habits.rate)
