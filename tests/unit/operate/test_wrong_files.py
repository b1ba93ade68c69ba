"""Files that are not there, are folders or no text: named, by every command that takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from operate.command import main
from operate.endings import Ending
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EXAMPLE: Final = str(PROJECT / "docs" / "alerts.example.toml")
FILES: Final[dict[str, Callable[[Path], object]]] = {
    "missing": lambda _: None,
    "a folder": lambda path: path.mkdir(),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe\x00"),
}
# What is given a file, and how it ends: `verify` has codes of its own, 2 for "cannot tell".
TAKE_A_FILE: Final = {
    "rules": (["rules", "--check", "--file"], Ending.SETUP),
    "demo": (["demo", "--service-key"], Ending.SETUP),
    "deploy": (["deploy", "--template"], Ending.SETUP),
    "prove": (["prove", "--template"], Ending.SETUP),
    "verify": (["verify", "--dir", ".", "--tenant", "t", "--public-key"], 2),
}
TAKE_A_FOLDER: Final = {
    "ask": ["ask", "durations", "--since", "P1D", "--dir"],
    "trace": ["trace", "x", "--since", "P1D", "--dir"],
    "report": ["report", "--dir"],
    "rules-try": ["rules-try", "--file", EXAMPLE, "--dir"],
    "verify": ["verify", "--tenant", "t", "--dir"],
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("command", TAKE_A_FILE)
def test_a_file_that_will_not_do_is_named(
    command: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence, not by the name of a class and a traceback."""
    words, ending = TAKE_A_FILE[command]
    path = tmp_path / "given"
    FILES[kind](path)

    assert main([*words, str(path)]) == ending
    _told(path, capsys)


@pytest.mark.parametrize("kind", ["a folder", "not UTF-8"])
@pytest.mark.parametrize("command", ["deploy", "prove"])
def test_a_value_from_a_file_that_will_not_do_is_named(
    command: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the parameter that it was for."""
    path = tmp_path / "ca.pem"
    FILES[kind](path)

    assert main([command, "--set", f"TenantCaPem=@{path}"]) == Ending.SETUP
    assert "--set TenantCaPem" in _told(path, capsys)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("command", TAKE_A_FOLDER)
def test_an_archive_that_is_none_is_named(
    command: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped folder is not an archive without failures."""
    path = tmp_path / "given"
    FILES[kind](path)

    assert main([*TAKE_A_FOLDER[command], str(path)]) not in {Ending.WELL, Ending.FAULT}
    _told(path, capsys)


def _told(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """All that was said; the file is in it, and no class of Python's."""
    captured = capsys.readouterr()
    told = " ".join((captured.out + captured.err).split())
    assert str(path) in told
    assert "Error:" not in told.replace("Error: Invalid value for", "")
    assert "Traceback" not in told
    return told
