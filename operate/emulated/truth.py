"""Compare an archive with what the simulated tenant knows to be true.

The archive is read as its readers are told to: per log, the newest ``LogEnd`` counts (a null
is older than any), then the newest ``ReadAt``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Record = dict[str, Any]

# The tenant shows its logs by these; lists and texts are fetched by other requests.
_LISTS_AND_TEXTS = frozenset({"ErrorText", "CustomHeaderProperties", "AdapterAttributes"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """In what an archive and the tenant differ.  Each entry names one log by its id.

    Attributes:
        records: How many records were looked at.
        logs: How many different logs they are about.
        expected: How many logs of the tenant had to be there.
        missing: Logs that the archive does not have at all.
        outdated: Logs whose newest version is not what the tenant shows; what differs.
        twice: Version ids that occur more than once.
        unknown: Logs that the tenant has never had.
    """

    records: int
    logs: int
    expected: int
    missing: tuple[str, ...]
    outdated: Mapping[str, str]
    twice: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether the archive is the truth, once."""
        return not (self.missing or self.outdated or self.twice or self.unknown)

    def __str__(self) -> str:
        if self.equal:
            return (
                f"all {self.expected} logs of the tenant are in the archive as the tenant shows "
                f"them; {self.records} versions of {self.logs} logs, none twice"
            )
        return "; ".join(
            f"{len(names)} {what}, such as {_example(names)}"
            for what, names in (
                ("logs are missing", self.missing),
                ("logs are outdated", self.outdated),
                ("versions are there twice", self.twice),
                ("logs are unknown to the tenant", self.unknown),
            )
            if names
        )


def compare(
    records: Iterable[Record],
    rows: Iterable[Mapping[str, object]],
    *,
    since: datetime,
    known: Iterable[str] = (),
) -> Comparison:
    """Compare records with the tenant's rows.

    Args:
        records: All records of the archive, in any order.
        rows: What the tenant shows, as ``SapTenant.rows()`` gives it, at a moment after
            which it changed nothing and a run read everything.
        since: Where the first run began; rows that ended before need not be there.
        known: Ids of logs that the tenant once had and has deleted.
    """
    versions: Counter[str] = Counter()
    newest: dict[str, Record] = {}
    for record in records:
        versions[record["Version"]] += 1
        guid = record["MessageGuid"]
        newest[guid] = max(newest.get(guid, record), record, key=_age)
    truth = {str(row["MessageGuid"]): row for row in rows}
    due = {guid: row for guid, row in truth.items() if _is_due(row, since)}
    differences = {
        guid: difference
        for guid, row in truth.items()
        if guid in newest and (difference := _difference(row, newest[guid]))
    }
    return Comparison(
        records=versions.total(),
        logs=len(newest),
        expected=len(due),
        missing=tuple(guid for guid in due if guid not in newest),
        outdated=differences,
        twice=tuple(version for version, times in versions.items() if times > 1),
        unknown=tuple(newest.keys() - truth.keys() - set(known)),
    )


def just_now() -> datetime:
    """Give an instant for a change that a run which begins now has to see.

    A run reads up to the tenant's ``Date``, which tells whole seconds: what happens within the
    second of the run is left to the next one.
    """
    return datetime.now(UTC) - timedelta(seconds=2)


def _age(record: Record) -> tuple[bool, str, str]:
    """Order the versions of a log, newest last; the texts of instants sort as the instants."""
    return (record["LogEnd"] is not None, record["LogEnd"] or "", record["ReadAt"])


def _is_due(row: Mapping[str, object], since: datetime) -> bool:
    """Whether a run had to read a row: by its date, or, open and undated, by the sweep."""
    end = row["LogEnd"]
    if isinstance(end, datetime):
        return end >= since
    return row["Status"] in {"PROCESSING", "RETRY", "ABANDONED"}


def _difference(row: Mapping[str, object], record: Record) -> str:
    """Name the properties in which a record differs from the row; empty if in none."""
    names = [
        name
        for name, value in row.items()
        if name in record and name not in _LISTS_AND_TEXTS and _text(value) != record[name]
    ]
    return ", ".join(names)


def _text(value: object) -> object:
    """Write a value of the tenant as the archive does; an empty text counts as none."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _example(names: Iterable[str]) -> str:
    first = next(iter(names))
    return f"{first} ({names[first]})" if isinstance(names, dict) else first
