"""Whatever a tenant shows, each line of the archive fits the columns that the table declares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from mpl_export.archive.records import record_line
from mpl_export.properties import ARTIFACT, ARTIFACT_TEXTS, DATES, FLAGS, LISTS, OURS, TEXTS
from mpl_export.tenant.logs.odd_rows import odd_log_of
from mpl_export.tenant.logs.rows import log_of
from operate.asking.columns import COLUMNS
from tests.support.asking.hive_reader import UnreadableLineError, hive_row

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KNOWN: Final = (*TEXTS, *DATES, *FLAGS, ARTIFACT, *LISTS)

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
odd: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.just("/Date(1)/"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(any_text | st.sampled_from(["Name", "name", "results"]), inner)
    ),
    max_leaves=5,
)
artifacts = st.dictionaries(
    st.sampled_from([*ARTIFACT_TEXTS, *map(str.lower, ARTIFACT_TEXTS), "New"]),
    any_text | odd,
)
lists = st.lists(st.dictionaries(st.sampled_from(["Name", "Value", "name"]), any_text | odd))
names: Final = st.sampled_from([*KNOWN, *OURS, *map(str.lower, (*KNOWN, *OURS)), "New", "dt"])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row with known members of every type, and some of names that differ by case."""
    row: dict[str, Any] = {
        "MessageGuid": draw(st.just("AGsBw-NeJfs7fWAZOgZ4pu0HS1lq") | odd),
        "LogStart": draw(st.just("/Date(1795348740123)/") | odd),
        "LogEnd": draw(st.just("/Date(1795348740123)/") | odd),
        "Status": draw(st.just("FAILED") | odd),
    }
    row |= draw(st.dictionaries(names, odd, max_size=6))
    if draw(st.booleans()):
        row[ARTIFACT] = draw(artifacts)
    if draw(st.booleans()):
        row[LISTS[0]] = draw(lists | lists.map(lambda entries: {"results": entries}))
    return row


@settings(max_examples=300, deadline=None)
@given(row=rows(), error_text=st.none() | any_text)
def test_a_line_fits_the_declared_columns_whatever_the_tenant_shows(
    row: dict[str, Any], error_text: str | None
) -> None:
    """Where a member does not, the row is kept in `raw`, and nothing is lost."""
    log = log_of(row, NOW)
    text = None if error_text is None else error_text.encode(errors="replace").decode()

    columns = hive_row(record_line(log, amended=True, error_text=text))

    assert columns["version"] == log.version.hex()
    assert log.readable or columns["raw"] is not None


@pytest.mark.parametrize(
    "row",
    [
        {"status": {"text": "FAILED"}},
        {"status": "COMPLETED"},
        {"version": "mine"},
        {"RAW": [1]},
        {ARTIFACT: {"Id": "a", "id": {"odd": 1}}},
        {ARTIFACT: {"Id": "a", "ID": "b"}},
        {"integrationartifact": "text"},
        {"new": 1, "New": 2},
    ],
    ids=repr,
)
def test_names_that_differ_by_case_alone_are_no_column_twice(row: dict[str, Any]) -> None:
    """SQL folds case: `status` beside `Status` would be one column with two values."""
    whole = {"MessageGuid": "g", "LogStart": None, "LogEnd": None, "Status": "FAILED", **row}

    log = log_of(whole, NOW)
    columns = hive_row(record_line(log))

    assert columns["status"] == "FAILED"
    assert log.members == odd_log_of(whole, NOW).members
    assert log.version == odd_log_of(whole, NOW).version
    assert log.readable is ("new" in row)
    if not log.readable:
        assert columns["raw"] is not None


def test_every_known_member_has_its_column_in_every_type() -> None:
    """The columns come from what the exporter holds a record to; a member without one is lost."""
    assert {each.member for each in COLUMNS} == {*KNOWN, *OURS}
    assert len({each.name for each in COLUMNS}) == len(COLUMNS)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda each: each.name)
def test_the_reader_refuses_what_the_serde_refuses(column: Any) -> None:  # noqa: ANN401
    """A reader that takes everything would show nothing."""
    an_object = [] if column.hive.startswith("struct") else [b'{"a": {}}']
    for value in (*an_object, b"[1]", b"1"):
        with pytest.raises(UnreadableLineError):
            hive_row(b'{"%s": %s}' % (column.member.encode(), value))
