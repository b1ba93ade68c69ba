"""Parts as a table of DuckDB, with the columns and the types that the API documents.

The columns are named, not guessed: a guess takes what looks like a date or a number for one, and
misses what begins to appear late.  What the API does not document is in the parts, not here.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import duckdb

from mpl_export.properties import ARTIFACT, ARTIFACT_TEXTS, DATES, FLAGS, LISTS, TEXTS
from operate.endings import StoppedError

_LONGEST_LINE: Final = 64 << 20
"""Bytes; the exporter refuses answers far below."""
_MEMORY: Final = "1GB"
"""What DuckDB may use; beyond it works on the disk."""

COLUMNS: Final[Mapping[str, str]] = {
    "Version": "VARCHAR",
    "ReadAt": "VARCHAR",
    **dict.fromkeys((*TEXTS, *DATES), "VARCHAR"),
    **dict.fromkeys(FLAGS, "BOOLEAN"),
    ARTIFACT: "STRUCT({})".format(", ".join(f'"{name}" VARCHAR' for name in ARTIFACT_TEXTS)),
    **dict.fromkeys(LISTS, 'STRUCT("Name" VARCHAR, "Value" VARCHAR)[]'),
    "ErrorText": "VARCHAR",
    "Amended": "BOOLEAN",
    "Raw": "VARCHAR",
}
"""Every member of a record, with its type for DuckDB."""

NEWEST: Final = (
    'row_number() OVER (PARTITION BY coalesce("MessageGuid", "Version") '
    'ORDER BY "LogEnd" DESC NULLS LAST, "ReadAt" DESC, "Version") = 1'
)
"""What holds for the newest version of a log: the newest ``LogEnd``, then the newest ``ReadAt``."""


def open_database(folder: Path) -> duckdb.DuckDBPyConnection:
    """An empty database below a folder, bounded in memory; instants are read and shown in UTC."""
    connection = duckdb.connect(str(folder / "archive.duckdb"))
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute("SET temp_directory = ?", [str(folder / "spilled")])
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    return connection


def records_sql(files: Sequence[Path], columns: Sequence[str] | None = None) -> str:
    """A table function over parts, with the member ``file``: the path of the part.

    Args:
        columns: Those that are used, which is faster; None for all.
    """
    named = COLUMNS if columns is None else {name: COLUMNS[name] for name in columns}
    types = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in named.items())
    return f"read_json({_paths(files)}, columns = {{{types}}}, {_READING})"


def lines_sql(files: Sequence[Path]) -> str:
    """A table function over parts as whole lines: the members ``json`` and ``file``."""
    return f"read_json_objects({_paths(files)}, {_READING})"


def run(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> list[tuple[object, ...]]:
    """Run a statement.

    Raises:
        StoppedError: A part is damaged; it is named.
    """
    try:
        return connection.execute(sql, list(parameters)).fetchall()
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        reason = str(error).splitlines()[0]
        raise StoppedError(
            f"a part cannot be read, it is not what was exported: {reason}"
        ) from error


_READING: Final = (
    "format = 'newline_delimited', filename = 'file', hive_partitioning = false, "
    f"maximum_object_size = {_LONGEST_LINE}"
)


def _paths(files: Sequence[Path]) -> str:
    return f"[{', '.join(_quoted(str(path)) for path in files)}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_stored(instant: datetime) -> datetime:
    """An instant as tables have it: in UTC, without saying so."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def as_utc(value: Any) -> datetime:  # noqa: ANN401 - what DuckDB gives for a date or a timestamp
    """An instant out of a table."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise TypeError(f"{value!r} is no instant")


def as_count(value: Any) -> int:  # noqa: ANN401 - what DuckDB gives for a count
    """A count out of a table."""
    return int(value)
