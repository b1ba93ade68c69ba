"""``python -m tests.support.drill [--stack NAME]``, which is ``make drill``.

Sets every alarm of a deployed stack off and says what arrived where.  Without a name, the stack is
deployed to an emulated AWS for it; with one, it is the stack of that name in the account that the
environment's credentials are for.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import ExitStack

from tests.support import sam
from tests.support.demo.narrator import Narrator
from tests.support.deployment import deploy_stack
from tests.support.drill.account import Account
from tests.support.drill.firing import Drill
from tests.support.drill.subscriptions import complaints
from tests.support.emulator import Emulator, EmulatorError
from tests.support.loopback import NotLoopbackError, refuse_unless_loopback
from tests.support.sam import SamError


def main() -> int:
    """Hold the drill; the answer is the exit status: 0 only if every alarm was delivered."""
    parser = argparse.ArgumentParser(prog="make drill", description="Set every alarm off.")
    parser.add_argument("--stack", help="the name of a stack of yours; without it, an emulated one")
    arguments = parser.parse_args()
    narrator = Narrator()
    with ExitStack() as world:
        try:
            if arguments.stack:
                account, stack = Account.of_the_owner(), arguments.stack
            else:
                account, stack = _emulated(narrator, world), "mpl-export-drill"
        except (EmulatorError, NotLoopbackError, SamError) as error:
            print(f"\nThe drill stops here: {error}", file=sys.stderr)
            return 1
        return hold(narrator, account, stack)


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
        wrong = complaints(drill.subscriptions())
        narrator.heading("Who would not have been told, or not for long")
        for complaint in wrong:
            narrator.say(complaint)
        if not wrong:
            narrator.say("nobody: every subscription is confirmed, and none ends by a click")
    return 1 if wrong or any(each.seconds is None for each in fired) else 0


def _emulated(narrator: Narrator, world: ExitStack) -> Account:
    """Deploy a stack to an emulated AWS of its own."""
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


if __name__ == "__main__":
    sys.exit(main())
