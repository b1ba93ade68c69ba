"""Rows that cannot be read, wherever a run meets them: kept as they came, once, and counted."""

from datetime import datetime

import pytest

from operate.sap_tenant import Fault
from operate.sap_tenant.faults import Shape
from tests.support.exporter.secret_watch import SecretWatch
from tests.support.faults.fault_calls import TIE, Call, Place, memory_world, narrow, places
from tests.support.faults.fault_play import play, settle
from tests.support.faults.fault_world import HOUR, FaultWorld
from tests.support.faults.row_fault_table import ODD_ROWS, ROW_CALLS


def _guid(world: FaultWorld, call: Call, place: Place) -> str:
    """The log at that place of what calls of a kind show."""
    found: dict[Call, list[tuple[str, str]]] = {"page": [], "walk": [], "sweep": []}
    for row in world.tenant.rows():
        end = row["LogEnd"]
        shown: Call = "page" if isinstance(end, datetime) else "sweep"
        found["walk" if end == TIE else shown].append((str(end), str(row["MessageGuid"])))
    of_call = sorted(found[call])
    return of_call[{"first": 0, "middle": len(of_call) // 2, "last": -1}[place]][1]


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "on"])
@pytest.mark.parametrize(
    ("call", "place"),
    [(call, place) for call in ROW_CALLS for place in places(call)],
    ids=lambda value: value,
)
@pytest.mark.parametrize("shape", ODD_ROWS.values(), ids=ODD_ROWS)
def test_a_row_that_cannot_be_read(
    shape: Shape, call: Call, place: Place, watch: SecretWatch, *, lasting: bool
) -> None:
    """It stops nothing, is there once however often it is read, and the alarm hears of it."""
    world = memory_world()
    fault = Fault(kind="malformed_row", guid=_guid(world, call, place), shape=shape)
    if lasting:
        fault.times = None
    else:
        narrow(fault, call)
    world.tenant.faults.add(fault)

    with watch.over(world):
        played = play(world)
        watch.note(played.report)
        world.clock.turn(HOUR)
        world.run()
        kept = world.kept_raw()
        world.tenant.faults.clear()
        now = world.clock.now()
        world.export(now - 48 * HOUR, now, "reconcile")
        settle(world)

    assert fault.struck
    assert played.report is not None
    assert played.report.caught_up
    assert played.report.unreadable == kept == world.kept_raw() == 1
    assert '"ReadingLimited":[1.0]' in watch.written.getvalue()
