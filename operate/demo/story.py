"""The demo as a story: deploy, let the schedule run the export twice, look at what there is."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from operate.demo.keeping import keep_open
from operate.demo.reading import show_page, show_story
from operate.demo.showing import show_alarms, show_archive, show_metrics, show_report
from operate.emulated import sam
from operate.emulated.deployment import deploy_stack
from operate.emulated.emf_bridge import EmfBridge
from operate.emulated.emulator import Emulator
from operate.emulated.mailbox import Mailbox
from operate.emulated.stack import FunctionFailedError
from operate.emulated.waiting import NeverHappenedError, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from operate.demo.narrator import Narrator
    from operate.demo.tenants import DemoTenant
    from operate.emulated.stack import Json, Stack

_SCHEDULE: Final = "rate(1 minute)"
# One may have come before the key was there, or have met a hiccup; two are a reason.
_FAILED_RUNS: Final = 2
# The emulator looks at its schedules every ten seconds; a first run of a large span comes on top.
_RUN_TIME: Final = timedelta(seconds=180)


class NoRunError(Exception):
    """The schedule brought no run to its end in time; the message says why, if that is known."""


def play(
    narrator: Narrator, opened: AbstractContextManager[DemoTenant], *, keeps: bool = False
) -> None:
    """Tell the whole story; what is missing at its end, the narrator knows.

    Args:
        opened: The tenant to export from.
        keeps: Whether all of it stays open afterwards, until Ctrl-C.

    Raises:
        NoRunError: The export did not run.
        SamError: Building or deploying failed.
        EmulatorError: The emulator did not start.
    """
    with ExitStack() as world:
        with narrator.step("Start an emulated AWS and open the tenant"):
            aws = world.enter_context(Emulator.start())
            narrator.say(f"AWS     {aws.endpoint_url} (ministack on this machine)")
            tenant = world.enter_context(opened)
            narrator.say(f"tenant  {tenant.description}")
        with narrator.step("sam build"):
            template = sam.local_template(sam.build())
            kinds = Counter(template.removed.values()).most_common()
            left_out = ", ".join(f"{count} {kind}" for kind, count in kinds)
            narrator.say(f"left out, as the emulator refuses them: {left_out}", hanging=2)
        with narrator.step("sam deploy --config-env local"):
            stack = _deployed(aws, template, tenant)
            narrator.table(stack.outputs.items())
        with narrator.step("Put the service key into the secret"):
            stack.put_service_key(tenant.service_key())
            mailbox = Mailbox.open(stack)
        bridge = EmfBridge(stack)
        _runs(narrator, stack, tenant, bridge)
        stack.pause_schedules()  # What is shown must not change meanwhile.
        show_archive(narrator, stack)
        show_story(narrator, stack)
        show_page(narrator, stack)
        show_metrics(narrator, bridge)
        fired = show_alarms(narrator, stack, mailbox)
        narrator.heading("As promised?")
        tenant.judge(narrator, stack, fired)
        if keeps:
            keep_open(narrator, stack, tenant, bridge, template)


def _deployed(aws: Emulator, template: sam.LocalTemplate, tenant: DemoTenant) -> Stack:
    """Deploy the stack for this tenant."""
    return deploy_stack(
        aws,
        template,
        tenant=tenant.name,
        parameters={
            "ScheduleExpression": _SCHEDULE,
            "StartFrom": tenant.start_from,
            "FailureAlarmActions": "on",  # off by default, as digests tell; here it is to be seen
            "TenantCaPem": tenant.ca_pem,
        },
    )


def _runs(narrator: Narrator, stack: Stack, tenant: DemoTenant, bridge: EmfBridge) -> None:
    """Wait for two runs, with some life at the tenant between them."""
    with narrator.step(f"First run: the schedule, {_SCHEDULE}, starts it"):
        first = _next_run(stack, done=0)
        show_report(narrator, first)
        bridge.carry()
    changes = tenant.live_on()
    narrator.say(changes)
    with narrator.step("Second run: only what is new"):
        second = _next_run(stack, done=1)
        show_report(narrator, second)
        bridge.carry()
    tenant.compare_runs(narrator, first, second)


def _next_run(stack: Stack, *, done: int) -> Json:
    """Wait for the report of one more scheduled run than there were.

    Raises:
        NoRunError: There was none in time, or run after run fails.
    """

    def report() -> Json | None:
        found = [report for report in stack.reports() if report["purpose"] == "scheduled"]
        if len(found) > done:
            return found[done]
        if stack.ended_runs() - len(found) >= _FAILED_RUNS:
            raise NoRunError(f"the scheduled runs fail; {_reason(stack.invoke)}")
        return None

    try:
        return wait_for("a scheduled run's report", report, within=_RUN_TIME, every_seconds=1)
    except NeverHappenedError as error:
        raise NoRunError(f"{error}; {_reason(stack.invoke)}") from error


def _reason(invoke: Callable[[], Json]) -> str:
    """Invoke the function by hand, as that tells the error that a schedule hides."""
    try:
        invoke()
    except FunctionFailedError as error:
        return f"invoked by hand, the function says: {error}"
    return "invoked by hand, the function runs, so the schedule does not fire"
