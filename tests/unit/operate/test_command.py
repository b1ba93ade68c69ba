"""The command line as a whole: exit codes, JSON, and no traceback for what a user can mend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mpl_export import __version__
from operate.command import cli, main
from operate.endings import Ending

if TYPE_CHECKING:
    from pathlib import Path

ON_A_STACK = [
    ["doctor"],
    ["plan", "--since", "P1D"],
    ["backfill", "--since", "P1D"],
    ["drill", "--stack", "nope"],
]


def given(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    """An environment with these variables."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("words", ON_A_STACK, ids=" ".join)
def test_a_missing_region_is_one_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It says who does what, and nothing was asked of anybody."""
    assert main(words) == Ending.SETUP
    assert capsys.readouterr().err.startswith("no region is set: give the one")


@pytest.mark.parametrize("words", ON_A_STACK, ids=" ".join)
def test_missing_credentials_are_one_sentence(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The way to sign in is named."""
    given(monkeypatch, AWS_REGION="eu-central-1")

    assert main(words) == Ending.SETUP
    assert "aws sso login" in capsys.readouterr().err


@pytest.mark.parametrize("words", ON_A_STACK, ids=" ".join)
def test_an_endpoint_that_does_not_answer_is_named(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An emulator that was stopped is the usual reason."""
    given(
        monkeypatch,
        AWS_DEFAULT_REGION="eu-central-1",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
    )

    assert main(words) == Ending.UNAVAILABLE
    assert "http://127.0.0.1:9" in capsys.readouterr().err


def test_an_unknown_profile_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As is how to find those that there are."""
    given(monkeypatch, AWS_DEFAULT_REGION="eu-central-1")

    assert main(["doctor", "--profile", "nobody"]) == Ending.SETUP
    assert "there is no AWS profile 'nobody'" in capsys.readouterr().err


def test_an_error_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads one document, whatever happened."""
    assert main(["doctor", "--json"]) == Ending.SETUP

    document = json.loads(capsys.readouterr().out)
    assert document["error"]["ending"] == "setup"
    assert "no region is set" in document["error"]["message"]


def test_a_command_line_that_makes_no_sense_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """By the exit code that people know from other tools."""
    assert main(["doctor", "--nonsense"]) == Ending.USAGE
    assert "--nonsense" in capsys.readouterr().err


def test_every_command_speaks_json_and_explains_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A new command that forgets either is found here."""
    for name, command in cli.commands.items():
        assert command.help, name
        assert any("--json" in option.opts for option in command.params), name

    assert main(["--help"]) == Ending.WELL
    told = capsys.readouterr().out
    assert all(name in told for name in cli.commands)
    assert all(f"{ending.value:>3}  " in told for ending in Ending)


def test_the_release_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """It is the one that metrics, reports and user agents name."""
    assert main(["--version"]) == Ending.WELL
    assert __version__ in capsys.readouterr().out


def test_a_demo_with_a_key_that_is_none_ends_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not after three minutes of deploying."""
    assert main(["demo", "--service-key", str(tmp_path)]) == Ending.SETUP
    assert f"{tmp_path} is a folder" in capsys.readouterr().err
