"""What a query answers: for people, and for programs."""

import json
from datetime import date, datetime

import pytest

from operate.asking.answer import Answer, document, show
from operate.voice import Voice

MOMENT = datetime(2026, 11, 22, 12, 0, 0, 123_456)  # noqa: DTZ001 - as DuckDB gives it


def test_a_document_holds_every_row_by_the_names_of_its_columns() -> None:
    """Times as the archive writes them; what nobody has counted is null."""
    answer = Answer(
        columns=["at", "day", "name", "count"],
        rows=[(MOMENT, date(2026, 11, 22), None, 7), (None, None, "a", 0)],
    )

    assert document(answer) == {
        "columns": ["at", "day", "name", "count"],
        "rows": [
            {"at": "2026-11-22T12:00:00.123Z", "day": "2026-11-22", "name": None, "count": 7},
            {"at": None, "day": None, "name": "a", "count": 0},
        ],
        "bytes_read": None,
        "dollars": None,
    }
    assert json.dumps(document(answer))


def test_what_athena_read_has_its_price() -> None:
    """Ten megabytes are the least that is charged."""
    told = document(Answer(columns=["a"], rows=[], bytes_read=1))

    assert told["bytes_read"] == 1
    assert told["dollars"] == pytest.approx(0.00005)


def test_a_row_of_another_length_is_no_answer() -> None:
    """Values would stand under the wrong names."""
    with pytest.raises(ValueError, match="zip"):
        document(Answer(columns=["a", "b"], rows=[[1]]))


@pytest.mark.parametrize(("count", "words"), [(0, "0 rows."), (1, "1 row."), (100, "100 rows.")])
def test_people_are_told_how_many_rows_there_are(
    capsys: pytest.CaptureFixture[str], count: int, words: str
) -> None:
    """Under the title of the query."""
    show("Failures by day", Answer(columns=["n"], rows=[[n] for n in range(count)]), Voice())

    shown = capsys.readouterr().out
    assert "Failures by day" in shown
    assert words in shown
    assert "Athena" not in shown


def test_people_see_the_first_hundred_rows_on_one_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The rest is for --json; a text of many lines would tear the table."""
    rows: list[list[str | None]] = [["a\nb", None]]
    rows += [[f"row-{n}", "x" * 500] for n in range(150)]
    show("Texts", Answer(columns=["n", "text"], rows=rows, bytes_read=20_000_000), Voice())

    shown = capsys.readouterr().out
    assert "The first 100 of 151 rows; --json gives all." in shown
    assert "a b" in shown
    assert "row-98" in shown
    assert "row-99" not in shown
    assert "x" * 200 not in shown.replace("\n", "")
    assert "Athena read 20.0 MB: 0.00010 dollars." in shown
