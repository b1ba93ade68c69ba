"""Every fault of the tenant, at every kind of call: how the run ends, and that nothing is lost.

The cells and their endings are the tables of ``tests.support.faults.fault_table``, which
``docs/faults.md`` shows.
All of it is played with every logger at DEBUG, and nothing secret may be written anywhere.
"""

import itertools
from collections.abc import Iterator

import pytest

from tests.support.exporter.secret_watch import SecretWatch
from tests.support.faults.fault_calls import Call, Place, aim, memory_world, places
from tests.support.faults.fault_endings import UNLOOKED, UNSWEPT
from tests.support.faults.fault_play import play, settle
from tests.support.faults.fault_table import TENANT_FAULTS, TOKEN_FAULTS, TenantFault

type Cell = tuple[TenantFault, Call, Place, bool]


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let so few rows be enough to be counted and shared."""
    monkeypatch.setattr("mpl_export.exporter.planning.SLICE_ROWS", 4)


def _cells() -> Iterator[Cell]:
    for fault in (*TENANT_FAULTS, *TOKEN_FAULTS):
        for call, lasting in itertools.product(fault.row, (False, True)):
            for place in places(call):
                yield fault, call, place, lasting


def _name(cell: Cell) -> str:
    fault, call, place, lasting = cell
    return f"{fault.name} / {place} {call}{' on' if lasting else ''}"


@pytest.mark.parametrize("cell", [pytest.param(cell, id=_name(cell)) for cell in _cells()])
def test_a_fault_of_the_tenant(cell: Cell, watch: SecretWatch) -> None:
    """The run ends as the table says; once the fault is mended, the archive is the truth."""
    kind, call, place, lasting = cell
    column = kind.row[call]
    ending = column.lasting if lasting else column.once
    world = memory_world()
    fault = kind.make()
    aim(world, fault, call, place, lasting=lasting)

    visible = len(world.truth())
    with watch.over(world):
        played = play(world)
        watch.note(played.error)
        watch.note(played.report)
        world.tenant.faults.clear()
        settle(world)

    assert fault.struck, "the cell is empty: nothing was struck"
    if ending.error is None:
        assert played.error is None, played.error
        assert played.report is not None
        assert played.report.caught_up
        swept = played.report.sweep is not None and not played.report.sweep.failed
        assert swept is (ending != UNSWEPT)
        looked = played.report.artifacts is not None and not played.report.artifacts.failed
        assert looked is (ending != UNLOOKED)
        assert not swept or played.report.versions_stored == visible
    else:
        assert isinstance(played.error, ending.error), played.error
    tokens = [asked for asked in world.tenant.requests if asked.endpoint == "token"]
    assert len(tokens) < 20, "a token is asked for again and again"
    texts = [record.get("ErrorText") for record in world.records()]
    whole = sum(text is not None and text.startswith("cause ") for text in texts)
    assert (whole == 3) is (ending.less == "")
