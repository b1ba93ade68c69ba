"""The way through Athena: its SQL is run by DuckDB over the lines of the same parts."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import duckdb
import pytest
import sqlglot

from mpl_export.model import Span
from operate.account import DeniedError
from operate.archive.athena import Workgroup
from operate.archive.fetching import workspace
from operate.archive.folder import Folder
from operate.archive.parts import Listed
from operate.archive.where import Archive, ArchiveWhere
from operate.endings import StoppedError
from operate.trace.athena import AthenaLines, lines_sql
from operate.trace.local import LocalParts
from operate.trace.story import Story, tell
from operate.trace.wanted import Wanted
from operate.voice import Voice
from tests.support.manual_clock import NOON
from tests.support.operators.scripted_account import refusal
from tests.support.operators.written_archive import TENANT, WrittenArchive, shown_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_athena import AthenaClient

DAY = timedelta(days=1)


@dataclass(slots=True)
class Athena:
    """Answers as Athena does, from the parts of a folder."""

    root: Path
    states: list[str] = field(default_factory=lambda: ["QUEUED", "RUNNING", "SUCCEEDED"])
    asked: list[dict[str, Any]] = field(default_factory=list)
    looked: int = 0
    denied: bool = False

    def start_query_execution(self, **arguments: Any) -> dict[str, str]:  # noqa: ANN401
        """Take a query."""
        if self.denied:
            raise refusal("AccessDeniedException")
        self.asked.append(arguments)
        self.looked = 0
        return {"QueryExecutionId": f"query-{len(self.asked)}"}

    def get_query_execution(self, **_: str) -> dict[str, Any]:
        """How far it is: a state further at each look."""
        state = self.states[min(self.looked, len(self.states) - 1)]
        self.looked += 1
        return {
            "QueryExecution": {
                "Status": {"State": state, "StateChangeReason": "Bytes scanned limit was exceeded"},
                "Statistics": {"DataScannedInBytes": 25_000_000},
            }
        }

    def get_paginator(self, operation: str) -> Athena:
        """Pages of results."""
        assert operation == "get_query_results"
        return self

    def paginate(self, **_: str) -> Iterator[Any]:
        """The names of the columns, then two rows a page."""
        rows = [("part", "line"), *self._answer(self.asked[-1]["QueryString"])]
        for start in range(0, len(rows), 2):
            page = rows[start : start + 2]
            cells = [{"Data": [{"VarCharValue": value} for value in row]} for row in page]
            described = {"ColumnInfo": [{"Name": "part"}, {"Name": "line"}]}
            yield {"ResultSet": {"Rows": cells, "ResultSetMetadata": described}}

    def _answer(self, sql: str) -> list[tuple[str, str]]:
        (statement,) = sqlglot.transpile(sql.replace('"$path"', "path"), "athena", "duckdb")
        lines = [
            (f"s3://acme/{key}", line, TENANT, key.partition("dt=")[2].partition("/")[0])
            for path in sorted(self.root.rglob("*.gz"))
            for key in [path.relative_to(self.root).as_posix()]
            for line in gzip.decompress(path.read_bytes()).decode().splitlines()
        ]
        connection = duckdb.connect()
        connection.execute(
            "CREATE TABLE mpl_lines (path VARCHAR, line VARCHAR, tenant VARCHAR, dt VARCHAR)"
        )
        if lines:
            connection.executemany("INSERT INTO mpl_lines VALUES (?, ?, ?, ?)", lines)
        return connection.execute(statement).fetchall()


@pytest.fixture
def archive(tmp_path: Path) -> WrittenArchive:
    """A chain of two messages, one retried, among others."""
    written = WrittenArchive(tmp_path)
    first = shown_row(1, NOON, status="RETRY", started=NOON, headers=[("po", 'it\'s "47"')])
    written.hold(first)
    written.hold({**first, "Status": "COMPLETED", "LogEnd": shown_row(1, NOON + DAY)["LogEnd"]})
    written.hold(shown_row(2, NOON + 8 * DAY, PredecessorMessageGuid=first["MessageGuid"]))
    for number in range(20, 30):
        written.hold(shown_row(number, NOON + number * DAY / 10))
    written.write()
    return written


def lines(athena: Athena, wanted: str) -> AthenaLines:
    """What asks it."""
    return AthenaLines(
        workgroup=Workgroup(
            client=cast("AthenaClient", athena),
            name="readers",
            database="archive",
            sleep=lambda _: None,
        ),
        tenant=TENANT,
        wanted=Wanted.of(wanted),
        voice=Voice(as_json=True),
        listed=Listed(parts=[], days=[], requests=1, remote=True),
    )


def story_here(root: Path, wanted: str) -> Story:
    """The same, from parts that are read here."""
    with workspace() as folder:
        archive = Archive(place=Folder(root), tenant=TENANT)
        here = LocalParts(archive, ArchiveWhere(), Wanted.of(wanted), folder, Voice(as_json=True))
        return asked(here, wanted)


def asked(source: AthenaLines | LocalParts, wanted: str) -> Story:
    """Tell a story within the days of the archive."""
    return tell(
        source, Wanted.of(wanted), since=NOON - DAY, until=NOON + 20 * DAY, now=NOON + 20 * DAY
    )


@pytest.mark.parametrize("text", ["guid", 'HEADER=po=it\'s "47"'])
def test_athena_tells_the_story_that_the_parts_tell(archive: WrittenArchive, text: str) -> None:
    """Whoever looks, it is the same messages, versions and keys; nothing of a text is SQL."""
    wanted = shown_row(1, NOON, started=NOON)["MessageGuid"] if text == "guid" else text
    athena = Athena(archive.root)

    told = asked(lines(athena, wanted), wanted)

    assert told.messages == story_here(archive.root, wanted).messages
    assert [len(message.versions) for message in told.messages] == [2, 1]
    assert {call["WorkGroup"] for call in athena.asked} == {"readers"}
    assert {call["QueryExecutionContext"]["Database"] for call in athena.asked} == {"archive"}


def test_what_it_read_is_told_with_its_price(archive: WrittenArchive) -> None:
    """By what Athena says that it scanned, and ten megabytes a query at least."""
    wanted = shown_row(1, NOON, started=NOON)["MessageGuid"]
    athena = Athena(archive.root)
    source = lines(athena, wanted)

    asked(source, wanted)

    count = len(athena.asked)
    assert source.read == f"{count} queries, 75.0 MB scanned, less than $0.01"


def test_a_limit_that_was_met_says_whose_it_is(archive: WrittenArchive) -> None:
    """The workgroup's, which the stack's owner has set."""
    athena = Athena(archive.root, states=["RUNNING", "CANCELLED"])

    with pytest.raises(StoppedError, match=r"Bytes scanned limit.*QueryScanLimitMB"):
        asked(lines(athena, "PO-1"), "PO-1")


def test_a_right_that_is_missing_is_named(archive: WrittenArchive) -> None:
    """The role of who asks lacks it."""
    with pytest.raises(DeniedError, match="athena:StartQueryExecution"):
        asked(lines(Athena(archive.root, denied=True), "PO-1"), "PO-1")


def test_the_sql_is_bounded_by_days_and_finds_whole_texts_only() -> None:
    """A scan of everything costs the whole archive; an id within a longer one is another id."""
    sql = lines_sql(TENANT, Span(since=NOON, until=NOON + DAY), ["it's", 'a"b'])

    assert "dt BETWEEN '2026-11-22' AND '2026-11-23'" in sql
    assert "tenant = 'acme'" in sql
    assert "strpos(line, '\"it''s\"') > 0" in sql
    assert 'strpos(line, \'"a\\"b"\') > 0' in sql
    sqlglot.parse_one(sql, "athena")
