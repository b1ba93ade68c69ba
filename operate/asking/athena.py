"""A query in Athena: started in the stack's workgroup, awaited, its rows fetched."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from operate.account import Account, asking
from operate.asking.answer import Answer
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError

_WAITS: Final = (0.2, 0.5, 1.0, 2.0)
_LONGEST: Final = 1800
"""Seconds; Athena itself ends a query after half an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Where to ask: workgroup and database of a stack.

    Attributes:
        sleep: Waits so many seconds; tests do not.
    """

    account: Account
    workgroup: str
    database: str
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, stack: Deployed) -> "Asker":
        """The workgroup and the database of a stack.

        Raises:
            StoppedError: The stack is older than they are.
        """
        try:
            workgroup, database = stack.outputs["Workgroup"], stack.outputs["Database"]
        except KeyError as missing:
            raise StoppedError(
                f"the stack {stack.name} has no output {missing.args[0]}; deploy this release first"
            ) from None
        return cls(account=stack.account, workgroup=workgroup, database=database)

    def ask(self, sql: str) -> Answer:
        """Run a statement to its end.

        Raises:
            StoppedError: Athena refuses or cancels it, or it fails.
        """
        athena = self.account.client("athena")
        with asking("athena:StartQueryExecution", "ask Athena"):
            started = athena.start_query_execution(
                QueryString=sql,
                WorkGroup=self.workgroup,
                QueryExecutionContext={"Database": self.database},
            )["QueryExecutionId"]
        read = self._awaited(started)
        with asking("athena:GetQueryResults", "fetch what Athena has answered"):
            pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=started)
            columns: list[str] = []
            rows: list[list[str | None]] = []
            for page in pages:
                if not columns:
                    described = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
                    columns = [each["Name"] for each in described]
                rows += [
                    [value.get("VarCharValue") for value in row["Data"]]
                    for row in page["ResultSet"]["Rows"]
                ]
        return Answer(
            columns=[name.lower() for name in columns],
            rows=_without_header(columns, rows),
            bytes_read=read,
        )

    def _awaited(self, started: str) -> int:
        """Wait for a query; how many bytes it has read."""
        athena = self.account.client("athena")
        waited, turn = 0.0, 0
        while True:
            with asking("athena:GetQueryExecution", "see how far Athena is"):
                execution = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
            status = execution.get("Status", {})
            state = status.get("State", "QUEUED")
            if state == "SUCCEEDED":
                return int(execution.get("Statistics", {}).get("DataScannedInBytes", 0))
            if state in {"FAILED", "CANCELLED"} or waited > _LONGEST:
                reason = status.get("StateChangeReason", "no reason given")
                raise StoppedError(
                    f"Athena ended the query {started} of workgroup {self.workgroup} "
                    f"({state.lower()}): {reason}",
                    Ending.FAULT,
                )
            wait = _WAITS[min(turn, len(_WAITS) - 1)]
            self.sleep(wait)
            waited, turn = waited + wait, turn + 1


def _without_header(columns: list[str], rows: list[list[str | None]]) -> list[list[str | None]]:
    """Athena gives the names of the columns as the first row of a query's results."""
    folded = [name.lower() for name in columns]
    if rows and [(value or "").lower() for value in rows[0]] == folded:
        return rows[1:]
    return rows
