"""A stack under its alarms: runs on a moving clock, with the metrics that the code emits."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mpl_export.checkpoint import Lease
from mpl_export.clock import Deadline
from mpl_export.errors import AwsRefusedError, AwsUnavailableError, ExportError
from mpl_export.exporter.events import request_of
from mpl_export.exporter.seals import Sealing
from mpl_export.metrics import EmfMeter
from tests.packaging.alarm_evaluator import Metrics, alarms_of
from tests.packaging.template import Stack, load
from tests.support.exporter.exporter_harness import Harness
from tests.support.kills.killable_effects import KillableCheckpoints, Killed, Life

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mpl_export.exporter.run import Run

TENANT: Final = "demo"
STEP: Final = timedelta(minutes=5)
FIRST_RUN: Final = timedelta(minutes=5)
"""Scheduler fires a rate for the first time one interval after it was created, at the earliest."""


class _DeniedCheckpoints(KillableCheckpoints):
    """The checkpoint, for a role that lacks the right to it."""

    @contextlib.contextmanager
    def lease(
        self, owner: str, *, now: datetime, until: datetime, start_from: datetime
    ) -> Iterator[Lease]:
        """Refuse, as DynamoDB does."""
        assert owner
        assert now <= until
        assert start_from <= now
        raise AwsRefusedError("take the lease in", "the table", "AccessDeniedException", "grant it")
        yield Lease(held=False, checkpoint=self.read())  # type: ignore[unreachable]


@dataclass
class WatchedStack:
    """An installed stack.

    Attributes:
        schedule: The time between two scheduled runs; None if there are none.
        certificate_ends: Of the service key; None for a client secret.
        permitted: Whether the role may do what it has to.
        every_run_is_killed: After so many effects on the outside; None for never.
        before_run: What happens at the tenant just before each run.
        parts_dropped: How many messages are in the notifier's dead-letter queue.
        starts_dropped: How many are in the one of the schedules.
        queues_are_idle: Whether nobody has touched those queues for so long that AWS says nothing.
        sealing: Whether the schedule starts the sealer in the night.
        signing_fails: Whether KMS is not to be had.
        oldest_part: How long the oldest message has been waiting for the notifier.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    schedule: timedelta | None = STEP
    certificate_ends: datetime | None = None
    permitted: bool = True
    every_run_is_killed: int | None = None
    before_run: Callable[[Harness], object] = lambda harness: harness.tenant.add()
    parts_dropped: int = 0
    starts_dropped: int = 0
    queues_are_idle: bool = False
    oldest_part: timedelta = timedelta(0)
    telling_fails: bool = False
    sealing: bool = True
    signing_fails: bool = False

    def __post_init__(self) -> None:
        self.harness = Harness(environment={"START_FROM": "PT6H"})
        self.harness.warm = True
        self.metrics = Metrics()
        self.installed = self.harness.clock.true_now()
        stack = Stack(load(), {"TenantName": TENANT, **self.parameters})
        self.alarms = alarms_of(stack, self.installed)
        self._meter = EmfMeter(TENANT)
        self._next_seal = self.installed.replace(hour=3, minute=20) + timedelta(days=1)
        self._next_run = self.installed + (self.schedule or timedelta(0))

    def live(self, time: timedelta) -> None:
        """Let time pass: runs at their times, and alarms evaluated after each step."""
        until = self.harness.clock.true_now() + time
        while self.harness.clock.true_now() < until:
            self.harness.clock.turn(STEP)
            now = self.harness.clock.true_now()
            if self.schedule is not None and now >= self._next_run:
                self._next_run += self.schedule
                self.before_run(self.harness)
                self.run()
            if self.sealing and now >= self._next_seal:
                self._next_seal += timedelta(days=1)
                self.seal()
            self._put_aws(now)
            # CloudWatch sees a value within the minute that follows it.
            seen = max(now, self.harness.clock.true_now()) + timedelta(minutes=1)
            for alarm in self.alarms.values():
                alarm.evaluate(self.metrics, seen)

    def run(self, event: Mapping[str, Any] | None = None) -> None:
        """Invoke the exporter, as Lambda does: what it prints is kept, its failure is counted."""
        life = Life(self.every_run_is_killed)
        self.harness.certificate_ends = self.certificate_ends
        run = replace(self.harness.prepared(life), meter=self._meter)
        if not self.permitted:
            run = replace(run, checkpoints=_DeniedCheckpoints(self.harness.checkpoints, life))
        printed = io.StringIO()
        failed = 0.0
        with contextlib.redirect_stdout(printed):
            try:
                self._invoke(run, event)
            except ExportError:
                failed = 1.0
                self._meter.flush()  # the handler's ``finally``
            except Killed:
                failed = 1.0
            else:
                self._meter.flush()
        now = self.harness.clock.true_now()
        for line in printed.getvalue().splitlines():
            self.metrics.put_emf(line, now)
        if life.left == 0:
            self._forget_what_the_dead_had_not_said()
        self._put_lambda("<Exporter>", failed, now)

    def seal(self) -> None:
        """The nightly pass, as Lambda invokes it."""

        def stored(payload: bytes) -> bytes:
            if self.signing_fails:
                raise AwsUnavailableError("KMS is down")
            return payload

        harness = self.harness
        sealing = Sealing(
            settings=harness.settings,
            clock=harness.clock,
            checkpoints=harness.checkpoints,
            store=harness.objects,
            stored=stored,
            meter=self._meter,
            deadline=Deadline.after(harness.clock, harness.limit),
        )
        printed = io.StringIO()
        failed = 0.0
        with contextlib.redirect_stdout(printed):
            try:
                sealing.run()
            except ExportError:
                failed = 1.0
            self._meter.flush()
        now = harness.clock.true_now()
        for line in printed.getvalue().splitlines():
            self.metrics.put_emf(line, now)
        self._put_lambda("<Exporter>", failed, now)

    def fired(self) -> set[str]:
        """The alarms that have fired since the installation."""
        return {name for name, alarm in self.alarms.items() if alarm.fired}

    def has_caught_up(self) -> bool:
        """Whether the first catch-up is over."""
        return self.harness.checkpoints.read().caught_up is not None

    def after(self, name: str, cause: datetime) -> timedelta:
        """How long after its cause an alarm fired first."""
        return next(at for at in self.alarms[name].fired if at >= cause) - cause

    def _invoke(self, run: Run, event: Mapping[str, Any] | None) -> None:
        if event is None:
            run.scheduled()
        else:
            request = request_of(dict(event), self.harness.clock.now())
            run.span(request)  # type: ignore[arg-type]  # a span, as the test says

    def _forget_what_the_dead_had_not_said(self) -> None:
        """Begin a new process: what was noted and not flushed died with the old one."""
        with contextlib.redirect_stdout(io.StringIO()):
            self._meter.flush()

    def _put_aws(self, now: datetime) -> None:
        """What AWS itself measures: of the notifier, and of the queues."""
        self._put_lambda("<Notifier>", float(self.telling_fails), now)
        oldest = self.oldest_part.total_seconds()
        self._put_queue("NewParts", "ApproximateAgeOfOldestMessage", oldest, now)
        if not self.queues_are_idle:
            visible = "ApproximateNumberOfMessagesVisible"
            self._put_queue("NotifierDlq", visible, self.parts_dropped, now)
            self._put_queue("SchedulerDlq", visible, self.starts_dropped, now)

    def _put_queue(self, queue: str, metric: str, value: float, now: datetime) -> None:
        dimensions = frozenset({("QueueName", f"<{queue}.QueueName>")})
        self.metrics.put(("AWS/SQS", metric, dimensions), value, now)

    def _put_lambda(self, function: str, errors: float, now: datetime) -> None:
        dimensions = frozenset({("FunctionName", function)})
        self.metrics.put(("AWS/Lambda", "Errors", dimensions), errors, now)
