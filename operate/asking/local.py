"""The archive's tables over parts on this disk: DuckDB under the names that Athena has.

``mpl``, ``mpl_undated``, ``mpl_lines`` and the views answer the same SQL as in the cloud, with the
columns that the stack declares, so a member that no record holds is null and not an error.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import duckdb
import sqlglot

from operate.archive.database import COLUMNS as TYPES
from operate.archive.database import lines_sql, records_sql
from operate.asking.columns import COLUMNS
from operate.asking.texts import views

_UNDATED: Final = "/dt=undated/"
_UNLOAD = re.compile(
    r"\s*UNLOAD\s*\((?P<select>.*)\)\s*TO\s*(?P<to>'(?:[^']|'')*')\s*WITH\s*\(.*\)\s*",
    re.DOTALL | re.IGNORECASE,
)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


def lay_tables(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Make the archive's tables and views over these parts.

    Args:
        files: With the archive's keys at the end of their paths, which tell tenant and day.
    """
    dated = [path for path in files if _UNDATED not in path.as_posix()]
    undated = [path for path in files if _UNDATED in path.as_posix()]
    statements = {
        "mpl": _records(dated),
        "mpl_undated": f"FROM ({_records(undated)}) SELECT * EXCLUDE (dt)",
        "mpl_lines": _lines(dated),
        **{name: in_duckdb(text) for name, text in views().items()},
    }
    for name, statement in statements.items():
        connection.execute(f"CREATE VIEW {name} AS {statement}")


@cache
def in_duckdb(sql: str) -> str:
    """A statement of Athena's dialect (Trino) in DuckDB's; what Athena unloads is copied here.

    Raises:
        sqlglot.errors.ParseError: It is no SQL that sqlglot knows.
    """
    unload = _UNLOAD.fullmatch(_COMMENT.sub("", sql))
    if unload is not None:
        selected = in_duckdb(unload["select"])
        return (
            f"COPY ({selected}) TO {unload['to']} "
            "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (tenant, dt))"
        )
    (statement,) = sqlglot.transpile(sql, read="athena", write="duckdb")
    return statement


def _records(files: Sequence[Path]) -> str:
    names = ", ".join(f'"{each.member}"' for each in COLUMNS)
    if not files:
        nulls = (f'CAST(NULL AS {TYPES[each.member]}) AS "{each.member}"' for each in COLUMNS)
        return f"SELECT {', '.join(nulls)}, '' AS tenant, '' AS dt WHERE false"
    return f"FROM {records_sql(files)} SELECT {names}, {_PARTITION}"


def _lines(files: Sequence[Path]) -> str:
    if not files:
        return "SELECT '' AS line, '' AS tenant, '' AS dt WHERE false"
    return f"FROM {lines_sql(files)} SELECT CAST(json AS VARCHAR) AS line, {_PARTITION}"


_PARTITION: Final = (
    "regexp_extract(file, '/tenant=([^/]+)/dt=[^/]+/[^/]+$', 1) AS tenant, "
    "regexp_extract(file, '/dt=([^/]+)/[^/]+$', 1) AS dt"
)
