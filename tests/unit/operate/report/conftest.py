"""Archives on disk, and the numbers that are found in them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from operate.archive.database import open_database
from operate.archive.folder import Folder
from operate.archive.parts import list_parts
from operate.report.numbers import Numbers, numbers
from operate.report.period import Period
from operate.report.reading import fill
from operate.report.timing import sealed_in
from tests.support.operators.written_archive import TENANT, WrittenArchive, shown_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(slots=True)
class Told:
    """An archive that is written row by row, and what a report on it says."""

    archive: WrittenArchive
    folder: Path
    rows: int = 0
    period: Period = field(default_factory=lambda: Period(since=UNTIL - 28 * DAY, until=UNTIL))

    def row(self, days_ago: float, *, times: int = 1, **row: Any) -> None:  # noqa: ANN401
        """Messages that ended so many days before the report's end, a second apart."""
        text = row.pop("error_text", None)
        read_at = row.pop("read_at", None)
        for number in range(times):
            self.rows += 1
            ended = UNTIL - days_ago * DAY + timedelta(seconds=number)
            self.archive.hold(shown_row(self.rows, ended, **row), error_text=text, read_at=read_at)

    def begin(self) -> None:
        """One message on the archive's first day, so that weeks can be compared."""
        self.row(28, artifact="First")

    @contextmanager
    def tables(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The tables of what was written."""
        self.archive.write()
        listed = list_parts(Folder(self.archive.root), TENANT, self.period.read)
        self.folder.mkdir(exist_ok=True)
        connection = open_database(self.folder)
        fill(connection, [self.archive.root / part.key for part in listed.parts], UNTIL)
        yield connection
        connection.close()

    def numbers(self) -> Numbers:
        """All numbers."""
        with self.tables() as connection:
            place = Folder(self.archive.root)
            days = list_parts(place, TENANT, self.period.read).days
            sealed = sealed_in(place, TENANT)
            return numbers(connection, self.period, days=days, sealed=sealed)


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """An empty archive."""
    return Told(WrittenArchive(tmp_path / "archive"), tmp_path / "tables")
