"""``python -m tests.support.demo [--service-key key.json]``, which is ``make demo``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from tests.support.demo.narrator import Narrator
from tests.support.demo.story import NoRunError, play
from tests.support.demo.tenants import RealTenant, SimulatedTenant, UnreadableKeyError
from tests.support.emulator import EmulatorError
from tests.support.loopback import NotLoopbackError, refuse_unless_loopback
from tests.support.sam import SamError


def main() -> int:
    """Play the demo; the answer is the exit status: 0 only if all was there."""
    parser = argparse.ArgumentParser(prog="make demo", description="Show the export, end to end.")
    parser.add_argument(
        "--service-key",
        type=Path,
        metavar="FILE",
        help="the service key of a real tenant, which is only read; without it, one is simulated",
    )
    arguments = parser.parse_args()
    # Without a handler, neither processes nor files would be cleaned up.
    signal.signal(signal.SIGTERM, _stop)
    narrator = Narrator()
    try:
        refuse_unless_loopback(os.environ, complete=False)
        if arguments.service_key is None:
            play(narrator, SimulatedTenant.open())
        else:
            play(narrator, RealTenant.open(arguments.service_key))
    except (NotLoopbackError, UnreadableKeyError, EmulatorError, SamError, NoRunError) as error:
        print(f"\nThe demo stops here: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo was stopped.", file=sys.stderr)
        return 130
    return _closing(narrator)


def _closing(narrator: Narrator) -> int:
    """Tell the times and what was missing."""
    narrator.heading("How long it took")
    narrator.table(
        [
            *((title, seconds, "s") for title, seconds in narrator.durations),
            ("in all", sum(seconds for _, seconds in narrator.durations), "s"),
        ]
    )
    if narrator.missing:
        narrator.heading("Missing")
        for what in narrator.missing:
            narrator.say(f"- {what}")
        return 1
    narrator.heading("Nothing is missing; nothing was left behind.")
    return 0


def _stop(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
