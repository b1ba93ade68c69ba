"""Write `docs/faults.md` from the tables of the matrix: `python -m tests.support.fault_page`."""

from collections.abc import Iterable
from pathlib import Path

from mpl_export.errors import ExportError
from tests.support.aws_fault_table import AWS_CALLS, AWS_FAULTS
from tests.support.fault_calls import CALLS
from tests.support.fault_table import TENANT_FAULTS, Column, Ending, who_acts

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"

_HEAD = """# What goes wrong, and how it ends

Written from the tables that `make test` plays (`tests/integration/test_fault_matrix*.py`). In every
cell the fault is mended after one run, and then the archive has to become what the tenant shows:
nothing lost, nothing twice, no part changed, and no run that answers `caught_up` while a log is
missing.

A cell says how the run ends into which the fault strikes: once / from then on. "recovers" is within
the run; an error's name is what the run fails with, and the next run after the fault goes on.

"""


def page() -> str:
    """The page as the tables have it."""
    errors = {
        ending.error
        for column in (
            *(column for fault in TENANT_FAULTS for column in fault.row.values()),
            *(column for kind in AWS_FAULTS for column in kind.row.values()),
        )
        for ending in (column.once, column.lasting)
        if ending.error is not None
    }
    return (
        _HEAD
        + "## Who acts\n\n"
        + _table(["the run ends with", "who acts"], _acting(errors))
        + "\n## The tenant\n\n"
        + _table(
            ["fault", *CALLS.values()],
            ([f.name, *[_cell(f.row.get(call)) for call in CALLS]] for f in TENANT_FAULTS),
        )
        + "\n## AWS\n\n"
        + _table(
            ["fault", *AWS_CALLS],
            ([f.name.strip(), *[_cell(f.row.get(c)) for c in AWS_CALLS]] for f in AWS_FAULTS),
        )
    )


def _acting(errors: Iterable[type[ExportError]]) -> Iterable[list[str]]:
    return ([f"`{e.__name__}`", who_acts(e)] for e in sorted(errors, key=lambda e: e.__name__))


def _cell(column: Column | None) -> str:
    if column is None:
        return ""
    return _both(column.once, column.lasting)


def _both(once: Ending, lasting: Ending) -> str:
    return str(once) if once == lasting else f"{once} / {lasting}"


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
