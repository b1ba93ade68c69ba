"""Whatever the tenant and the runs do, the archive ends up with every version once.

That is every version that any answer showed, also where it was gone a moment later.

A history is a tenant's life (new, late, moving, tied, undated and cleaned-up rows, also in the
middle of a run) and the system's life (runs that end, are cut off, are short of time, overlap; a
clock that is minutes off; warm and cold containers; a service key that is replaced in every order,
mistyped, and tokens that are revoked).  ``HISTORIES`` in the environment sets how
many are tried.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from mpl_export.archive.layout import part_of_key
from mpl_export.clock import Deadline
from mpl_export.errors import (
    AccessRefusedError,
    KeyRefusedError,
    NoProgressError,
    OutOfTimeError,
    ServiceKeyError,
)
from mpl_export.exporter.events import SpanPurpose
from mpl_export.exporter.report import Report
from mpl_export.instants import iso_instant
from mpl_export.model import WINDOW
from mpl_export.sealing.sealer import Pass, Sealer
from tests.support.exporter.exporter_harness import LAMBDA_LIMIT
from tests.support.exporter.keyed_harness import KeyedHarness
from tests.support.exporter.shown_versions import ShownVersions
from tests.support.faults.fault_world import TODAY
from tests.support.kills.killable_effects import KillableCheckpoints, KillableObjects, Killed, Life
from tests.support.manual_clock import ManualClock
from tests.support.sealing.memory_source import verdict_on
from tests.support.sealing.sealed_archive import TENANT

MINUTE = timedelta(minutes=1)
OVERLAP = 15 * MINUTE
_MOST_DAYS = 2
STATE = ("MessageGuid", "LogEnd", "Status")
TOLD_APART_BY = (*STATE, "LogStart", "CustomStatus", "Sender", "Receiver", "LogLevel")
OPEN = ("PROCESSING", "RETRY", "ABANDONED")

ages = st.integers(0, 40 * 60 * 1000).map(lambda ms: timedelta(milliseconds=ms))
micros = st.integers(0, 999).map(lambda us: timedelta(microseconds=us))
statuses = st.sampled_from(["COMPLETED", "FAILED", "ESCALATED", "RETRY", "PROCESSING"])

KEY_STORIES: dict[str, tuple[tuple[Callable[[KeyedHarness], None], ...], ...]] = {
    "stored, then the old one deleted": (
        (KeyedHarness.make_another, KeyedHarness.admit, KeyedHarness.store),
        (KeyedHarness.delete_older_keys,),
    ),
    "the old one deleted, then stored": (
        (KeyedHarness.make_another, KeyedHarness.delete_older_keys),
        (KeyedHarness.store,),
    ),
    "stored before the tenant knows it": (
        (KeyedHarness.make_another, KeyedHarness.store, KeyedHarness.revoke_tokens),
        (KeyedHarness.admit,),
    ),
    "mistyped": ((KeyedHarness.store_nonsense,), (KeyedHarness.store,)),
}
"""What people do to a service key, in two steps with requests between them."""

Version = tuple[Any, ...]


def _delay_of(key: str, order: int) -> float:
    """Up to some milliseconds, as the key says; none if the order is that of the puts."""
    return crc32(key.encode()) % (order * 2 + 1) / 1000


class Histories(RuleBasedStateMachine):
    """One tenant, one archive, and everything that may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.harness = KeyedHarness(clock=ManualClock(TODAY))
        self.start = self.harness.clock.true_now()
        self.guids: list[str] = []
        self.meanwhile: list[Callable[[], object]] = []
        self.while_shown: list[Callable[[list[str]], None]] = []
        self.bodies: dict[str, bytes] = {}
        self.busy = False
        self.days = 0
        self.shocks = 0
        self.was_key_bad = False
        self.corrected: set[str] = set()
        self.seen = ShownVersions()
        self.harness.after_answer.append(self.seen.look_at)
        self.harness.before_request.append(self._something_happens)
        self.harness.tenant.between_queries.append(self._something_happens_between)
        self.small = pytest.MonkeyPatch()
        # Slices of a page or two, so that several readers share what tenants so small have.
        self.small.setattr("mpl_export.exporter.planning.SLICE_ROWS", 4)

    @initialize(
        shown=st.sampled_from(["cut", "rounded"]),
        tie_order=st.sampled_from(["stable", "shuffle"]),
        cap=st.sampled_from([2, 3, 5, 8]),
        always_next=st.booleans(),
        expand=st.sampled_from(["", "CustomHeaderProperties"]),
        warm=st.booleans(),
        threads=st.sampled_from(["1", "1", "3"]),
        order=st.integers(0, 3),
        refuse_select=st.booleans(),
        error_text=st.sampled_from(["off", "off", "on"]),
        backlog=st.lists(st.integers(0, 170 * 60_000), max_size=40),
    )
    def a_tenant(  # what a tenant may be like
        self,
        *,
        shown: str,
        tie_order: str,
        cap: int,
        always_next: bool,
        expand: str,
        warm: bool,
        threads: str,
        order: int,
        refuse_select: bool,
        error_text: str,
        backlog: list[int],
    ) -> None:
        """Take a tenant of any kind, with pages so small that everything has many of them."""
        behaviour = self.harness.tenant.behaviour
        behaviour.shown = shown  # type: ignore[assignment]
        behaviour.tie_order = tie_order  # type: ignore[assignment]
        behaviour.page_cap = cap
        behaviour.next_on_full_page = always_next
        behaviour.refuse_select = refuse_select
        self.harness.environment = {
            "START_FROM": "PT3H",
            "EXPAND": expand,
            "PAGE_CONCURRENCY": threads,
            "ERROR_TEXT": error_text,
        }
        self.harness.warm = warm
        if threads != "1":
            # Puts of several windows are in flight, and acknowledged in an order of their own.
            self.harness.objects.after_put = lambda key: time.sleep(_delay_of(key, order))
        for milliseconds in backlog:
            self._add("COMPLETED", self.start - timedelta(milliseconds=milliseconds))

    # -- the tenant's life ---------------------------------------------------------------

    @rule(age=ages, micro=micros, status=statuses, count=st.integers(1, 4), late=st.booleans())
    def rows_appear(
        self, age: timedelta, micro: timedelta, status: str, count: int, *, late: bool
    ) -> None:
        """Rows appear: as they end, or late by less than the overlap."""
        now = self.harness.clock.true_now()
        for number in range(count):
            end = now - (number * 7 * MINUTE / 8 if late else timedelta(milliseconds=number))
            end -= micro
            visible = None
            if late and end + OVERLAP - MINUTE > now:
                visible = min(now + age / 8, end + OVERLAP - MINUTE)
            self._add(status, end, visible)

    @rule(count=st.integers(4, 30), micro=micros, status=statuses)
    def a_tie(self, count: int, micro: timedelta, status: str) -> None:
        """More rows than fit a page end within the same millisecond."""
        end = self.harness.clock.true_now() - micro
        for number in range(count):
            self._add(status, end - timedelta(microseconds=number % 3))

    @rule(status=st.sampled_from(["RETRY", "PROCESSING"]))
    def an_undated_row(self, status: str) -> None:
        """A row without dates appears."""
        guid = self.harness.tenant.add(status=status, log_end=None, log_start=None)
        self.guids.append(guid)

    @rule(number=st.integers(0, 10**6), status=statuses, micro=micros, soon=st.integers(0, 12))
    def a_row_changes(self, number: int, status: str, micro: timedelta, soon: int) -> None:
        """A row changes its state and moves to the present, now or in the middle of a read."""
        self._do(soon, lambda: self._move(number, status, micro))

    @rule(number=st.integers(0, 7), status=statuses, micro=micros, gone=st.booleans())
    def a_row_changes_while_it_is_shown(
        self, number: int, status: str, micro: timedelta, *, gone: bool
    ) -> None:
        """A row moves or disappears after a page was chosen with it, before it is shown."""

        def change(chosen: list[str]) -> None:
            guid = chosen[number % len(chosen)]
            if gone:
                self._forget(guid)
            else:
                end = self.harness.clock.true_now() - micro
                self.harness.tenant.change(guid, status=status, log_end=end)

        self.while_shown.append(change)

    @rule(number=st.integers(0, 10**6), soon=st.integers(0, 12), sender=st.sampled_from("ABC"))
    def a_row_is_corrected(self, number: int, soon: int, sender: str) -> None:
        """A row changes without a new LogEnd."""
        self._do(soon, lambda: self._correct(number, sender))

    @rule(number=st.integers(0, 10**6), soon=st.integers(0, 12))
    def a_row_is_cleaned_up(self, number: int, soon: int) -> None:
        """A row disappears, now or in the middle of a read."""
        self._do(soon, lambda: self._remove(number))

    @rule(soon=st.integers(1, 12), count=st.integers(1, 6), micro=micros, status=statuses)
    def rows_appear_meanwhile(self, soon: int, count: int, micro: timedelta, status: str) -> None:
        """Rows end while a run is reading."""

        def appear() -> None:
            for _ in range(count):
                self._add(status, self.harness.clock.true_now() - micro)

        self._do(soon, appear)

    @rule(by=st.integers(1, 30 * 60))
    def time_passes(self, by: int) -> None:
        """Time passes."""
        self.harness.clock.turn(timedelta(seconds=by))

    # -- the key's life ------------------------------------------------------------------

    @rule(
        story=st.sampled_from(sorted(KEY_STORIES)), soon=st.integers(0, 12), then=st.integers(1, 12)
    )
    def the_key_is_replaced(self, story: str, soon: int, then: int) -> None:
        """The service key is replaced, in any order, or mistyped, perhaps during a run."""
        first, second = KEY_STORIES[story]
        self._do(soon, lambda: self._turn_the_key(first))
        self._do(then, lambda: self._turn_the_key(second))

    @precondition(lambda self: not self.harness.is_key_good)
    @rule()
    def the_key_is_put_right(self) -> None:
        """Somebody reads the error and stores the newest key."""
        self._turn_the_key((KeyedHarness.admit, KeyedHarness.store))

    @rule(soon=st.integers(0, 12))
    def the_tokens_are_revoked(self, soon: int) -> None:
        """Every token that is out becomes a 401, now or in the middle of a run."""
        self._do(soon, lambda: self._turn_the_key((KeyedHarness.revoke_tokens,)))

    # -- the system's life ---------------------------------------------------------------

    @rule(skew=st.integers(-10, 10))
    def a_run(self, skew: int) -> None:
        """A scheduled run, by a clock that may be minutes off."""
        self._run(skew * MINUTE)

    @rule(left=st.integers(0, 150))
    def a_run_is_killed(self, left: int) -> None:
        """A run is killed before any of its outside effects; its lease ends when Lambda would."""
        try:
            self._unless_refused(self.harness.prepared(Life(left)).scheduled)
        except Killed:
            self.harness.clock.turn(LAMBDA_LIMIT)
            self.seen.ids.clear()  # what it had read died with it

    @rule(seconds=st.integers(1, 12))
    def a_run_is_short_of_time(self, seconds: int) -> None:
        """A run has time for some requests only, at half a second each."""
        self.harness.limit = timedelta(seconds=seconds)

        def slowly() -> None:
            self.harness.clock.turn(timedelta(seconds=0.5))

        self.harness.before_request.append(slowly)
        try:
            self._run(timedelta(0))
        finally:
            self.harness.before_request.remove(slowly)
            self.harness.limit = LAMBDA_LIMIT

    @rule(left=st.integers(0, 60) | st.none())
    def a_sealer_passes(self, left: int | None) -> None:
        """The sealer names what has arrived, or is killed before any of its effects."""
        life = Life(left)
        sealer = Sealer(
            store=KillableObjects(self.harness.objects, life),
            tenant=TENANT,
            notes=KillableCheckpoints(self.harness.checkpoints, life),
            clock=self.harness.clock,
            deadline=Deadline.after(self.harness.clock, LAMBDA_LIMIT),
            retention=None,
            head=self.harness.checkpoints.checkpoint.seal,
        )
        with suppress(Killed):
            sealer.run(Pass(tenant=TENANT))

    @rule(since=st.integers(1, 170), length=st.integers(1, 170), soon=st.integers(0, 12))
    def a_backfill(self, since: int, length: int, soon: int) -> None:
        """A backfill of any span, alone or in the middle of a run."""
        self._do(soon, lambda: self._export(since, length, "backfill"))

    @rule(
        since=st.integers(1, 170),
        length=st.integers(1, 170),
        seconds=st.lists(st.integers(1, 12), min_size=1, max_size=4),
        purpose=st.sampled_from(["backfill", "reconcile"]),
    )
    def a_span_of_several_invocations(
        self, since: int, length: int, seconds: list[int], purpose: SpanPurpose
    ) -> None:
        """A span that does not fit an invocation; each begins at what the last one reached."""
        now = self.harness.clock.now()
        begin = now - since * MINUTE
        until = min(now, begin + length * MINUTE)
        before = self._shown()
        reached: datetime | None = begin
        for limit in (*seconds, None):
            if reached is None or reached >= until:
                break
            reached = self._go_on(reached, until, purpose, limit)
        if reached is None or self.harness.checkpoints.checkpoint.start_from is None:
            return  # refused: the next one begins where this one began
        texts = iso_instant(begin), iso_instant(until)
        stayed = before & self._shown()
        due = {v for v in stayed if v[1] is not None and texts[0] <= v[1] < texts[1]}
        missing = due - self._archived().keys()
        assert not missing, f"a span was done, and these are lost: {sorted(missing, key=repr)[:3]}"

    @precondition(lambda self: self.days < _MOST_DAYS)
    @rule(after=st.integers(0, 60))
    def a_day_ends(self, after: int) -> None:
        """Midnight passes: the runs have the days that are over to read again."""
        self.days += 1
        self._turn_to_midnight(after * MINUTE)

    @rule(soon=st.integers(1, 12))
    def another_run_at_once(self, soon: int) -> None:
        """A second run begins in the middle of the first, as if the lease did not exist."""
        self._do(soon, self._run_beside)

    @rule(soon=st.integers(1, 6))
    def a_race_for_a_part(self, soon: int) -> None:
        """A second run stores between another's look at a window and its put."""
        objects = self.harness.objects

        def once(_key: str) -> None:
            nonlocal soon
            soon -= 1
            if soon == 0:
                objects.before_put = lambda _: None
                self._run_beside()

        objects.before_put = once

    @rule(soon=st.integers(1, 6))
    def an_acknowledgement_is_lost(self, soon: int) -> None:
        """A put arrives, its answer does not, and the SDK puts again."""
        self.harness.objects.puts_until_lost = soon

    @precondition(lambda self: self.harness.checkpoints.checkpoint.position is not None)
    @rule()
    def a_reconcile(self) -> None:
        """The daily reconcile."""
        self._export(2880, 2880, "reconcile")

    # -- what must hold ------------------------------------------------------------------

    def teardown(self) -> None:
        """After quiet, the archive holds what the tenant shows, once, where it belongs."""
        self.harness.objects.after_put = lambda _: None
        try:
            self._check_after_quiet()
        finally:
            self.small.undo()

    def _check_after_quiet(self) -> None:
        self.meanwhile.clear()
        self.while_shown.clear()
        self._turn_the_key((KeyedHarness.admit, KeyedHarness.store))
        self.harness.objects.puts_until_lost = -1
        self.harness.objects.before_put = lambda _: None
        self.harness.clock.skew = timedelta(0)
        for _ in range(4):
            self.harness.clock.turn(35 * MINUTE)
            for _ in range(60):
                if self.harness.run().caught_up:
                    break
            else:
                raise AssertionError("the runs never catch up")
        # A correction that does not move LogEnd is behind the position: the reconcile finds it.
        missing = {v for v in self._shown() if v[0] not in self.corrected}
        missing -= self._archived().keys()
        assert not missing, f"lost by the runs: {sorted(missing, key=repr)[:3]}"
        self._check_reconcile()
        now = self.harness.clock.now()
        report = self.harness.export(now - timedelta(days=2 + _MOST_DAYS), now, "reconcile")
        assert report.caught_up
        missing = self._shown() - self._archived().keys()
        assert not missing, f"lost: {sorted(missing, key=repr)[:3]}"
        self._check_archive()
        assert not self.harness.run().versions_stored, "stored without a change"
        self._check_seals()

    def _check_reconcile(self) -> None:
        """The runs after midnight find what was corrected in the two days before."""
        self._turn_to_midnight(20 * MINUTE)
        for _ in range(60):
            self.harness.run()
            reconcile = self.harness.checkpoints.checkpoint.reconcile
            assert reconcile is not None
            if reconcile.complete and reconcile.until > self.harness.clock.now() - timedelta(
                days=1
            ):
                break
        else:
            raise AssertionError("the reconcile never gets done")
        since, until = (
            iso_instant(reconcile.until - timedelta(days=2)),
            iso_instant(reconcile.until),
        )
        due = {v for v in self._shown() if v[1] is not None and since <= v[1] < until}
        missing = due - self._archived().keys()
        assert not missing, f"lost by the reconcile: {sorted(missing, key=repr)[:3]}"

    def _check_seals(self) -> None:
        """After a night everything is sealed, as it lies there."""
        self.harness.clock.turn(timedelta(days=1))
        self.a_sealer_passes(None)
        harness = self.harness
        findings = verdict_on(
            harness.objects, TENANT, harness.clock.now(), harness.checkpoints.checkpoint.seal
        )
        parts = len(harness.parts())
        if parts:
            assert findings.ending == 0, findings.sentence
        assert (findings.checked, findings.waiting) == (parts, [])

    def _check_archive(self) -> None:
        twice = [version for version, times in self._archived().items() if times > 1]
        assert not twice, f"stored twice: {twice[:3]}"
        numbers: dict[datetime, list[int]] = {}
        for key, records in self.harness.parts().items():
            place = part_of_key(key)
            assert place is not None
            window, number = place
            numbers.setdefault(window, []).append(number)
            for record in records:
                if record["LogEnd"] is not None:
                    end = datetime.fromisoformat(record["LogEnd"])
                    assert window <= end < window + WINDOW, "filed in a wrong window"
        for window, found in numbers.items():
            assert sorted(found) == list(range(len(found))), f"numbers of {window} not dense"
        for key, body in self.bodies.items():
            assert self.harness.objects.held[key] == body, f"{key} changed"
        self.bodies = dict(self.harness.objects.held)

    # -- inside --------------------------------------------------------------------------

    def _run(self, skew: timedelta) -> None:
        """A run; what was visible before and after it, within its span, has to be there."""
        self.harness.clock.skew = skew
        before = self._shown()
        try:
            report = self._unless_refused(self.harness.run)
        finally:
            self.harness.clock.skew = timedelta(0)
        if report and report.caught_up and report.since and report.until:
            since, until = iso_instant(report.since), iso_instant(report.until)
            stayed = before & self._shown()
            due = {v for v in stayed if v[1] is not None and since <= v[1] < until}
            missing = due - self._archived().keys()
            assert not missing, f"read completely, and lost: {sorted(missing, key=repr)[:3]}"
        position = self.harness.checkpoints.checkpoint.position
        assert position is None or position <= self.harness.clock.true_now() - OVERLAP
        self._check_archive()
        self._check_seen(report)

    def _check_seen(self, report: Report | None) -> None:
        """Every version that an answer has shown is archived, whatever became of it since."""
        # Readers ahead of a run that ends early, and a sweep that is cut, hold more than is stored.
        whole = report is not None and report.caught_up and self.harness.limit == LAMBDA_LIMIT
        alone = self.harness.environment["PAGE_CONCURRENCY"] == "1"
        if whole or (alone and not (report and report.caught_up)):
            unkept = self.seen.ids - {record["Version"] for record in self.harness.records()}
            said = report.unstored if report else 0  # time to store may run out, too
            assert len(unkept) <= said, f"shown, and not archived: {sorted(unkept)[:3]}"
        self.seen.ids.clear()

    def _run_beside(self) -> None:
        if self.busy:
            return
        self.busy = True
        lease = self.harness.checkpoints.forget_lease()
        try:
            self._unless_refused(self.harness.prepared(beside=True).scheduled)
        finally:
            self.harness.checkpoints.restore_lease(lease)
            self.busy = False

    def _turn_to_midnight(self, after: timedelta) -> None:
        now = self.harness.clock.true_now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        self.harness.clock.turn(midnight + after - now)

    def _go_on(
        self, since: datetime, until: datetime, purpose: SpanPurpose, seconds: int | None
    ) -> datetime | None:
        """Export a span with so much time, at half a second a request; where it got to."""

        def slowly() -> None:
            self.harness.clock.turn(timedelta(seconds=0.5))

        if seconds is not None:
            self.harness.limit = timedelta(seconds=seconds)
            self.harness.before_request.append(slowly)
        try:
            report = self._unless_refused(lambda: self.harness.export(since, until, purpose))
        finally:
            self.harness.limit = LAMBDA_LIMIT
            if seconds is not None:
                self.harness.before_request.remove(slowly)
            self.seen.ids.clear()
        if report is None:
            return since if seconds is not None else None
        assert report.reached is not None
        assert since <= report.reached <= until
        assert report.caught_up == (report.reached == until)
        return report.reached

    def _export(self, since: int, length: int, purpose: SpanPurpose) -> None:
        """Export a span, in a container of its own."""
        if self.busy:
            return
        self.busy = True
        now = self.harness.clock.now()
        begin = now - since * MINUTE
        try:
            until = min(now, begin + length * MINUTE)
            self._unless_refused(lambda: self.harness.export(begin, until, purpose, beside=True))
        finally:
            self.busy = False

    def _unless_refused(self, run: Callable[[], Report]) -> Report | None:
        """Run; only a key that is bad at some moment of the run may be an error, a clear one."""
        before, outer = self.shocks, self.was_key_bad
        looks = (not self.harness.is_newest_known) + self.harness.is_token_dead
        self.was_key_bad = not self.harness.is_key_good
        try:
            return run()
        except (ServiceKeyError, KeyRefusedError, AccessRefusedError):
            # A run looks for another key once, and for another token once in a request.
            looks += self.shocks - before
            assert self.was_key_bad or looks > 1, "a good key is refused"
            return None
        except (NoProgressError, OutOfTimeError):
            assert self.harness.limit < LAMBDA_LIMIT, "no run that has its time may end like that"
            return None
        finally:
            self.was_key_bad |= outer

    def _turn_the_key(self, steps: Iterable[Callable[[KeyedHarness], None]]) -> None:
        for step in steps:
            self.shocks += step in {KeyedHarness.revoke_tokens, KeyedHarness.delete_older_keys}
            step(self.harness)
            self.was_key_bad |= not self.harness.is_key_good

    def _do(self, soon: int, action: Callable[[], object]) -> None:
        """Do something now, or at a later request of a run."""
        if soon == 0:
            action()
        else:
            self.meanwhile += [lambda: None] * (soon - 1) + [action]

    def _something_happens(self) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def _something_happens_between(self, chosen: list[str]) -> None:
        if self.while_shown and chosen:
            self.while_shown.pop(0)(chosen)

    def _add(self, status: str, end: datetime, visible: datetime | None = None) -> None:
        guid = self.harness.tenant.add(status=status, log_end=end, visible_from=visible)
        self.guids.append(guid)

    def _some(self, number: int) -> str | None:
        return self.guids[number % len(self.guids)] if self.guids else None

    def _move(self, number: int, status: str, micro: timedelta) -> None:
        guid = self._some(number)
        if guid is not None:
            end = self.harness.clock.true_now() - micro
            self.harness.tenant.change(guid, status=status, log_end=end)

    def _correct(self, number: int, sender: str) -> None:
        guid = self._some(number)
        if guid is not None:
            self.corrected.add(guid)
            self.harness.tenant.change(guid, Sender=sender)

    def _remove(self, number: int) -> None:
        guid = self._some(number)
        if guid is not None:
            self._forget(guid)

    def _forget(self, guid: str) -> None:
        self.guids.remove(guid)
        self.harness.tenant.remove(guid)

    def _shown(self) -> set[Version]:
        """The versions that the tenant shows and that are ours to archive."""
        first = self.harness.checkpoints.checkpoint.start_from or self.start
        shown = set()
        for row in self.harness.tenant.rows():
            end = row["LogEnd"]
            if end is None and row["Status"] not in OPEN:
                continue
            if isinstance(end, datetime) and end < first:
                continue
            shown.add(_version({**row, "LogEnd": _text(end), "LogStart": _text(row["LogStart"])}))
        return shown

    def _archived(self) -> Counter[Version]:
        return Counter(_version(record) for record in self.harness.records())


def _version(record: dict[str, Any]) -> Version:
    values = [record.get(name) or None for name in TOLD_APART_BY]
    return (values[0], values[1], *values[2:])


def _text(instant: object) -> str | None:
    return iso_instant(instant) if isinstance(instant, datetime) else None


HISTORIES: Final = 1_000
STEPS: Final = 30

TestHistories = pytest.mark.timeout(1800)(Histories.TestCase)  # HISTORIES may ask for many
TestHistories.settings = settings(
    max_examples=int(os.environ.get("HISTORIES", HISTORIES)),
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
