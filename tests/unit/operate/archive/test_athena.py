"""A query in Athena: awaited, its rows without the names of their columns, its price told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest

from operate.account import DeniedError
from operate.asking.answer import dollars
from operate.asking.athena import Asker
from operate.endings import Ending, StoppedError
from tests.support.operators.scripted_account import ScriptedAccount, refusal, scripted_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.account import Account


class Athena:
    """Answers a query after some looks at it."""

    rows: ClassVar[list[list[str | None]]] = [["day", "failures"], ["2026-11-22", None]]

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.asked: list[dict[str, Any]] = []
        self.denied = False

    def client(self, service: str) -> Athena:
        """The service."""
        assert service == "athena"
        return self

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


def asker(athena: Athena, waits: list[float]) -> Asker:
    """One that does not wait."""
    return Asker(account=cast("Account", athena), workgroup="w", database="d", sleep=waits.append)


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
    """The limit of the workgroup among others."""
    with pytest.raises(StoppedError, match="Bytes scanned limit") as failed:
        asker(Athena("RUNNING", "FAILED"), []).ask("SELECT 1")

    assert failed.value.ending is Ending.FAULT


def test_a_query_without_end_is_given_up() -> None:
    """Athena ends it after half an hour, so nobody waits for longer."""
    waits: list[float] = []

    with pytest.raises(StoppedError, match="q-1"):
        asker(Athena(*["RUNNING"] * 2000), waits).ask("SELECT 1")

    assert 1800 < sum(waits) < 1900


def test_who_may_not_ask_is_told_which_right_is_missing() -> None:
    """As everywhere."""
    athena = Athena()
    athena.denied = True

    with pytest.raises(DeniedError, match="athena:StartQueryExecution"):
        asker(athena, []).ask("SELECT 1")


def test_a_stack_of_an_older_release_has_nothing_to_ask() -> None:
    """It says what to do."""
    with pytest.raises(StoppedError, match="no output Workgroup; deploy this release first"):
        Asker.of(scripted_stack(ScriptedAccount()))


def test_ten_megabytes_are_the_least_that_is_charged() -> None:
    """List price: five dollars a terabyte."""
    assert dollars(1) == pytest.approx(0.00005)
    assert dollars(10**12) == pytest.approx(5.0)
