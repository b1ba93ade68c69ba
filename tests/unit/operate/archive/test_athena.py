"""A query in Athena: awaited, its rows without the names of their columns, its price told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from operate.account import DeniedError
from operate.archive.athena import Workgroup, dollars
from operate.endings import Ending, StoppedError
from tests.support.operators.scripted_account import ScriptedAccount, refusal, scripted_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_athena import AthenaClient


class Athena:
    """Answers a query after some looks at it."""

    def __init__(self, *states: str) -> None:
        self.rows: list[list[str | None]] = [["day", "failures"], ["2026-11-22", None]]
        self.states = list(states)
        self.asked: list[dict[str, Any]] = []
        self.stopped: list[str] = []
        self.denied = False
        self.stop_denied = False

    def start_query_execution(self, **arguments: Any) -> dict[str, str]:  # noqa: ANN401
        """Take a query."""
        if self.denied:
            raise refusal("AccessDeniedException")
        self.asked.append(arguments)
        return {"QueryExecutionId": "q-1"}

    def get_query_execution(self, **_: str) -> dict[str, Any]:
        """How far it is."""
        state = self.states.pop(0)
        return {
            "QueryExecution": {
                "Status": {"State": state, "StateChangeReason": "Bytes scanned limit"},
                "Statistics": {"DataScannedInBytes": 2_000_000_000},
            }
        }

    def stop_query_execution(self, **arguments: str) -> None:
        """End it."""
        if self.stop_denied:
            raise refusal("AccessDeniedException")
        self.stopped.append(arguments["QueryExecutionId"])

    def get_paginator(self, operation: str) -> Athena:
        """Pages of results."""
        assert operation == "get_query_results"
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        """A page for each row."""
        for row in self.rows:
            yield {
                "ResultSet": {
                    "ResultSetMetadata": {"ColumnInfo": [{"Name": "Day"}, {"Name": "failures"}]},
                    "Rows": [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]}],
                }
            }


def asker(athena: Athena, waits: list[float]) -> Workgroup:
    """A workgroup that is asked without waiting."""
    return Workgroup(
        client=cast("AthenaClient", athena), name="w", database="d", sleep=waits.append
    )


def test_rows_come_when_the_query_has_ended() -> None:
    """In the stack's workgroup and database; the first row, which names columns, is no row."""
    athena, waits = Athena("QUEUED", "RUNNING", "SUCCEEDED"), list[float]()

    answer = asker(athena, waits).ask("SELECT 1")

    assert answer.columns == ["day", "failures"]
    assert list(answer.rows) == [["2026-11-22", None]]
    assert answer.bytes_read == 2_000_000_000
    assert waits == [0.2, 0.5]
    assert athena.asked == [
        {
            "QueryString": "SELECT 1",
            "WorkGroup": "w",
            "QueryExecutionContext": {"Database": "d"},
        }
    ]


def test_a_query_that_athena_ends_says_why() -> None:
    """The limit of the workgroup among others, which the stack's owner has set."""
    athena = Athena("RUNNING", "FAILED")

    with pytest.raises(StoppedError, match=r"Bytes scanned limit.*QueryScanLimitMB") as failed:
        asker(athena, []).ask("SELECT 1")

    assert athena.stopped == []
    assert failed.value.ending is Ending.FAULT


@pytest.mark.parametrize("stop_denied", [False, True])
def test_a_query_that_nobody_waits_for_is_stopped(*, stop_denied: bool) -> None:
    """Ctrl-C ends what costs money, too; where it may not, the query ends by itself."""
    athena = Athena("RUNNING")
    athena.stop_denied = stop_denied

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(asker(athena, []), sleep=interrupt).ask("SELECT 1")
    assert athena.stopped == ([] if stop_denied else ["q-1"])


def test_a_first_row_that_is_no_header_is_a_row() -> None:
    """Statements other than SELECT have none."""
    athena = Athena("SUCCEEDED")
    athena.rows = [["2026-11-22", "1"], ["2026-11-23", "2"]]

    assert list(asker(athena, []).ask("SHOW x").rows) == athena.rows


def test_a_query_without_end_is_given_up() -> None:
    """Athena ends it after half an hour, so nobody waits for longer."""
    waits: list[float] = []

    athena = Athena(*["RUNNING"] * 2000)

    with pytest.raises(StoppedError, match="q-1"):
        asker(athena, waits).ask("SELECT 1")

    assert 1800 < sum(waits) < 1900
    assert athena.stopped == ["q-1"]


def test_who_may_not_ask_is_told_which_right_is_missing() -> None:
    """As everywhere."""
    athena = Athena()
    athena.denied = True

    with pytest.raises(DeniedError, match="athena:StartQueryExecution"):
        asker(athena, []).ask("SELECT 1")


def test_a_stack_of_an_older_release_has_nothing_to_ask() -> None:
    """It says what to do."""
    with pytest.raises(StoppedError, match="no output Workgroup; deploy this release first"):
        Workgroup.of(scripted_stack(ScriptedAccount()))


def test_ten_megabytes_are_the_least_that_is_charged() -> None:
    """List price: five dollars a terabyte."""
    assert dollars(1) == pytest.approx(0.00005)
    assert dollars(10**12) == pytest.approx(5.0)
    assert dollars(1, queries=3) == pytest.approx(0.00015)
