"""The drill, held and told: every alarm of a stack is set off, and what arrived is said."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from operate.drill.account import Account
from operate.drill.firing import Drill
from operate.drill.subscriptions import complaints
from operate.emulated import sam
from operate.emulated.deployment import deploy_stack
from operate.emulated.emulator import Emulator
from operate.emulated.loopback import refuse_unless_loopback

if TYPE_CHECKING:
    from contextlib import ExitStack

    from operate.demo.narrator import Narrator

EMULATED: Final = "mpl-export-drill"


def hold(narrator: Narrator, account: Account, stack: str) -> int:
    """Set off every alarm of a stack, and tell."""
    with Drill.prepare(account, stack) as drill:
        with narrator.step(f"Set every alarm of {stack} off"):
            fired = [drill.fire(name, alarm) for name, alarm in drill.alarms().items()]
        narrator.heading("What arrived from the topic")
        narrator.table(
            (
                each.alarm,
                "nothing" if each.seconds is None else f"after {each.seconds:.0f} s",
                each.how,
            )
            for each in fired
        )
        # The emulator confirms every address by itself, and does not say that it did.
        wrong = [] if account.emulated else complaints(drill.subscriptions())
        narrator.heading("Who would not have been told, or not for long")
        for complaint in wrong:
            narrator.say(complaint)
        if account.emulated:
            narrator.say("not judged: an emulated AWS confirms every address by itself")
        elif not wrong:
            narrator.say("nobody: every subscription is confirmed, and none ends by a click")
    return 1 if wrong or any(each.seconds is None for each in fired) else 0


def emulated(narrator: Narrator, world: ExitStack) -> Account:
    """Deploy the stack ``EMULATED`` to an emulated AWS of its own."""
    refuse_unless_loopback(os.environ, complete=False)
    with narrator.step("Deploy to an emulated AWS"):
        aws = world.enter_context(Emulator.start())
        template = sam.local_template(sam.build())
        parameters = {
            "ScheduleState": "DISABLED",
            "AlertEmail": "drill@example.com",
            "FailureAlarmActions": "on",
        }
        deploy_stack(aws, template, tenant="drill", parameters=parameters)
    return Account.emulated_by(aws)
