"""A query in Athena: started in a stack's workgroup, awaited, its rows fetched."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from operate.account import asking
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import QueryExecutionTypeDef, RowTypeDef

_WAITS: Final = (0.2, 0.5, 1.0, 2.0)
_LONGEST: Final = 1800
"""Seconds; Athena itself ends a query after half an hour."""
_UNDER_WAY: Final = frozenset({"QUEUED", "RUNNING"})

_LEAST_BYTES: Final = 10_000_000
_DOLLARS_PER_BYTE: Final = 5 / 1e12
"""List price of us-east-1; at least 10 MB of each query are charged.

Source: Amazon Athena pricing.
"""

type Row = Sequence[str | None]


def dollars(bytes_read: int, queries: int = 1) -> float:
    """What queries that read so much together cost at list price."""
    return max(bytes_read, queries * _LEAST_BYTES) * _DOLLARS_PER_BYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a query has found.

    Attributes:
        columns: Their names, in lower case.
        rows: To be read once; fetched while they are read.
        bytes_read: What Athena has read.
    """

    columns: Sequence[str]
    rows: Iterator[Row]
    bytes_read: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workgroup:
    """Where to ask: a workgroup, and the database that queries mean.

    Attributes:
        sleep: Waits so many seconds; tests do not.
    """

    client: "AthenaClient"
    name: str
    database: str
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, stack: Deployed) -> "Workgroup":
        """The workgroup and the database of a stack.

        Raises:
            StoppedError: The stack is older than they are.
        """
        try:
            name, database = stack.outputs["Workgroup"], stack.outputs["Database"]
        except KeyError as missing:
            raise StoppedError(
                f"the stack {stack.name} has no output {missing.args[0]}; deploy this release first"
            ) from None
        return cls(client=stack.account.client("athena"), name=name, database=database)

    def ask(self, sql: str) -> Answered:
        """Run a statement to its end; one that is no longer waited for is stopped.

        Raises:
            StoppedError: Athena refuses or cancels it, or it fails.
        """
        with asking("athena:StartQueryExecution", f"ask Athena's workgroup {self.name}"):
            query = self.client.start_query_execution(
                QueryString=sql,
                WorkGroup=self.name,
                QueryExecutionContext={"Database": self.database},
            )["QueryExecutionId"]
        try:
            ended = self._ended(query)
        except BaseException:  # also Ctrl-C: a query that nobody waits for costs money all the same
            self._stop(query)
            raise
        if ended["Status"]["State"] != "SUCCEEDED":
            raise self._failure(query, ended)
        columns, rows = self._found(query)
        bytes_read = int(ended.get("Statistics", {}).get("DataScannedInBytes", 0))
        return Answered(columns=columns, rows=rows, bytes_read=bytes_read)

    def _ended(self, query: str) -> "QueryExecutionTypeDef":
        """Wait for the end of a query, well or not."""
        waited, turn = 0.0, 0
        while True:
            with asking("athena:GetQueryExecution", "see how far Athena is"):
                execution = self.client.get_query_execution(QueryExecutionId=query)
            found = execution["QueryExecution"]
            if found["Status"]["State"] not in _UNDER_WAY:
                return found
            if waited > _LONGEST:
                raise self._failure(query, found)
            wait = _WAITS[min(turn, len(_WAITS) - 1)]
            self.sleep(wait)
            waited, turn = waited + wait, turn + 1

    def _failure(self, query: str, found: "QueryExecutionTypeDef") -> StoppedError:
        state, reason = found["Status"]["State"], found["Status"].get("StateChangeReason")
        return StoppedError(
            f"the query {query} of Athena's workgroup {self.name} has no answer "
            f"({state.lower()}): {reason or 'no reason given'}; what a query may scan is limited "
            "by the stack's parameter QueryScanLimitMB, and --with here reads without Athena",
            Ending.FAULT,
        )

    def _found(self, query: str) -> tuple[list[str], Iterator[Row]]:
        with asking("athena:GetQueryResults", "fetch what Athena has answered"):
            pages = iter(
                self.client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
            )
            first = next(pages)["ResultSet"]
        columns = [each["Name"].lower() for each in first["ResultSetMetadata"]["ColumnInfo"]]

        def rows() -> Iterator[Row]:
            top = _values(first["Rows"])
            # Athena gives the names of the columns as the first row of a SELECT.
            is_header = bool(top) and [(value or "").lower() for value in top[0]] == columns
            yield from top[1:] if is_header else top
            with asking("athena:GetQueryResults", "fetch what Athena has answered"):
                for page in pages:
                    yield from _values(page["ResultSet"]["Rows"])

        return columns, rows()

    def _stop(self, query: str) -> None:
        """Stop a query; one that has ended, or may not be stopped, ends by itself."""
        try:
            self.client.stop_query_execution(QueryExecutionId=query)
        except ClientError:
            return


def _values(rows: "Sequence[RowTypeDef]") -> list[Row]:
    return [[value.get("VarCharValue") for value in row["Data"]] for row in rows]
