"""Every fault of AWS, at every kind of call: how the run ends, and that nothing is lost.

The cells and their endings are the table ``tests.support.aws_fault_table``.  The adapters, the SDK
and its retries are the real ones, on the emulated AWS; the answers that fail are forged.
"""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import fault_world
from tests.support.aws_fault_table import AWS_CALLS, AWS_FAULTS, HELD, AwsCall, AwsKind
from tests.support.aws_fault_world import AwsSide
from tests.support.aws_faults import AwsFault, does
from tests.support.emulator import Emulator
from tests.support.fault_calls import Place
from tests.support.fault_play import play, settle
from tests.support.secret_watch import SecretWatch

pytestmark = pytest.mark.emulator

type Cell = tuple[AwsKind, AwsCall, Place, bool]

_SEVERAL: tuple[AwsCall, ...] = ("list", "get", "put")
_AT_ALL_PLACES = ("503 SlowDown", "it was done, but the answer is lost", "access denied")
"""Faults of which each stands for all that end alike; the others strike the first call."""

_PASSING: dict[Place, int] = {"first": 0, "middle": 1, "last": 2}
"""There are three windows, each of which has a part and gets another one."""


@pytest.fixture(scope="module")
def side(aws: Emulator) -> AwsSide:
    """The side of AWS, for all cells."""
    return AwsSide.make(aws)


@pytest.fixture
def watch(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> SecretWatch:
    """What is written by the cell, into a temporary directory of its own too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return SecretWatch(tmp_path, lambda: "".join(capfd.readouterr()))


def _cells() -> Iterator[Cell]:
    for kind in AWS_FAULTS:
        for call, lasting in itertools.product(kind.row, (False, True)):
            column = kind.row[call]
            if column.once == column.lasting and not lasting:
                continue  # what lasts is the harder case
            if kind.name not in _AT_ALL_PLACES and not lasting:
                continue  # one of each family tries what strikes once
            places: tuple[Place, ...] = ("first",)
            if call in _SEVERAL and kind.name in _AT_ALL_PLACES:
                places = ("middle",) if lasting else ("first", "middle", "last")
            for place in places:
                yield kind, call, place, lasting


def _name(cell: Cell) -> str:
    kind, call, place, lasting = cell
    return f"{kind.name.strip()} / {place} {call}{' on' if lasting else ''}"


@pytest.mark.parametrize("cell", [pytest.param(cell, id=_name(cell)) for cell in _cells()])
def test_a_fault_of_aws(cell: Cell, side: AwsSide, watch: SecretWatch) -> None:
    """The run ends as the table says; once the fault is mended, the archive is the truth."""
    kind, call, place, lasting = cell
    column = kind.row[call]
    ending = column.lasting if lasting else column.once
    operation, marks = AWS_CALLS[call]
    world = side.world()
    fault = AwsFault(operation, kind.answer, marks, None if lasting else 1, _PASSING[place])

    watch.key_text = world.secret.current()
    with watch.over(world):
        fault.over(*side.clients)
        try:
            played = play(world)
        finally:
            fault.mend(*side.clients)
        watch.note(played.error)
        watch.note(played.report)
        settle(world)

    assert fault.struck, "the cell is empty: nothing was struck"
    if ending.error is None:
        assert played.error is None, played.error
        assert played.report is not None
        assert played.report.caught_up is (ending is not HELD)
    else:
        assert isinstance(played.error, ending.error), played.error
        if "KMS" in kind.name:
            assert "KMS" in str(played.error)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("lasting", [False, True])
def test_a_part_that_somebody_else_writes_first(
    place: Place, side: AwsSide, *, lasting: bool
) -> None:
    """412: a backfill writes the very part between our look and our put, once or every time."""
    world = side.world()
    since, until = fault_world.TODAY - fault_world.HOUR, fault_world.TODAY
    fault = AwsFault(
        "PutObject",
        does(lambda: world.export(since, until, "backfill")),
        "/mpl/",
        None if lasting else 1,
        _PASSING[place],
    )
    fault.over(*side.clients)
    try:
        played = play(world)
    finally:
        fault.mend(*side.clients)
    settle(world)

    assert fault.struck
    assert played.report is not None
    assert played.report.caught_up
