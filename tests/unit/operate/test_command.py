"""The command line as a whole: exit codes, JSON, and no traceback for what a user can mend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mpl_export import __version__
from operate.command import cli, main
from operate.endings import Ending
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXAMPLE = str(PROJECT / "docs" / "alerts.example.toml")
ON_A_STACK = [
    ["doctor"],
    ["plan", "--since", "P1D"],
    ["backfill", "--since", "P1D"],
    ["drill", "--stack", "nope"],
    ["deploy", "--yes"],
    ["prove", "--yes"],
    ["ask", "durations", "--since", "P1D"],
    ["trace", "AGsDvRyXfhLXsXt6aHuJMqS-75x9"],
    ["report"],
    ["rules"],
    ["rules-try", "--file", EXAMPLE],
    ["erase", "--bucket", "b", "--tenant", "t", "--guid", "g", "--reason", "r"],
    ["copy", "--from", "one", "--to", "other"],
]
SIGNED_IN = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
NOBODY = "http://127.0.0.1:9"
"""An endpoint at which nobody listens."""


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
    given(monkeypatch, **SIGNED_IN, AWS_ENDPOINT_URL=NOBODY)

    assert main(words) == Ending.UNAVAILABLE
    assert NOBODY in capsys.readouterr().err


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_DEFAULT_REGION": "eu-central-1"},
        {**SIGNED_IN, "AWS_ENDPOINT_URL": NOBODY},
    ],
    ids=["region", "credentials", "endpoint"],
)
def test_verify_says_by_its_own_code_that_it_cannot_tell(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody may take it for one that has found nothing wrong."""
    given(monkeypatch, **environment)

    assert main(["verify", "--bucket", "b", "--tenant", "t"]) == 2
    assert capsys.readouterr().out.startswith("Cannot tell: ")


@pytest.mark.parametrize("url", ["127.0.0.1:4566", "nonsense", "http://"])
def test_an_endpoint_that_is_no_address_is_named(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scheme that was forgotten is the usual reason; botocore raises a bare ValueError."""
    given(monkeypatch, **SIGNED_IN, AWS_ENDPOINT_URL=url)

    assert main(["doctor"]) in {Ending.SETUP, Ending.UNAVAILABLE}
    told = capsys.readouterr().err
    assert url in told
    assert "AWS_ENDPOINT_URL" in told


def test_every_command_on_a_stack_is_asked_the_wrong_way() -> None:
    """A new one that is not tried here would show its first traceback to a user."""
    tried = {words[0] for words in ON_A_STACK} | {"verify", "tenant", "demo"}

    assert tried == set(cli.commands)


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


@pytest.mark.parametrize("command", ["deploy", "prove"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "No such file or directory"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "it is not UTF-8"),
        (lambda path: path.write_text(""), "it has no output ExporterFunction"),
        (lambda path: path.write_text("Outputs: ["), "it is no YAML"),
        (lambda path: path.write_text("Resources: !Sub x"), "it has no output ExporterFunction"),
    ],
    ids=["missing", "folder", "not UTF-8", "empty", "no YAML", "another"],
)
def test_a_template_that_is_none_is_said_before_anything_is_asked(
    command: str,
    make: Callable[[Path], object],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Not after the key was judged, by the name of a class."""
    path = tmp_path / "template.yaml"
    make(path)

    assert main([command, "--template", str(path)]) == Ending.SETUP
    told = " ".join(capsys.readouterr().err.split())
    assert f"{path} is no template of this project ({words}" in told


@pytest.mark.parametrize("command", ["plan", "backfill"])
@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_bound_that_is_none_starts_nothing(
    command: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A state machine that fails at once would stay in the list of executions."""
    assert main([command, option, "soon"]) == Ending.USAGE
    assert f"{option} 'soon' is neither an instant such as" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "203.0.113.9"], "--host has to be an address of this machine"),
        (["--api-port", "99999"], "the ports that are named have to be free"),
        (["--directory", EXAMPLE], f"{EXAMPLE} cannot be written (File exists)"),
        (["--directory", f"{EXAMPLE}/x"], "cannot be written (Not a directory)"),
    ],
    ids=["host", "port", "file", "below a file"],
)
def test_a_tenant_that_cannot_start_says_why(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is the first thing that a stranger starts alone."""
    assert main(["tenant", "--rows", "1", *words]) == Ending.SETUP
    assert told in capsys.readouterr().err
