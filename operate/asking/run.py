"""``ask``: one of the queries answered, by DuckDB over parts that are fetched, or by Athena."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import duckdb

from mpl_export.model import Span
from operate.archive.athena import Workgroup, dollars
from operate.archive.database import open_database
from operate.archive.fetching import fetch, workspace
from operate.archive.parts import Listed, list_parts
from operate.archive.where import Archive, ArchiveWhere
from operate.asking.answer import Answer, document, show
from operate.asking.local import in_duckdb, lay_tables
from operate.asking.texts import Query, queries
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from operate.voice import Voice

_AROUND: Final = timedelta(days=36)
"""What queries read beside the span that they ask about: 35 days, and a day for its hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query, and what it is asked with.

    Attributes:
        values: What was given beside the bounds, by name.
    """

    query: Query
    since: datetime
    until: datetime
    values: Mapping[str, str]

    @property
    def sql(self) -> str:
        """The statement.

        Raises:
            StoppedError: A value is missing, or is one that the query does not take.
        """
        return self.query.sql({"since": self.since, "until": self.until, **self.values})


def list_queries(voice: Voice) -> int:
    """Show what can be asked."""
    found = queries().values()
    voice.say("make ask QUERY=<name> SINCE=P7D, with DIR, BUCKET or STACK:")
    voice.table(
        "",
        [[each.name, each.title, ", ".join(p.name for p in each.parameters)] for each in found],
        header=["name", "answers", "takes"],
    )
    voice.document(
        [
            {
                "name": each.name,
                "title": each.title,
                "about": each.about,
                "scans": each.scans,
                "parameters": {p.name: p.about for p in each.parameters},
            }
            for each in found
        ]
    )
    return Ending.WELL


def show_statement(asked: Asked, voice: Voice) -> int:
    """Show a query as Athena takes it, to be pasted."""
    voice.say(asked.sql)
    voice.document({"query": asked.query.name, "sql": asked.sql})
    return Ending.WELL


def ask(where: ArchiveWhere, asked: Asked, engine: str, voice: Voice) -> int:
    """Answer a query.

    Args:
        engine: ``here``, ``athena``, or ``auto``: Athena where a stack was named.

    Raises:
        StoppedError: The archive cannot be read, or the query not be answered.
    """
    sql = asked.sql
    archive = where.open()
    span = Span(since=asked.since - _AROUND, until=asked.until + _AROUND)
    listed = list_parts(archive.place, archive.tenant, span)
    if engine == "athena" and archive.deployed is None:
        raise StoppedError("Athena needs a stack: name it by --stack", Ending.USAGE)
    if engine != "here" and archive.deployed is not None:
        answer = _by_athena(archive.deployed, listed, sql, voice)
    else:
        where.refuse_if_too_much(listed)
        answer = _here(archive, listed, sql, voice)
    show(asked.query.title, answer, voice)
    voice.document({"query": asked.query.name, "sql": sql, **document(answer)})
    return Ending.WELL


def _here(archive: Archive, listed: Listed, sql: str, voice: Voice) -> Answer:
    voice.progress(f"{archive.place.name}: {listed}")
    with workspace() as folder:
        files = fetch(archive.place, listed.parts, folder / "parts", voice)
        with voice.waiting("Asking DuckDB"), open_database(folder) as connection:
            try:
                lay_tables(connection, [path.absolute() for path in files.values()])
                cursor = connection.execute(in_duckdb(sql))
            except (duckdb.InvalidInputException, duckdb.IOException) as error:
                raise StoppedError(
                    f"a part cannot be read, it is not what was exported: {_reason(error)}"
                ) from error
            columns = [str(each[0]).lower() for each in cursor.description or ()]
            return Answer(columns=columns, rows=cursor.fetchall())


def _by_athena(stack: Deployed, listed: Listed, sql: str, voice: Voice) -> Answer:
    workgroup = Workgroup.of(stack)
    _warn_of_days_out_of_sight(stack, listed, voice)
    voice.progress(
        f"Athena reads {listed.size / 1e6:,.1f} MB at most, "
        f"{dollars(listed.size):.5f} dollars at list price"
    )
    with voice.waiting(f"Asking Athena (workgroup {workgroup.name})"):
        answered = workgroup.ask(sql)
        return Answer(
            columns=answered.columns, rows=list(answered.rows), bytes_read=answered.bytes_read
        )


def _warn_of_days_out_of_sight(stack: Deployed, listed: Listed, voice: Voice) -> None:
    """The tables begin with ``ArchiveFirstDay``; what lies before it is missing without a word."""
    first = stack.parameters.get("ArchiveFirstDay", "")
    oldest = min(listed.days, default="")
    if oldest and oldest < first:
        voice.complain(
            f"the archive begins on {oldest}, the tables with ArchiveFirstDay {first}: deploy with "
            f"ArchiveFirstDay={oldest} to ask about the days before"
        )


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0]
