"""Write `docs/faults.md` from the matrix: `python -m tests.support.faults.fault_page`."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from tests.support.faults.aws_fault_table import AWS_CALLS, AWS_FAULTS
from tests.support.faults.fault_calls import CALLS, Call
from tests.support.faults.fault_endings import Column, Ending, who_acts
from tests.support.faults.fault_table import TENANT_FAULTS, TOKEN_CALLS, TOKEN_FAULTS, TenantFault
from tests.support.faults.row_fault_table import (
    BAD_OPEN_LOGS,
    BAD_PLACES,
    ODD_ROW_ENDS,
    ODD_ROWS,
    ROW_CALLS,
)
from tests.support.faults.tls_fault_table import TLS_FAULTS

PAGE = Path(__file__).parents[3] / "docs" / "faults.md"

_HEAD = """# What goes wrong, and how it ends

Written from the tables that `make test` plays (`tests/integration/test_fault_matrix*.py`), with
every logger at DEBUG. In every cell the fault is mended after one run, and then the archive has to
become what the tenant shows: nothing lost, nothing twice, no part changed, no run that answers
`caught_up` while a log is missing, and nothing secret written anywhere.

Beside each call that a fault may strike stands how the run ends: once / from then on. "recovers"
is within the run; an error's name is what the run fails with, and the next run after the fault goes
on. Calls of which a run makes several are struck at the first, a middle and the last one, and end
alike.

"""
_GROUPED = ["faults", "the call that one strikes: how the run ends, once / from then on"]
_TOKEN = """
What the token server may say with a 200:

"""
_CERTIFICATES = """
## Certificates

Over real TLS. All of them are found before anything is read or stored.

"""
_ROWS = """
## Rows that cannot be read

Archived as they came in the member `Raw`, beside what can be read of them, once however often they
are read; `ReadingLimited` fires *reading is limited*. When the tenant shows the row well, the
reconcile archives it as a log.

"""
_PLACES = """
## Places that cannot be shown

A run asks for less and less, down to one row of one millisecond, or one open log. `ReadingLimited`
fires *reading is limited*. When the tenant shows the place again, the reconcile archives it, and
the next hour's sweep the open log.

"""


def page() -> str:
    """The page as the tables have it."""
    return (
        _HEAD
        + "## Who acts\n\n"
        + _table(["the run ends with", "who acts"], _acting(_endings()))
        + "\n## The tenant\n\n"
        + _table(_GROUPED, _grouped(((f.name, f.row) for f in TENANT_FAULTS), CALLS))
        + _TOKEN
        + _table(
            ["fault", *(CALLS[call] for call in TOKEN_CALLS)], _lines(TOKEN_FAULTS, TOKEN_CALLS)
        )
        + _CERTIFICATES
        + _table(["fault", "the run ends with"], ([f.name, str(f.ending)] for f in TLS_FAULTS))
        + _ROWS
        + _table(
            ["fault", *(CALLS[call] for call in ROW_CALLS)],
            ([name, *[str(ODD_ROW_ENDS)] * len(ROW_CALLS)] for name in ODD_ROWS),
        )
        + _PLACES
        + _table(
            ["fault", *BAD_PLACES[0].ends],
            ([bad.name, *map(str, bad.ends.values())] for bad in (*BAD_PLACES, *BAD_OPEN_LOGS)),
        )
        + "\n## AWS\n\n"
        + _table(
            _GROUPED,
            _grouped(((f.name, f.row) for f in AWS_FAULTS), {call: call for call in AWS_CALLS}),
        )
    )


def _endings() -> Iterator[Ending]:
    """Every ending of every cell."""
    columns = itertools.chain(
        *(fault.row.values() for fault in (*TENANT_FAULTS, *TOKEN_FAULTS)),
        *(kind.row.values() for kind in AWS_FAULTS),
    )
    for column in columns:
        yield from (column.once, column.lasting)
    yield from (fault.ending for fault in TLS_FAULTS)
    yield ODD_ROW_ENDS
    for bad in (*BAD_PLACES, *BAD_OPEN_LOGS):
        yield from bad.ends.values()


def _acting(endings: Iterable[Ending]) -> Iterator[list[str]]:
    yield ["recovers, whatever follows", who_acts(None)]
    errors = {ending.error for ending in endings if ending.error is not None}
    for error in sorted(errors, key=lambda error: error.__name__):
        yield [f"`{error.__name__}`", who_acts(error)]


def _lines(faults: Iterable[TenantFault], calls: Collection[Call]) -> Iterator[list[str]]:
    return ([fault.name, *_cells(fault.row, calls)] for fault in faults)


def _cells[C: str](row: Mapping[C, Column], calls: Collection[C]) -> list[str]:
    return [str(row[call]) if call in row else "" for call in calls]


def _grouped[C: str](
    faults: Iterable[tuple[str, Mapping[C, Column]]], calls: Mapping[C, str]
) -> Iterator[list[str]]:
    """A row for all faults that end alike: a column for each call is wider than any screen."""
    alike: dict[str, list[str]] = {}
    for fault, row in faults:
        alike.setdefault(_places(row, calls), []).append(fault)
    return (["<br>".join(names), places] for places, names in alike.items())


def _places[C: str](row: Mapping[C, Column], calls: Mapping[C, str]) -> str:
    """A line for each ending, with the calls that end so."""
    places: dict[str, list[str]] = {}
    for call, name in calls.items():
        if call in row:
            places.setdefault(str(row[call]), []).append(name)
    return "<br>".join(f"{'; '.join(names)}: {ending}" for ending, names in places.items())


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
