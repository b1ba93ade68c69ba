"""The tables that the stack makes, asked through the emulator's Athena.

A look at the way only: that Athena guesses columns from the data, ignores projection and knows no
views.  What the queries answer is tried over the same columns by DuckDB.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from operate.archive.athena import Workgroup

if TYPE_CHECKING:
    from tests.e2e.conftest import World

pytestmark = pytest.mark.emulator


def test_the_archive_is_asked_in_the_stacks_workgroup(world: World) -> None:
    """Table, partitions, workgroup and results fit together; counts are those of the archive."""
    workgroup = Workgroup(
        client=world.stack.aws.client("athena"),
        name=world.stack.outputs["Workgroup"],
        database=world.stack.outputs["Database"],
    )

    answer = workgroup.ask(
        "SELECT status, count(*) AS versions FROM mpl WHERE tenant = 'acme' GROUP BY status"
    )

    expected = Counter(record["Status"] for record in world.stack.records())
    assert {str(row[0]): int(row[1] or 0) for row in answer.rows} == expected


def test_the_stack_has_the_tables_and_views(world: World) -> None:
    """In its own database, under the names that the page says."""
    tables = world.stack.aws.client("glue").get_tables(
        DatabaseName=world.stack.outputs["Database"]
    )["TableList"]

    assert {each["Name"]: each["TableType"] for each in tables} == {
        "mpl": "EXTERNAL_TABLE",
        "mpl_undated": "EXTERNAL_TABLE",
        "mpl_lines": "EXTERNAL_TABLE",
        "mpl_versions": "VIRTUAL_VIEW",
        "mpl_now": "VIRTUAL_VIEW",
    }
    assert world.stack.outputs["Database"].islower()
