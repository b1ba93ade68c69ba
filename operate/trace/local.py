"""Versions out of parts that are fetched to this machine: neither a table nor Athena is needed."""

import gzip
import zlib
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from mpl_export.model import Span
from operate.archive.database import open_database, records_sql, run
from operate.archive.fetching import fetch
from operate.archive.parts import list_parts, megabytes
from operate.archive.where import Archive, ArchiveWhere
from operate.endings import StoppedError
from operate.trace.chain import Link
from operate.trace.source import Found
from operate.trace.wanted import Wanted
from operate.voice import Voice

if TYPE_CHECKING:
    import duckdb

_FILES_AT_ONCE: Final = 4
_COLUMNS: Final = (
    "MessageGuid",
    "CorrelationId",
    "PredecessorMessageGuid",
    "ApplicationMessageId",
    "CustomHeaderProperties",
)


@dataclass(slots=True)
class LocalParts:
    """Parts on this machine, their links in a table.

    Attributes:
        folder: Where fetched parts and the table lie; its owner removes it.
    """

    archive: Archive
    where: ArchiveWhere
    wanted: Wanted
    folder: Path
    voice: Voice
    _files: dict[str, Path] = field(default_factory=dict)
    _size: int = 0
    _table: "duckdb.DuckDBPyConnection | None" = None

    @property
    def by(self) -> str:
        """How they are found."""
        return "here"

    @property
    def read(self) -> str:
        """What was read so far."""
        return f"{len(self._files):,} parts, {megabytes(self._size)}"

    def cover(self, span: Span) -> None:
        """Fetch the parts of a span that are not here yet, and note their links."""
        listed = list_parts(self.archive.place, self.archive.tenant, span)
        more = [part for part in listed.parts if part.key not in self._files]
        if not more:
            return
        self.voice.progress(f"{span.since:%Y-%m-%d} to {span.until:%Y-%m-%d}: {listed}")
        self.where.refuse_if_too_much(listed)
        files = fetch(self.archive.place, more, self.folder / "parts", self.voice)
        self._files |= files
        self._size += sum(part.size for part in more if part.key in files)
        if files:
            with self.voice.waiting("Looking through them"):
                self._note(list(files.values()))

    def seeds(self) -> Sequence[Link]:
        """The links of what was asked for."""
        return self._links("hit")

    def naming(self, ids: Collection[str]) -> Sequence[Link]:
        """The links that name any of these ids."""
        return self._links(
            "guid IN (SELECT unnest($1)) OR correlation IN (SELECT unnest($1)) "
            "OR predecessor IN (SELECT unnest($1))",
            list(ids),
        )

    def versions(self, guids: Collection[str]) -> Sequence[Found]:
        """All versions of these messages, each record whole as it stands in its part."""
        holding = run(
            self._connection(),
            "SELECT DISTINCT file FROM links WHERE guid IN (SELECT unnest($1)) ORDER BY file",
            [list(guids)],
        )
        keys = {str(path): key for key, path in self._files.items()}
        names = [str(row[0]) for row in holding]
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            read = pool.map(lambda name: records_of(Path(name), frozenset(guids)), names)
            return [
                Found(keys[name], record)
                for name, records in zip(names, read, strict=True)
                for record in records
            ]

    def _links(self, condition: str, *parameters: object) -> list[Link]:
        rows = run(
            self._connection(),
            "SELECT DISTINCT guid, correlation, predecessor FROM links "
            f"WHERE guid <> '' AND ({condition}) ORDER BY ALL",
            parameters,
        )
        return [Link(*row) for row in rows]  # type: ignore[arg-type]

    def _note(self, files: Sequence[Path]) -> None:
        if self.wanted.header is None:
            hit = '$1 IN ("MessageGuid", "CorrelationId", "ApplicationMessageId")'
            parameters: tuple[str, ...] = (self.wanted.id,)
        else:
            hit = (
                'list_contains("CustomHeaderProperties", '
                "{'Name': $1::VARCHAR, 'Value': $2::VARCHAR})"
            )
            parameters = self.wanted.header
        run(
            self._connection(),
            'INSERT INTO links SELECT "MessageGuid", "CorrelationId", "PredecessorMessageGuid", '
            f"coalesce({hit}, false), file FROM {records_sql(files, _COLUMNS)}",
            parameters,
        )

    def _connection(self) -> "duckdb.DuckDBPyConnection":
        if self._table is None:
            self._table = open_database(self.folder)
            self._table.execute(
                "CREATE TABLE links (guid VARCHAR, correlation VARCHAR, predecessor VARCHAR, "
                "hit BOOLEAN, file VARCHAR)"
            )
        return self._table


def records_of(path: Path, guids: frozenset[str]) -> list[dict[str, Any]]:
    """The records of these messages in a part.

    Raises:
        StoppedError: The part is damaged.
    """
    pieces = [guid.encode() for guid in guids]
    found = []
    try:
        with gzip.open(path) as lines:
            for line in lines:
                if len(pieces) > _MANY or any(piece in line for piece in pieces):
                    record = orjson.loads(line)
                    if record.get("MessageGuid") in guids:
                        found.append(record)
    except (gzip.BadGzipFile, EOFError, zlib.error, orjson.JSONDecodeError) as error:
        raise StoppedError(f"{path} is not what was exported ({error}): compare it") from error
    return found


_MANY: Final = 50
"""From so many ids on, reading a line costs less than looking for all of them in it."""
