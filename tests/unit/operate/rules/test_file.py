"""A file of rules as the command line judges it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from operate.command import main
from operate.endings import Ending, StoppedError
from operate.rules.file import read_rules
from operate.voice import Voice
from tests.support.manual_clock import NOON

MUTE = '[[mute]]\nname = "m"\nreason = "r"\nartifact = "*"\nuntil = '


def test_a_file_that_holds_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without an account: in a pipeline, before anybody may put it."""
    path = tmp_path / "a.toml"
    path.write_text('default = "ops"\n[[mask]]\nname = "m"\npattern = "a"\n')

    assert main(["rules", "--file", str(path), "--check", "--json"]) == Ending.WELL

    assert json.loads(capsys.readouterr().out) == {
        "file": str(path),
        "teams": ["ops", "unassigned"],
        "routes": 0,
        "owners": 0,
        "mutes": 0,
        "masks": 1,
    }


def test_a_refusal_names_file_line_and_reason_as_compilers_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that editors find the place."""
    path = tmp_path / "a.toml"
    path.write_text("default = 3\n" + MUTE + "2026-12-01\n")

    assert main(["rules", "--file", str(path), "--check", "--json"]) == Ending.SETUP

    said = capsys.readouterr()
    assert f"{path}:1: default must be a text" in said.err
    assert f"{path}:6: until must be an instant" in said.err
    assert "refused for 2 lines, and nothing was put" in said.out


@pytest.mark.parametrize(
    ("body", "reason"), [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8")]
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, body: bytes | None, reason: str
) -> None:
    """With why."""
    path = tmp_path / "a.toml"
    if body is not None:
        path.write_bytes(body)

    with pytest.raises(StoppedError, match=reason):
        read_rules(path, NOON, Voice())


def test_a_mute_that_would_never_end_is_refused(tmp_path: Path) -> None:
    """A year is long enough for somebody to look at it again."""
    path = tmp_path / "a.toml"
    path.write_text(MUTE + f"{(NOON + timedelta(days=367)).isoformat()}\n")

    with pytest.raises(StoppedError, match="line 5: the mute m ends later than 366 days"):
        read_rules(path, NOON, Voice())


def test_a_mute_that_has_ended_is_remarked(tmp_path: Path) -> None:
    """It does no harm, and is no use."""
    path = tmp_path / "a.toml"
    path.write_text(MUTE + f"{NOON.isoformat()}\n")

    file = read_rules(path, NOON, Voice())

    assert file.remarks(NOON) == ["line 5: the mute m has ended already"]
    assert file.remarks(NOON - timedelta(seconds=1)) == []


def test_to_judge_a_file_it_has_to_be_named() -> None:
    """Nothing else is there to judge."""
    assert main(["rules", "--check"]) == Ending.USAGE
