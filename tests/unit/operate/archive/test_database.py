"""Parts as a table: declared types, and the newest version by the record's own rule."""

from __future__ import annotations

import json
import random
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpl_export.properties import OURS
from operate.archive.database import COLUMNS, NEWEST, open_database, records_sql, run
from operate.endings import StoppedError

if TYPE_CHECKING:
    from pathlib import Path

_INSTANTS = st.sampled_from([None, *(f"2026-11-{day}T14:05:00.123Z" for day in (20, 21, 22))])
_VERSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "MessageGuid": st.sampled_from([None, "a", "b", "c"]),
            "LogEnd": _INSTANTS,
            "ReadAt": _INSTANTS.filter(bool),
        }
    ),
    max_size=12,
)


def written(folder: Path, *records: dict[str, Any]) -> list[Path]:
    """Each record in a file of its own."""
    paths = []
    for number, record in enumerate(records):
        path = folder / f"{number}.jsonl"
        path.write_text(json.dumps(record) + "\n")
        paths.append(path)
    return paths


def test_every_member_that_is_ours_has_a_column() -> None:
    """One that is forgotten could not be asked for."""
    assert set(COLUMNS) >= OURS


def test_what_looks_like_something_else_stays_text(tmp_path: Path) -> None:
    """A guess would take these for a number, a date and an id, and fail on the next part."""
    record = {
        "Version": "0" * 32,
        "ReadAt": "2026-11-22T14:05:00.123Z",
        "MessageGuid": "7",
        "ApplicationMessageId": "2026-11-22",
        "Sender": "0d3a1c3e-5a0e-4f6e-9d5a-1f1b2a3c4d5e",
        "ErrorText": 'one "quoted"\nline and \u0000',
        "IntegrationArtifact": {"Id": "x", "Unknown": [1]},
        "CustomHeaderProperties": [{"Name": "a", "Value": None}],
        "Invented": {"by": "an upgrade"},
        "Raw": '{"LogEnd":"\\ud800"}',
    }
    files = written(tmp_path, record)

    (row,) = run(
        open_database(tmp_path),
        'SELECT "MessageGuid", "ApplicationMessageId", "Sender", "ErrorText", '
        '"IntegrationArtifact", "CustomHeaderProperties", "Raw", "Amended" '
        f"FROM {records_sql(files)}",
    )

    assert row == (
        "7",
        "2026-11-22",
        "0d3a1c3e-5a0e-4f6e-9d5a-1f1b2a3c4d5e",
        'one "quoted"\nline and \u0000',
        {"Id": "x", "Name": None, "Type": None, "PackageId": None, "PackageName": None},
        [{"Name": "a", "Value": None}],
        '{"LogEnd":"\\ud800"}',
        None,
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(versions=_VERSIONS, seed=st.integers(0, 9))
def test_the_newest_version_is_that_of_the_rule_whatever_the_order_of_parts(
    tmp_path_factory: pytest.TempPathFactory, versions: list[dict[str, Any]], seed: int
) -> None:
    """The newest ``LogEnd``, a null being older than any; then the newest ``ReadAt``."""
    folder = tmp_path_factory.mktemp("parts")
    records = [{"Version": f"{number:032}", **each} for number, each in enumerate(versions)]
    files = written(folder, *records)
    random.Random(seed).shuffle(files)  # noqa: S311 - an order, no secret

    def message(record: dict[str, Any]) -> str:
        return str(record["MessageGuid"] or record["Version"])

    def age(record: dict[str, Any]) -> tuple[str, str, int]:
        return (record["LogEnd"] or "", record["ReadAt"], -int(record["Version"]))

    expected = {
        max(group, key=age)["Version"]
        for _, group in groupby(sorted(records, key=message), key=message)
    }
    found = (
        run(
            open_database(folder),
            f'SELECT "Version" FROM {records_sql(files)} QUALIFY {NEWEST}',
        )
        if files
        else []
    )

    assert {row[0] for row in found} == expected


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    """Half an answer would look like a whole one."""
    path = tmp_path / "12Z-0000.jsonl.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00not gzip at all, I am afraid")

    with pytest.raises(StoppedError, match=r"12Z-0000|not what was exported"):
        run(open_database(tmp_path), f'SELECT "Version" FROM {records_sql([path])}')
