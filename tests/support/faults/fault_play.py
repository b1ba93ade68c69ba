"""Play one cell: a run into a fault, then the fault mended, then runs until all is quiet."""

from collections import Counter
from dataclasses import dataclass

from mpl_export.errors import ExportError
from mpl_export.exporter.report import Report
from mpl_export.model import ERROR_TEXT_BYTES
from tests.support.faults.fault_world import HOUR, MINUTE, FaultWorld


@dataclass(frozen=True)
class Played:
    """How the run ended into which the fault struck.

    Attributes:
        report: What it answered; None if it raised.
        error: What it raised; None if it answered.
        missing: How many logs that the tenant showed were not archived then.
    """

    report: Report | None
    error: ExportError | None
    missing: int


def play(world: FaultWorld) -> Played:
    """A run; what is not ours to raise goes through, and fails the test."""
    visible = world.truth()
    report, error = None, None
    try:
        report = world.run()
    except ExportError as raised:
        error = raised
    held = set(world.states())
    missing = sum(state not in held for state in visible)
    if report is not None and report.caught_up and not (report.sweep and report.sweep.failed):
        assert missing <= world.kept_raw(), "success was answered, but something was missing"
    return Played(report, error, missing)


def settle(world: FaultWorld) -> None:
    """Life goes on, the fault is mended: the archive has to become the truth, nothing twice."""
    before = dict(world.bodies())
    world.tenant.add(log_end=world.tenant.clock() - MINUTE)
    # The sweep is tried once an hour, and a lease that was not given back ends by itself.
    world.clock.turn(HOUR)
    world.run()
    world.clock.turn(HOUR / 2)
    report = world.run()
    assert report.caught_up
    assert report.versions_stored == 0, "the last run found something that an earlier one had not"
    assert world.states() == world.truth()
    versions = Counter(record["Version"] for record in world.records())
    assert set(versions.values()) == {1}, "a version is there twice"
    after = world.bodies()
    assert all(after[key] == body for key, body in before.items()), "a part was changed"
    assert all(len(r.get("ErrorText", "")) <= ERROR_TEXT_BYTES for r in world.records())
