"""Each alarm fires for its cause, and for nothing else; docs/alarms.md has the same table."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.http.transport import Answer, Request
from operate.sap_tenant.faults import Fault
from tests.packaging.template import PROJECT
from tests.packaging.watched_stack import WatchedStack

if TYPE_CHECKING:
    from collections.abc import Callable


HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def install(**how: Any) -> WatchedStack:  # noqa: ANN401  # whatever the stack takes
    """Install a stack and let it live for two hours in which nothing may fire."""
    stack = WatchedStack(**how)
    stack.live(2 * HOUR)
    assert stack.fired() == set()
    return stack


def slow_catch_up() -> WatchedStack:
    """A month of logs at a tenant that takes half a minute for each answer."""
    stack = WatchedStack()
    stack.harness.environment["START_FROM"] = "P30D"
    stack.harness.tenant.behaviour.page_cap = 10
    for minutes in range(0, 30 * 24 * 60, 10):
        stack.harness.tenant.add(log_end=stack.installed - minutes * MINUTE)
    stack.harness.before_request.append(lambda: stack.harness.clock.turn(timedelta(seconds=30)))
    return stack


def hide_all_rows(stack: WatchedStack) -> None:
    """An access policy takes every row away, those that are there and those to come."""
    for row in stack.harness.tenant.rows():
        stack.harness.tenant.remove(str(row["MessageGuid"]))
    stack.before_run = lambda _: None


class TestSilentWithoutCause:
    """An alarm that fires for nothing is switched off by whoever is woken, and then for good."""

    @pytest.mark.parametrize("certificate", [True, False])
    def test_a_healthy_stack(self, *, certificate: bool) -> None:
        """Three nights with a reconcile each, with a certificate and with a client secret."""
        stack = WatchedStack()
        if certificate:
            stack.certificate_ends = stack.installed + 90 * DAY
        stack.live(3 * DAY)

        assert stack.fired() == set()

    def test_an_hourly_schedule(self) -> None:
        """With the one parameter that the runbook names for it."""
        stack = WatchedStack({"BehindAfterSeconds": "7200"}, schedule=HOUR)
        stack.live(30 * HOUR)

        assert stack.fired() == set()

    def test_a_tenant_that_is_quiet_at_night(self) -> None:
        """Ten hours without a single message are no silence of a day."""
        stack = install()
        stack.before_run = lambda _: None
        stack.live(10 * HOUR)
        stack.before_run = lambda harness: harness.tenant.add()
        stack.live(20 * HOUR)

        assert stack.fired() == set()

    def test_the_time_between_the_installation_and_the_first_run(self) -> None:
        """Missing data counts as bad, but not before there could have been any."""
        stack = WatchedStack({"BehindAfterSeconds": "7200"}, schedule=HOUR)
        stack.live(55 * MINUTE)

        assert stack.fired() == set()
        assert stack.alarms["ExportIsBehind"].state == "INSUFFICIENT_DATA"

    def test_a_first_run_that_has_a_month_to_catch_up(self) -> None:
        """In one run: lag is not counted from there, and old failures are not told."""
        stack = WatchedStack()
        stack.harness.environment["START_FROM"] = "P30D"
        now = stack.installed
        for hours in range(0, 30 * 24, 2):
            stack.harness.tenant.add(
                status="FAILED" if hours % 3 and hours > 24 else "COMPLETED",
                log_end=now - hours * HOUR,
            )
        stack.live(3 * HOUR)

        assert stack.fired() == set()

    def test_a_first_run_of_a_month_that_takes_hours(self) -> None:
        """Many runs of a quarter of an hour each, all of which get further."""
        stack = slow_catch_up()
        stack.live(3 * HOUR)

        assert not stack.has_caught_up()
        assert stack.fired() == set()
        stack.live(2 * DAY)
        assert stack.has_caught_up()
        assert stack.fired() == set()

    def test_messages_that_died_long_ago(self) -> None:
        """Open rows older than the tenant's retention would fire for ever."""
        stack = install()
        stack.harness.tenant.add(status="PROCESSING", log_end=stack.installed - 60 * DAY)
        stack.live(4 * HOUR)

        assert stack.fired() == set()


class TestSealing:
    """What arrives is sealed in the night, or somebody is told."""

    def test_a_pass_that_fails_is_told_at_once(self) -> None:
        """KMS is not to be had: no seal, and the next night makes up for it."""
        stack = install()
        stack.signing_fails = True
        stack.live(18 * HOUR)

        assert stack.fired() == {"SealFailed", "ExportFails"}
        stack.signing_fails = False
        fired = len(stack.alarms["SealFailed"].fired)
        stack.live(3 * DAY)
        assert len(stack.alarms["SealFailed"].fired) == fired
        assert stack.alarms["SealFailed"].state == "OK"

    def test_a_schedule_that_is_gone_is_noticed_by_the_runs(self) -> None:
        """They know since when nothing was sealed; the alarm stays until it is."""
        stack = install(sealing=False)
        gone = stack.installed
        stack.live(2 * DAY)

        assert stack.fired() == {"SealFailed"}
        assert stack.after("SealFailed", gone) <= 34 * HOUR
        assert stack.alarms["SealFailed"].state == "ALARM"


class TestTheMailThatAllIsWell:
    """It says that the installation works, so it may not come from one that does not."""

    def test_it_comes_once_after_the_first_success(self) -> None:
        """And says what whoever installed the stack waits for."""
        stack = install()

        (at,) = stack.alarms["ExportIsBehind"].cleared
        assert at - stack.installed <= 15 * MINUTE

    def test_it_does_not_come_while_the_secret_holds_the_placeholder(self) -> None:
        """Each run fails before it has asked the tenant for anything; then the key is put."""
        stack = WatchedStack()
        stack.harness.connect_fails = ServiceKeyError("the secret still holds the placeholder")
        stack.live(3 * HOUR)
        assert stack.fired() == {"ExportFails", "ExportIsBehind"}
        assert stack.alarms["ExportIsBehind"].cleared == []

        stack.harness.connect_fails = None
        put = stack.harness.clock.true_now()
        stack.live(HOUR)
        (at,) = stack.alarms["ExportIsBehind"].cleared
        assert at - put <= 15 * MINUTE

    def test_it_does_not_come_while_the_tenant_refuses_the_role(self) -> None:
        """A token is no success; rows are."""
        stack = WatchedStack()
        always_fails(stack)
        stack.live(3 * HOUR)

        assert stack.fired() == {"ExportFails", "ExportIsBehind"}
        assert stack.alarms["ExportIsBehind"].cleared == []


class TestFiresForItsCause:
    """Each alarm, by the values that the code emits when it has met the cause."""

    def test_messages_fail(self) -> None:
        """At the end of the run that archives it."""
        stack = install()
        failed = stack.harness.clock.true_now()
        stack.before_run = lambda harness: harness.tenant.add(status="FAILED")
        stack.live(15 * MINUTE)

        assert stack.fired() == {"MessagesFail"}
        assert stack.after("MessagesFail", failed) <= 11 * MINUTE

    @pytest.mark.parametrize(
        ("days", "fired"),
        [
            (31, set()),
            (29, {"CertificateEndsInWeeks"}),
            (6, {"CertificateEndsInWeeks", "CertificateEndsInDays"}),
        ],
    )
    def test_certificate_ends(self, days: int, fired: set[str]) -> None:
        """A month before, and again a week before; and silent again once it is replaced."""
        stack = install()
        stack.certificate_ends = stack.harness.clock.true_now() + days * DAY
        stack.live(6 * HOUR + 15 * MINUTE)
        assert stack.fired() == fired

        stack.certificate_ends = stack.harness.clock.true_now() + 365 * DAY
        stack.live(19 * HOUR)
        assert "ALARM" not in {alarm.state for alarm in stack.alarms.values()}

    def test_the_previous_key_is_in_use(self) -> None:
        """The certificate that ends is that of the key in use, not of the one that is refused."""
        stack = install()
        stack.harness.uses_previous_key = True
        stack.certificate_ends = stack.harness.clock.true_now() + 20 * DAY
        stack.live(6 * HOUR + 15 * MINUTE)
        assert stack.fired() == {"PreviousKeyIsInUse", "CertificateEndsInWeeks"}

        stack.harness.uses_previous_key = False
        stack.certificate_ends = stack.harness.clock.true_now() + 365 * DAY
        stack.live(19 * HOUR)
        assert "ALARM" not in {alarm.state for alarm in stack.alarms.values()}

    def test_a_first_catch_up_that_stands_still(self) -> None:
        """The lag is the time since it got further, so it is behind when it does not."""
        stack = slow_catch_up()
        stack.live(2 * HOUR)
        stood = stack.harness.clock.true_now()
        stack.harness.tenant.faults.add(Fault(kind="reset", times=None))
        stack.live(3 * HOUR)

        assert stack.fired() == {"ExportFails", "ExportIsBehind"}
        assert stack.after("ExportIsBehind", stood) <= 90 * MINUTE

    def test_logs_came_late(self) -> None:
        """By the next reconcile: later than the overlap is too late for the runs."""
        stack = install()
        now = stack.harness.clock.true_now()
        stack.harness.tenant.add(log_end=now, visible_from=now + HOUR)
        stack.live(2 * HOUR)
        assert stack.fired() == set()

        stack.live(DAY)
        assert stack.fired() == {"LogsCameLate"}

    def test_a_tenant_that_counts_more_than_it_shows(self) -> None:
        """An access policy hides rows from the pages and not from the count."""
        stack = install()
        honest = stack.harness.exchange

        def hiding(request: Request, *, timeout: float, size_limit: int) -> Answer:
            answer = honest(request, timeout=timeout, size_limit=size_limit)
            if "/$count" not in unquote_plus(request.url):
                return answer
            return Answer(answer.status, answer.headers, b"%d" % (int(answer.body) + 1))

        stack.harness.exchange = hiding  # type: ignore[assignment]
        stack.live(2 * DAY)
        assert stack.fired() == {"CompletenessGap"}
        assert len(stack.alarms["CompletenessGap"].fired) == 1

        stack.harness.exchange = honest
        stack.live(DAY)
        assert stack.alarms["CompletenessGap"].state == "OK"

    def test_a_reconcile_that_never_gets_done(self) -> None:
        """The tenant shows what is new, and nothing of the days that are over."""
        stack = install()
        stack.live(DAY)
        assert stack.alarms["ReconcileIsMissing"].state == "INSUFFICIENT_DATA"
        honest = stack.harness.exchange

        def forgetful(request: Request, *, timeout: float, size_limit: int) -> Answer:
            began = re.search(r"LogEnd ge datetime'([-0-9]+)T", unquote_plus(request.url))
            today = f"{stack.harness.clock.true_now():%Y-%m-%d}"
            if began is not None and began[1] < today:
                return Answer(503, {}, b"")
            return honest(request, timeout=timeout, size_limit=size_limit)

        stack.harness.exchange = forgetful  # type: ignore[assignment]  # the wire, with a tenant that forgets
        stack.live(3 * DAY)

        assert "ReconcileIsMissing" in stack.fired()

    def test_a_stack_that_is_paused(self) -> None:
        """On purpose: who pauses and forgets it loses data after a month."""
        stack = install()
        stack.live(2 * DAY)
        stack.schedule = None
        stack.live(20 * HOUR)
        assert stack.fired() == {"ExportIsBehind"}

        stack.live(2 * DAY)
        assert stack.fired() == {"ExportIsBehind", "ReconcileIsMissing"}

    def test_messages_are_stuck(self) -> None:
        """By the sweep of the hour after its first day."""
        stack = install()
        began = stack.harness.clock.true_now()
        stack.harness.tenant.add(status="PROCESSING", log_start=began, log_end=began)
        stack.live(27 * HOUR)

        assert stack.fired() == {"MessagesAreStuck"}
        assert DAY < stack.after("MessagesAreStuck", began) <= DAY + HOUR + 10 * MINUTE
        assert len(stack.alarms["MessagesAreStuck"].fired) == 1

    def test_an_unreadable_row(self) -> None:
        """It is archived as it came, which somebody should know."""
        stack = install()
        guid = stack.harness.tenant.add()
        stack.harness.tenant.faults.add(Fault(kind="malformed_row", guid=guid, times=None))
        stack.live(10 * MINUTE)

        assert stack.fired() == {"ReadingIsLimited"}

    def test_more_open_messages_than_are_read(self) -> None:
        """What is open beyond five thousand is not counted."""
        stack = install()
        now = stack.harness.clock.true_now()
        for _ in range(5_001):
            stack.harness.tenant.add(status="RETRY", log_end=now - 30 * MINUTE)
        stack.live(HOUR + 5 * MINUTE)

        assert stack.fired() == {"ReadingIsLimited"}

    def test_rows_on_one_millisecond_that_cannot_be_told_apart(self) -> None:
        """The tenant says that there are more than it ever shows."""
        stack = install()
        stack.harness.tenant.behaviour.page_cap = 4
        at = stack.harness.clock.true_now() + MINUTE
        for _ in range(10):
            stack.harness.tenant.add(log_end=at)
        honest = stack.harness.exchange

        def boastful(request: Request, *, timeout: float, size_limit: int) -> Answer:
            answer = honest(request, timeout=timeout, size_limit=size_limit)
            body = re.sub(rb'"__count":"10"', b'"__count":"12"', answer.body)
            return Answer(answer.status, answer.headers, body)

        stack.harness.exchange = boastful  # type: ignore[assignment]  # the wire, with a liar at its end
        stack.live(10 * MINUTE)

        assert stack.fired() == {"ReadingIsLimited"}

    def test_a_millisecond_that_the_tenant_cannot_show(self) -> None:
        """The run that meets it fails; the next one steps over it and says so."""
        stack = install()
        at = stack.harness.clock.true_now() + MINUTE
        stack.harness.tenant.add(log_end=at)
        stack.harness.tenant.faults.add(Fault(kind="status", status=500, at=at, times=None))
        stack.live(20 * MINUTE)

        assert {"ReadingIsLimited", "ExportFails"} <= stack.fired()

    @pytest.mark.parametrize(
        ("what", "alarm"),
        [
            ("parts_dropped", "NotifierDlqHoldsParts"),
            ("starts_dropped", "SchedulerDlqHoldsStarts"),
        ],
    )
    def test_something_in_a_dead_letter_queue(self, what: str, alarm: str) -> None:
        """For as long as it lies there, and told once."""
        stack = install()
        setattr(stack, what, 1)
        stack.live(3 * HOUR)

        assert stack.fired() == {alarm}
        assert len(stack.alarms[alarm].fired) == 1

    def test_a_dead_letter_queue_that_nobody_looks_into(self) -> None:
        """AWS says nothing of an idle queue; what lies in it still lies there."""
        stack = install()
        stack.parts_dropped = 1
        stack.live(HOUR)
        stack.queues_are_idle = True
        stack.live(12 * HOUR)
        assert stack.alarms["NotifierDlqHoldsParts"].state == "ALARM"

        stack.queues_are_idle, stack.parts_dropped = False, 0
        stack.live(15 * MINUTE)
        assert stack.alarms["NotifierDlqHoldsParts"].state == "OK"

    def test_parts_that_wait_for_the_notifier(self) -> None:
        """Somebody has switched the mapping off: no function fails, and nobody is told."""
        stack = install()
        stack.oldest_part = 44 * MINUTE
        stack.live(HOUR)
        assert stack.fired() == set()

        stack.oldest_part = 46 * MINUTE
        stack.live(10 * MINUTE)
        assert stack.fired() == {"TellingIsLate"}

    def test_the_notifier_fails(self) -> None:
        """If the topic is what fails, the dashboard shows it."""
        stack = install()
        stack.telling_fails = True
        stack.live(10 * MINUTE)

        assert stack.fired() == {"TellingFails"}


def dead_scheduler(stack: WatchedStack) -> None:
    """No run begins any more."""
    stack.schedule = None


def always_fails(stack: WatchedStack) -> None:
    """The tenant refuses everything."""
    stack.harness.tenant.faults.add(Fault(kind="status", status=403, times=None))


def killed_by_memory(stack: WatchedStack) -> None:
    """Each run dies in the middle, without a word."""
    stack.every_run_is_killed = 8


def lost_tenant(stack: WatchedStack) -> None:
    """The tenant does not answer any more."""
    stack.harness.tenant.faults.add(Fault(kind="reset", times=None))


def missing_permission(stack: WatchedStack) -> None:
    """The role may not read the checkpoint: a run fails before it can say anything."""
    stack.permitted = False


# What fires, and within how many minutes: the table of docs/alarms.md, row by row.
FAULTS: dict[Callable[[WatchedStack], None], dict[str, int]] = {
    dead_scheduler: {"ExportIsBehind": 95},
    always_fails: {"ExportFails": 10, "ExportIsBehind": 70},
    killed_by_memory: {"ExportFails": 10, "ExportIsBehind": 95},
    lost_tenant: {"ExportFails": 25, "ExportIsBehind": 70},
    missing_permission: {"ExportFails": 10, "ExportIsBehind": 95},
    hide_all_rows: {"TenantIsSilent": 74 * 60},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told(fault: Callable[[WatchedStack], None]) -> None:
    """Which alarm fires, after how long, and that no other does."""
    stack = install()
    happened = stack.harness.clock.true_now()
    expected = FAULTS[fault]

    fault(stack)
    stack.live(max(expected.values()) * MINUTE + HOUR)

    took = {name: stack.after(name, happened) / MINUTE for name in sorted(stack.fired())}
    assert took.keys() == expected.keys()
    assert all(minutes <= expected[name] for name, minutes in took.items()), took


def test_weeks_of_outage_are_told_before_data_is_lost() -> None:
    """While there are three days left to do something."""
    stack = install(parameters={"BehindAfterSeconds": "43200"}, schedule=6 * HOUR)
    stack.live(6 * HOUR)
    lost = stack.harness.clock.true_now()
    always_fails(stack)
    stack.live(28 * DAY)

    assert stack.fired() == {
        "ExportFails",
        "ExportIsBehind",
        "ReconcileIsMissing",
        "DataIsAboutToBeLost",
    }
    assert 26 * DAY < stack.after("DataIsAboutToBeLost", lost) <= 27 * DAY + 7 * HOUR


@pytest.mark.parametrize("fault", FAULTS)
def test_the_runbook_says_what_fires_and_when(fault: Callable[[WatchedStack], None]) -> None:
    """Its table is this one."""
    runbook = (PROJECT / "docs" / "alarms.md").read_text()
    first_words = (fault.__doc__ or "").rstrip(".")

    row = re.search(rf"^\| {re.escape(first_words)} \|(.*)$", runbook, re.MULTILINE)

    assert row is not None
    for name, minutes in FAULTS[fault].items():
        assert f"`{name}`" in row[1]
        assert f"{minutes} minutes" in row[1] or f"{minutes // 60} hours" in row[1]
