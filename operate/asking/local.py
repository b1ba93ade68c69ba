"""The archive's tables over parts on this disk: DuckDB under the names that Athena has.

``mpl``, ``mpl_undated``, ``mpl_lines`` and the views answer the same SQL as in the cloud, with the
columns that the stack declares, so a member that no record holds is null and not an error.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import sqlglot

from mpl_export.archive.layout import part_of_key
from mpl_export.model import UNDATED
from operate.asking.columns import COLUMNS
from operate.asking.texts import views
from operate.endings import StoppedError

_TENANT = re.compile(r"/tenant=([^/]+)/dt=[^/]+/[^/]+$")
_LONGEST_LINE: Final = 64 << 20
"""Bytes; a row that is kept as it came may be as large as an answer of the tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of the archive.

    Attributes:
        day: The day of its window; None for rows that tell no time.
    """

    path: Path
    tenant: str
    day: date | None


def parts_below(folder: Path) -> list[Part]:
    """The parts of a copy of the archive, or of any piece of it, in the order of their paths.

    Raises:
        StoppedError: There is no such folder, or no part in it.
    """
    if not folder.is_dir():
        raise StoppedError(f"there is no folder {folder}")
    found = []
    for path in sorted(folder.absolute().rglob("*.jsonl.gz")):
        key = path.as_posix()
        place, tenant = part_of_key(key), _TENANT.search(key)
        if place is not None and tenant is not None:
            window, _ = place
            day = None if window == UNDATED else window.date()
            found.append(Part(path=path, tenant=tenant[1], day=day))
    if not found:
        raise StoppedError(
            f"{folder} holds no parts of an archive; fetch some: "
            "aws s3 sync s3://<ArchiveBucket>/mpl/ <folder>/mpl/"
        )
    return found


def of_one_tenant(parts: Iterable[Part], tenant: str | None) -> list[Part]:
    """The parts of one tenant, as a stack's tables hold one.

    Raises:
        StoppedError: There are several and none is named, or the one named is not there.
    """
    kept = [part for part in parts if tenant in (None, part.tenant)]
    tenants = sorted({part.tenant for part in kept})
    if len(tenants) != 1:
        there = ", ".join(sorted({part.tenant for part in parts}))
        raise StoppedError(f"name one tenant by --tenant (make: TENANT=...); there is {there}")
    return kept


def connected(parts: Iterable[Part]) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with the archive's tables and views over these parts."""
    listed = list(parts)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    dated = [part for part in listed if part.day is not None]
    undated = [part for part in listed if part.day is None]
    statements = {
        "mpl": _records(dated),
        "mpl_undated": f"FROM ({_records(undated)}) SELECT * EXCLUDE (dt)",
        "mpl_lines": _lines(dated),
        **{name: in_duckdb(text) for name, text in views().items()},
    }
    for name, statement in statements.items():
        connection.execute(f"CREATE VIEW {name} AS {statement}")
    return connection


def in_duckdb(sql: str) -> str:
    """A statement of Athena's dialect (Trino) in DuckDB's.

    Raises:
        sqlglot.errors.ParseError: It is no SQL that sqlglot knows.
    """
    (statement,) = sqlglot.transpile(sql, read="athena", write="duckdb")
    return statement


def _records(parts: list[Part]) -> str:
    columns = ", ".join(f"{_quoted(each.member)}: {_quoted(each.duckdb)}" for each in COLUMNS)
    names = ", ".join(f'"{each.member}"' for each in COLUMNS)
    if not parts:
        nothing = ", ".join(f'CAST(NULL AS {each.duckdb}) AS "{each.member}"' for each in COLUMNS)
        return f"SELECT {nothing}, '' AS tenant, '' AS dt WHERE false"
    return (
        f"FROM read_json({_files(parts)}, columns={{{columns}}}, {_READING}) "
        f"SELECT {names}, {_PARTITION}"
    )


def _lines(parts: list[Part]) -> str:
    if not parts:
        return "SELECT '' AS line, '' AS tenant, '' AS dt WHERE false"
    return (
        f"FROM read_json_objects({_files(parts)}, {_READING}) "
        f"SELECT CAST(json AS VARCHAR) AS line, {_PARTITION}"
    )


_READING: Final = (
    "format='newline_delimited', compression='gzip', filename=true, hive_partitioning=false, "
    f"maximum_object_size={_LONGEST_LINE}"
)
_PARTITION: Final = (
    "regexp_extract(filename, '/tenant=([^/]+)/dt=[^/]+/[^/]+$', 1) AS tenant, "
    "regexp_extract(filename, '/dt=([^/]+)/[^/]+$', 1) AS dt"
)


def _files(parts: list[Part]) -> str:
    return f"[{', '.join(_quoted(part.path.as_posix()) for part in parts)}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
