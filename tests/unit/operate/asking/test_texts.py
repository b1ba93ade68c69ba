"""Queries as texts: parameters where they stand, values that cannot break out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlglot
from sqlglot import expressions as exp

from operate.asking.texts import PARAMETERS, Query, literal, queries, query_named
from operate.endings import Ending, StoppedError

NOON = datetime(2026, 11, 22, 12, 0, 0, 123000, tzinfo=UTC)
QUERY = Query(
    name="q",
    title="Q",
    about="About.",
    scans="everything",
    text="-- Since :since, for people\nSELECT :id, :since WHERE a::text = 'x:until' AND b < :until",
)


def test_a_query_takes_what_stands_in_its_statement() -> None:
    """Not what stands in its comments, and each once."""
    assert [each.name for each in QUERY.parameters] == ["id", "since", "until"]


def test_values_stand_where_their_names_stood() -> None:
    """An instant as a timestamp, a text in quotes; the comment stays as it is."""
    sql = QUERY.sql({"since": NOON, "id": "it's"})

    assert sql.startswith("-- Since :since, for people\n")
    assert "SELECT 'it''s', timestamp '2026-11-22 12:00:00.123'" in sql
    assert "current_timestamp" in sql


@pytest.mark.parametrize("text", ["'", "''; DROP TABLE mpl; --", "\\'", ":since", "a\nb"])
def test_no_value_breaks_out_of_its_quotes(text: str) -> None:
    """Whatever somebody pastes is a text in the statement, and nothing else."""
    query = query_named("text-in-errors")

    parsed = sqlglot.parse_one(query.sql({"text": text}), read="athena")

    assert text in {each.this for each in parsed.find_all(exp.Literal) if each.is_string}


def test_what_is_missing_or_unknown_is_named() -> None:
    """With what there is."""
    with pytest.raises(StoppedError, match="needs id: a MessageGuid") as missing:
        QUERY.sql({})
    with pytest.raises(StoppedError, match="takes no text; it takes id, since, until"):
        QUERY.sql({"text": "a", "id": "b"})
    with pytest.raises(StoppedError, match="there is no query nothing; there is any-member"):
        query_named("nothing")

    assert missing.value.ending is Ending.USAGE


def test_every_parameter_is_one_that_some_query_takes() -> None:
    """And has a default or an example."""
    taken = {each.name for query in queries().values() for each in query.parameters}

    assert taken == set(PARAMETERS)
    assert all(each.default or each.example for each in PARAMETERS.values())


def test_an_instant_is_written_to_the_millisecond() -> None:
    """As the archive has it."""
    assert literal(NOON) == "timestamp '2026-11-22 12:00:00.123'"
