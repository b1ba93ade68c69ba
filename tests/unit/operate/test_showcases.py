"""Demo and drill as commands: told to people, and as one document to programs."""

from __future__ import annotations

import json

import pytest

from operate.emulated.sam import SamError
from operate.endings import StoppedError
from operate.showcases import Recording, _told
from operate.voice import Voice


def test_a_program_gets_all_that_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Steps with their times, tables, and what was missing."""
    narrator = Recording()
    with _told(narrator, Voice(as_json=True)):
        with narrator.step("Deploy"):
            narrator.say("a stack")
        narrator.heading("Arrived")
        narrator.table([("ExportFails", "after 1 s")])
        narrator.expect(found=False, what="the mail")

    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["missing"] == ["the mail"]
    assert list(document["seconds"]) == ["Deploy"]
    assert {"title": "Arrived"}.items() <= document["sections"][-1].items()
    assert document["sections"][-1]["rows"] == [["ExportFails", "after 1 s"]]
    assert "1. Deploy" in told.err


def test_a_drill_that_stops_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """And no half document beside the one that says why."""
    with pytest.raises(StoppedError, match="no build"), _told(Recording(), Voice(as_json=True)):
        raise SamError("no build")

    assert capsys.readouterr().out == ""
