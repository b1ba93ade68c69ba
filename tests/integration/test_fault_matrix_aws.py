"""Every fault of AWS, at every kind of call: how the run ends, and that nothing is lost.

The cells and their endings are the table ``tests.support.faults.aws_fault_table``.  The adapters,
the SDK and its retries are the real ones, on the emulated AWS; the answers that fail are forged.
The runs after the fault are played in memory, on what the emulated AWS holds by then.
"""

import itertools
from collections import Counter
from collections.abc import Iterator

import pytest

from operate.emulated.emulator import Emulator
from operate.sap_tenant import Fault
from tests.support.exporter.secret_watch import SecretWatch
from tests.support.faults.aws_fault_table import AWS_CALLS, AWS_FAULTS, LOST_RACE, AwsCall, AwsKind
from tests.support.faults.aws_fault_world import AwsSide
from tests.support.faults.aws_faults import AwsFault, does
from tests.support.faults.fault_calls import Place
from tests.support.faults.fault_endings import HELD
from tests.support.faults.fault_play import play, settle
from tests.support.faults.fault_world import FaultWorld

pytestmark = pytest.mark.emulator

type Cell = tuple[AwsKind, AwsCall, Place, bool]

_PLACES: tuple[Place, ...] = ("first", "middle", "last")


@pytest.fixture(scope="module")
def side(aws: Emulator) -> AwsSide:
    """The side of AWS, for all cells."""
    return AwsSide.make(aws)


@pytest.fixture(autouse=True)
def _commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit whenever something is reached, so that a run makes several commits that can fail."""
    monkeypatch.setattr("mpl_export.exporter.committer._COMMIT_SECONDS", 0.0)


def _cells() -> Iterator[Cell]:
    for kind in AWS_FAULTS:
        for call, lasting in itertools.product(kind.row, (False, True)):
            for place in _PLACES[: AWS_CALLS[call].times]:
                yield kind, call, place, lasting


def _name(cell: Cell) -> str:
    kind, call, place, lasting = cell
    return f"{kind.name} / {place} {call}{' on' if lasting else ''}"


def _world_for(call: AwsCall, side: AwsSide) -> FaultWorld:
    """A world in which a run makes that call."""
    world = side.world(claimed=call != "marker")
    if call in {"secret, read afresh", "secret, version before"}:
        world.tenant.faults.add(Fault(kind="status", status=401, endpoint="token"))
    return world


@pytest.mark.parametrize("cell", [pytest.param(cell, id=_name(cell)) for cell in _cells()])
def test_a_fault_of_aws(cell: Cell, side: AwsSide, watch: SecretWatch) -> None:
    """The run ends as the table says; once the fault is mended, the archive is the truth."""
    kind, call, place, lasting = cell
    column, wanted = kind.row[call], AWS_CALLS[call]
    ending = column.lasting if lasting else column.once
    world = _world_for(call, side)
    fault = AwsFault(
        wanted.operation,
        kind.answer(world),
        wanted.mark,
        None if lasting else 1,
        wanted.after + _PLACES.index(place),
    )

    watch.key_text = side.key_text
    with watch.over(world):
        fault.over(*side.clients)
        try:
            played = play(world)
        finally:
            fault.mend(*side.clients)
        watch.note(played.error)
        watch.note(played.report)
        after = side.in_memory(world)
        watch.note(after.checkpoints.read())
        settle(after)

    assert fault.struck, "the cell is empty: nothing was struck"
    if ending.error is None:
        assert played.error is None, played.error
        assert played.report is not None
        assert played.report.caught_up is (ending is not HELD)
        stored = 0 if ending is HELD else 3
        if kind.name == LOST_RACE:  # it stores all that we had not stored by then
            stored = _PLACES.index(place)
        assert played.report.versions_stored == stored
    else:
        assert isinstance(played.error, ending.error), played.error
        if "KMS" in kind.name and ending.error is not None:
            assert "KMS" in str(played.error)


@pytest.mark.usefixtures("watch")  # for its speed
def test_a_faultless_run_makes_each_call_so_often(side: AwsSide) -> None:
    """Else what the table calls the last one would not be the last."""
    seen: Counter[AwsCall] = Counter()
    for call, wanted in AWS_CALLS.items():
        world = _world_for(call, side)
        count = AwsFault(
            wanted.operation,
            does(lambda call=call: seen.update([call])),  # type: ignore[misc]  # the call of now
            wanted.mark,
            after=wanted.after,
        )
        count.over(*side.clients)
        try:
            assert play(world).error is None
        finally:
            count.mend(*side.clients)

    assert seen == {call: wanted.times for call, wanted in AWS_CALLS.items()}
