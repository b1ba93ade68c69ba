"""What a command says, to people and to programs."""

from __future__ import annotations

import json

import pytest

from operate.voice import Voice


def test_a_program_gets_the_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is said to people goes elsewhere."""
    voice = Voice(as_json=True)
    voice.say("hello")
    with voice.waiting("Building"):
        voice.progress("half")
    voice.table("Things", [("a", "1")], header=("name", "number"))
    voice.document({"a": 1})

    told = capsys.readouterr()
    assert json.loads(told.out) == {"a": 1}
    for word in ("hello", "Building", "half", "Things"):
        assert word in told.err


def test_people_get_no_document(capsys: pytest.CaptureFixture[str]) -> None:
    """And texts are shown as they are, brackets included."""
    voice = Voice()
    voice.say("[bold] is no command here")
    voice.document({"a": 1})

    assert capsys.readouterr().out == "[bold] is no command here\n"


def test_an_arn_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """What stands between the colons of a secret's ARN is the name of an emoji, too."""
    arn = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:key-1"
    for voice in (Voice(), Voice(as_json=True)):
        voice.say(arn)
        voice.table(arn, [(arn,)], header=(arn,))
        voice.progress(arn)
        voice.complain(arn)
        with voice.waiting(arn):
            pass

    told = capsys.readouterr()
    assert told.out.count(arn) + told.err.count(arn) == 2 * 8


def test_what_takes_time_says_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal, too: a log of CI shows it."""
    with Voice().waiting("Deploying"):
        pass

    assert "Deploying ...\nDeploying: done in 0.0 s" in capsys.readouterr().err


def test_what_fails_is_not_called_done(capsys: pytest.CaptureFixture[str]) -> None:
    """The error says what it was."""
    with pytest.raises(ValueError, match="no"), Voice().waiting("Deploying"):
        raise ValueError("no")

    assert "done" not in capsys.readouterr().err
