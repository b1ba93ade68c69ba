"""Parts become two tables: every version, and the newest one of each message."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from operate.archive.database import NEWEST, records_sql, run

if TYPE_CHECKING:
    import duckdb

NO_ARTIFACT: Final = "(no artifact)"
TEXT_KEPT: Final = 4_000
"""Characters of an error text; the archive has the rest."""
_FILES_AT_ONCE: Final = 500

_COLUMNS: Final = (
    "Version",
    "ReadAt",
    "MessageGuid",
    "LogStart",
    "LogEnd",
    "Status",
    "IntegrationArtifact",
    "IntegrationFlowName",
    "Sender",
    "Receiver",
    "AlternateWebLink",
    "ErrorText",
    "Amended",
    "Raw",
)
_TABLE: Final = f"""
CREATE TABLE versions AS SELECT
    "Version", "MessageGuid", "LogEnd", "ReadAt",
    coalesce("Status", '(none)') AS status,
    try_cast("LogStart" AS TIMESTAMP) AS started,
    try_cast("LogEnd" AS TIMESTAMP) AS ended,
    try_cast("ReadAt" AS TIMESTAMP) AS read,
    coalesce(nullif("IntegrationArtifact"."Id", ''), nullif("IntegrationFlowName", ''),
        '{NO_ARTIFACT}') AS artifact,
    nullif("IntegrationArtifact"."Name", '') AS name,
    coalesce(nullif("Sender", ''), '-') AS sender,
    coalesce(nullif("Receiver", ''), '-') AS receiver,
    CASE WHEN "Status" IN ('FAILED', 'ESCALATED') THEN "AlternateWebLink" END AS link,
    left("ErrorText", {TEXT_KEPT}) AS error,
    coalesce("Amended", false) AS amended,
    "Raw" IS NOT NULL AS odd
FROM {{records}} WHERE false
"""


def fill(connection: "duckdb.DuckDBPyConnection", files: Sequence[Path], until: datetime) -> None:
    """Make the tables ``versions`` and ``messages`` of what ended before an instant.

    A row of ``messages`` is the newest version of a log as of then.  Rows without a ``LogEnd``
    belong to it: they are open.
    """
    made = _TABLE.format(records=records_sql(files[:1], _COLUMNS) if files else _nothing())
    run(connection, made)
    chosen = made.partition(" AS SELECT")[2].rpartition("FROM")[0]
    for start in range(0, len(files), _FILES_AT_ONCE):
        records = records_sql(files[start : start + _FILES_AT_ONCE], _COLUMNS)
        run(
            connection,
            f"INSERT INTO versions SELECT {chosen} FROM {records} "
            'WHERE "LogEnd" IS NULL OR "LogEnd" < $1',
            [until.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"],
        )
    run(
        connection,
        "CREATE TABLE messages AS SELECT * FROM versions WHERE rowid IN "
        f"(SELECT id FROM (SELECT rowid AS id, * FROM versions) QUALIFY {NEWEST})",
    )


def _nothing() -> str:
    columns = ", ".join(
        f'NULL::STRUCT("Id" VARCHAR, "Name" VARCHAR) AS "{name}"'
        if name == "IntegrationArtifact"
        else f'NULL::BOOLEAN AS "{name}"'
        if name == "Amended"
        else f'NULL::VARCHAR AS "{name}"'
        for name in _COLUMNS
    )
    return f"(SELECT {columns})"


def names_of(connection: "duckdb.DuckDBPyConnection") -> dict[str, str]:
    """What people call each artifact: the newest name that a log of it shows."""
    rows = run(
        connection,
        "SELECT artifact, coalesce(max_by(name, ended), max(name), artifact) FROM messages "
        "GROUP BY 1",
    )
    return {str(artifact): str(name) for artifact, name in rows}
