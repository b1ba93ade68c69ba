"""An archive that the exporter made, laid down as files, to be asked as people ask it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from operate.asking.local import in_duckdb, lay_tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Row = dict[str, Any]


@dataclass
class AskedArchive:
    """Parts on this disk, and what a query says of them.

    Attributes:
        folder: Holds the objects under their keys.
    """

    folder: Path
    _connection: duckdb.DuckDBPyConnection | None = field(default=None)

    @classmethod
    def of(cls, folder: Path, objects: Mapping[str, bytes]) -> AskedArchive:
        """Lay down the parts among these objects."""
        for key, body in objects.items():
            if key.startswith("mpl/"):
                path = folder / key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
        return cls(folder)

    def ask(self, sql: str) -> list[Row]:
        """The rows that a statement of Athena's dialect gives, by the columns' names."""
        if self._connection is None:
            self._connection = duckdb.connect()
            self._connection.execute("SET TimeZone = 'UTC'")
            lay_tables(self._connection, sorted(self.folder.rglob("*.jsonl.gz")))
        cursor = self._connection.execute(in_duckdb(sql))
        names = [str(each[0]).lower() for each in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def instant(text: str | None) -> datetime | None:
    """A record's time as a query gives it: UTC, without saying so."""
    return (
        None if text is None else datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    )
