"""Write the upgrade fixture anew: ``PYTHONPATH=.:functions python -m tests.support.upgrade``.

Only while the release that wrote it is not out.  Afterwards somebody's stack holds what it holds,
and whatever does not understand it has to be mended.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import timedelta

from mpl_export import __version__
from operate.emulated.emulator import Emulator
from tests.packaging.template import PROJECT
from tests.support.manual_clock import NOON
from tests.support.upgrade.stateful import stateful
from tests.support.upgrade.written import FIXTURE, World

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


def renew() -> None:
    """Live for a day, and keep what came of it."""
    released = f"## [{__version__}]" in (PROJECT / "CHANGELOG.md").read_text()
    if released:
        sys.exit(f"FROZEN: release {__version__} is out, and its fixture stays as it is")
    with Emulator.start() as aws:
        world = World(aws, "upgrade", NOON)
        live(world)
        shutil.rmtree(FIXTURE, ignore_errors=True)
        world.save(FIXTURE)
    written = json.dumps({"release": __version__, "resources": stateful()}, indent=1)
    (FIXTURE / "stateful.json").write_text(written + "\n")
    size = sum(path.stat().st_size for path in FIXTURE.rglob("*") if path.is_file())
    sys.stdout.write(f"{FIXTURE.relative_to(PROJECT)}: {size:,} bytes\n")


def live(world: World) -> None:
    """A day in which everything happens of which something is written down."""
    tenant, clock = world.harness.tenant, world.harness.clock
    now = clock.now()
    tenant.populate(80, now - 20 * _HOUR, now)
    tenant.add(status="PROCESSING", log_end=None)
    tenant.add(status="COMPLETED", log_end=None, guid="no-time-in-it")
    retried = tenant.add(status="RETRY", log_end=now - 5 * _MINUTE)
    odd = tenant.add(status="FAILED", log_end=now - 4 * _MINUTE, error_text="An odd one")
    amended = tenant.add(log_end=now - 3 * _MINUTE, Sender="before")
    world.show_oddly(odd)
    world.run()
    for step in range(3):
        world.later(20 * _MINUTE)
        for text in ("HTTP 500 from crm.example.com", f"No route to host {step}"):
            tenant.add(status="FAILED", log_end=clock.now() - _MINUTE, error_text=text)
        tenant.add(artifact="Stock", log_end=clock.now() - _MINUTE)
        world.run()
        world.flush()
    tenant.change(retried, status="COMPLETED", log_end=clock.now() - _MINUTE)
    tenant.change(amended, Sender="after")
    world.later(3 * _HOUR)
    world.run()
    world.flush()
    world.later(13 * _HOUR)  # past midnight: the reconcile
    tenant.add(status="ESCALATED", log_end=clock.now() - 16 * _HOUR, error_text="Came late")
    for _ in range(3):
        world.run()
        world.flush()
        world.later(10 * _MINUTE)
    world.run()
    while world.flush():
        world.later(5 * _MINUTE)


if __name__ == "__main__":
    renew()
