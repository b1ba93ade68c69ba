"""Which columns the views have: names from their SQL, types from what DuckDB makes of them.

A view in Glue declares its columns; where they differ from what its SQL gives, Athena calls it
stale.  So nobody writes them down.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import duckdb

from operate.asking.local import lay_tables
from operate.asking.texts import views


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewColumn:
    """A column of a view, with its type for Trino and for Hive."""

    name: str
    trino: str
    hive: str


_TYPES: Final = {
    "VARCHAR": ("varchar", "string"),
    "BOOLEAN": ("boolean", "boolean"),
    "DOUBLE": ("double", "double"),
    "TIMESTAMP": ("timestamp(3)", "timestamp"),
    'STRUCT("Name" VARCHAR, "Value" VARCHAR)[]': (
        "array(row(name varchar, value varchar))",
        "array<struct<name:string,value:string>>",
    ),
}


@cache
def view_columns() -> dict[str, tuple[ViewColumn, ...]]:
    """The columns of each view, in their order."""
    with duckdb.connect() as connection:
        lay_tables(connection, [])
        return {
            name: tuple(
                ViewColumn(name=column.lower(), trino=trino, hive=hive)
                for column, kind, *_ in connection.execute(f"DESCRIBE {name}").fetchall()
                for trino, hive in (_TYPES[kind],)
            )
            for name in views()
        }
