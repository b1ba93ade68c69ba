"""``ask`` as people call it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.instants import iso_instant
from operate.archive.athena import Answered, Workgroup
from operate.asking.texts import queries
from operate.command import main
from operate.endings import Ending
from tests.support.manual_clock import NOON
from tests.support.operators.scripted_account import ScriptedAccount, scripted_stack
from tests.support.operators.written_archive import WrittenArchive, shown_row

if TYPE_CHECKING:
    from pathlib import Path

HOUR = timedelta(hours=1)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of an archive with two failures of one flow."""
    archive = WrittenArchive(tmp_path / "copy")
    archive.hold(shown_row(1, NOON - HOUR, status="FAILED"), error_text="HTTP 500\n\tat x")
    archive.hold(shown_row(2, NOON, status="ESCALATED"), error_text="HTTP 500")
    archive.hold(shown_row(3, NOON))
    archive.write()
    return tmp_path / "copy"


def asked(
    capsys: pytest.CaptureFixture[str], *arguments: object, ending: Ending = Ending.WELL
) -> Any:  # noqa: ANN401 - a document of JSON
    """What a program gets."""
    assert main(["ask", *map(str, arguments), "--json"]) == ending
    return json.loads(capsys.readouterr().out)


def around_noon() -> tuple[str, ...]:
    """Bounds of the day."""
    return ("--since", iso_instant(NOON - 12 * HOUR), "--until", iso_instant(NOON + HOUR))


def test_the_questions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them, with what they take."""
    listed = asked(capsys)

    assert [each["name"] for each in listed] == list(queries())
    assert "id" in {each["name"]: each for each in listed}["one-message"]["parameters"]
    assert main(["ask"]) == Ending.WELL
    assert "failures-by-artifact" in capsys.readouterr().out


def test_a_question_is_answered_from_a_copy(capsys: pytest.CaptureFixture[str], copy: Path) -> None:
    """The whole way: parts found, read, and the answer as one document."""
    answer = asked(capsys, "failures-by-artifact", "--dir", copy, *around_noon())

    assert answer["query"] == "failures-by-artifact"
    assert answer["rows"] == [
        {
            "day": "2026-11-22",
            "artifact_id": "Order_to_Cash",
            "artifact_name": "Order to Cash",
            "failures": 2,
            "escalated": 1,
            "first_ended": "2026-11-22T11:00:00.000Z",
            "last_ended": "2026-11-22T12:00:00.000Z",
        }
    ]


def test_people_get_a_table(capsys: pytest.CaptureFixture[str], copy: Path) -> None:
    """On standard output, what was read on the other one."""
    assert main(["ask", "error-signatures", "--dir", str(copy), *around_noon()]) == Ending.WELL

    told = capsys.readouterr()
    assert "HTTP #" in told.out
    assert "1 row." in told.out
    assert "2 parts" in told.err


def test_the_statement_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    """No archive is looked for."""
    assert main(["ask", "one-message", "--sql", "--set", "id=it's", *around_noon()]) == 0

    told = capsys.readouterr().out
    assert "'it''s' IN (message_guid" in told
    assert "timestamp '2026-11-22 00:00:00.000'" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "there is no query nothing"),
        (("one-message",), "needs id"),
        (("durations", "--set", "id"), "NAME=VALUE"),
        (("durations", "--set", "id=1"), "takes no id"),
        (("durations", "--set", "since=P1D"), "give since by --since"),
        (("durations", "--since", "yesterday"), "neither an instant"),
        (("durations", "--since", "P1D", "--until", "P2D"), "SINCE has to lie before"),
    ],
)
def test_what_makes_no_sense_is_said(
    capsys: pytest.CaptureFixture[str], copy: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Before anything is read."""
    document = asked(capsys, *arguments, "--dir", copy, ending=Ending.USAGE)

    assert said in document["error"]["message"]


def test_a_damaged_part_is_named(capsys: pytest.CaptureFixture[str], copy: Path) -> None:
    """Half of the rows would be worse than none."""
    part = next(copy.rglob("12Z-0000.jsonl.gz"))
    part.write_bytes(part.read_bytes()[:40])

    document = asked(capsys, "durations", "--dir", copy, *around_noon(), ending=Ending.SETUP)

    assert "cannot be read" in document["error"]["message"]
    assert "12Z-0000.jsonl.gz" in document["error"]["message"]


def test_athena_wants_a_stack(capsys: pytest.CaptureFixture[str], copy: Path) -> None:
    """A folder has none."""
    document = asked(capsys, "durations", "--dir", copy, "--with", "athena", ending=Ending.USAGE)

    assert "--stack" in document["error"]["message"]


def test_days_before_the_first_of_the_tables_are_told(
    capsys: pytest.CaptureFixture[str], copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Athena would leave them out without a word."""
    from operate.archive.folder import Folder  # noqa: PLC0415
    from operate.archive.where import Archive, ArchiveWhere  # noqa: PLC0415

    stack = scripted_stack(ScriptedAccount(), ArchiveFirstDay="2026-11-23")
    stack = replace(stack, outputs={**stack.outputs, "Workgroup": "w", "Database": "d"})
    archive = Archive(place=Folder.open(copy), tenant="acme", deployed=stack)
    monkeypatch.setattr(ArchiveWhere, "open", lambda _: archive)
    answered = Answered(columns=["a"], rows=iter([["1"]]), bytes_read=7)
    monkeypatch.setattr(Workgroup, "ask", lambda *_: replace(answered, rows=iter([["1"]])))

    assert asked(capsys, "durations")["bytes_read"] == 7
    assert main(["ask", "durations"]) == Ending.WELL
    assert "ArchiveFirstDay=2026-11-22" in capsys.readouterr().err
