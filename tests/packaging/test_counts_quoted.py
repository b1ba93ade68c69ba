"""The counts that documents quote are those of the tables that the tests play."""

from __future__ import annotations

import math
import re
import tomllib
from typing import TYPE_CHECKING, Final

import pytest

from tests.bench import test_bounds as bounds
from tests.integration import test_fault_matrix as tenant
from tests.integration import test_fault_matrix_aws as aws
from tests.integration import test_fault_matrix_rows as rows
from tests.integration import test_fault_matrix_stuck as stuck
from tests.integration import test_fault_matrix_tls as tls
from tests.integration import test_truth_machine as truth
from tests.integration import test_truth_machine_emulated as emulated
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

PROMISES: Final = PROJECT / "docs" / "promises.md"
REASONS: Final[list[dict[str, str]]] = tomllib.loads(
    (PROJECT / "tests" / "support" / "mutants" / "survivors.toml").read_text()
)["survivor"]


def cells(*tests: Callable[..., None]) -> int:
    """How many cases pytest makes of tests that are parametrized."""
    return sum(math.prod(map(len, _parameters(test))) for test in tests)


def _parameters(test: Callable[..., None]) -> list[Collection[object]]:
    marks: list[pytest.Mark] = test.pytestmark  # type: ignore[attr-defined]  # pytest adds it
    return [mark.args[1] for mark in marks if mark.name == "parametrize"]


def _memory(*scenarios: str) -> float:
    """The bound of `make bench-check` that these scenarios have in common."""
    (most,) = {
        bound.most
        for bound in bounds.BOUNDS
        if bound.what == "MB of memory" and bound.scenario in scenarios
    }
    return most


QUOTED: Final = {
    r"([\d,]+) cells of the tenant": cells(tenant.test_a_fault_of_the_tenant),
    r"cells of the tenant, ([\d,]+) of AWS": cells(aws.test_a_fault_of_aws),
    r"([\d,]+) of rows": cells(rows.test_a_row_that_cannot_be_read),
    r"([\d,]+) of places that cannot be read": cells(
        stuck.test_a_place_that_cannot_be_shown_holds_up_two_runs_at_most,
        stuck.test_a_reconcile_steps_over_such_a_place_at_once,
        stuck.test_a_backfill_archives_all_but_such_a_place_and_fails,
        stuck.test_an_open_log_that_cannot_be_shown_hides_no_other,
    ),
    r"([\d,]+) of certificates over real TLS": cells(tls.test_a_fault_of_a_certificate),
    r"([\d,]+) histories of": truth.HISTORIES,
    r"histories of ([\d,]+) steps": truth.STEPS,
    r"([\d,]+) \[on emulated stores\]": emulated.HISTORIES,
    r"holds ([\d,]+) reasons": len(REASONS),
    r"([\d,]+) MB for a day or a month": _memory("day", "month"),
    r"and ([\d,]+) MB for an hour": _memory("window"),
    r"for an hour of ([\d,]+) logs": bounds._LOADS["window"].rows,
}


@pytest.mark.parametrize("quoted", QUOTED)
def test_a_count_is_that_of_the_table(quoted: str) -> None:
    """A number that nobody counts again is wrong after the next row of a table."""
    found = [int(each.replace(",", "")) for each in re.findall(quoted, PROMISES.read_text())]

    assert found == [QUOTED[quoted]]


@pytest.mark.parametrize("where", sorted({reason["where"] for reason in REASONS}))
def test_a_reason_is_about_code_that_is_there(where: str) -> None:
    """One about a function that is gone counts as a reason and excuses nothing."""
    *above, name = where.split(".")
    module = [part for part in above if part == part.lower()]
    root = PROJECT if module[0] == "operate" else PROJECT / "functions" / "mpl_export"
    source = root.joinpath(*module).with_suffix(".py")

    assert re.search(rf"def {name}[(\[]", source.read_text()), (
        f"drop it from survivors.toml: {where}"
    )
