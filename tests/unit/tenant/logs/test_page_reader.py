"""Which pages teach, and from when on pages are decoded by what they taught."""

import subprocess
import sys

import orjson
import pytest

from mpl_export.tenant.http.transport import Answer
from mpl_export.tenant.logs.page_reader import PageReader
from mpl_export.tenant.logs.rows import logs_of
from mpl_export.tenant.logs.shapes import TypedRows
from mpl_export.tenant.odata.answers import DamagedAnswerError, NotTheApiError, page_of
from tests.support.manual_clock import NOON
from tests.unit.samples import row_of


def answer(count: int, **members: object) -> Answer:
    """A page of so many rows."""
    rows = [{**row_of(number), **members} for number in range(count)]
    return Answer(200, {}, orjson.dumps({"d": {"results": rows}}))


def is_typed(reader: PageReader, page: Answer) -> bool:
    """Read a page, whose logs are the same whichever way it goes; tell which it went."""
    read = reader.page_of(page)
    assert logs_of(read.rows, NOON) == logs_of(page_of(page).rows, NOON)
    return isinstance(read.rows, TypedRows)


def test_large_pages_teach_how_to_read_the_next() -> None:
    """Only where so many come that it is worth importing what decodes by types."""
    reader = PageReader()

    assert [is_typed(reader, answer(900)) for _ in range(6)] == [False] * 4 + [True] * 2
    assert is_typed(reader, answer(40))
    assert not is_typed(reader, answer(2))


def test_small_pages_teach_nothing() -> None:
    """A tick with little to read does without."""
    reader = PageReader()

    assert not any(is_typed(reader, answer(90)) for _ in range(9))


def test_a_page_that_is_not_as_learned_is_learned_from() -> None:
    """Such as after an upgrade of the tenant in the middle of a run."""
    reader = PageReader()
    for _ in range(4):
        reader.page_of(answer(900))

    assert not is_typed(reader, answer(900, New="a"))
    assert is_typed(reader, answer(900, New="b"))
    assert not is_typed(reader, answer(900, New=["odd"], Sender=7))
    assert not is_typed(reader, answer(900, New="a"))
    assert is_typed(reader, answer(900, New="a"))


def test_a_name_that_types_cannot_have_costs_nothing_but_time() -> None:
    """It is read the usual way, each time."""
    reader = PageReader()

    assert not any(is_typed(reader, answer(900, **{'a"b': 1})) for _ in range(6))


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Answer(200, {"Content-Type": "text/html"}, answer(900).body), NotTheApiError),
        (Answer(200, {}, answer(900).body[:-1]), DamagedAnswerError),
    ],
)
def test_errors_are_those_of_the_usual_way(page: Answer, error: type[Exception]) -> None:
    """A login page, an answer cut short."""
    reader = PageReader()
    for _ in range(4):
        reader.page_of(answer(900))

    with pytest.raises(error):
        reader.page_of(page)


def test_a_cold_start_imports_nothing_for_it() -> None:
    """It would cost more than a quiet tick as a whole."""
    code = "import sys, mpl_export.exporter.run; sys.exit('msgspec' in sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": "functions"})
