"""A file of rules, held against a copy of the archive."""

import json
from pathlib import Path

import pytest

from operate.command import main
from operate.endings import Ending
from tests.support.notifier.notifier_harness import Harness

RULES = """
[owners]
"Sales" = "sales"
[[route]]
team = "security"
text = "certificate"
[[mute]]
name = "wms"
reason = "An upgrade"
until = 2026-12-01T00:00:00Z
receiver = "WMS"
[[mask]]
name = "number"
pattern = '\\d{3}'
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The file."""
    path = tmp_path / "alerts.toml"
    path.write_text(RULES)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A copy of an archive with five failures."""
    harness = Harness()
    records = [
        harness.record(1),
        harness.record(2),
        harness.record(3, ErrorText="certificate expired"),
        harness.record(4, Receiver="WMS"),
        harness.record(5, IntegrationArtifact={"Id": "Stock"}),
        harness.record(6, Status="COMPLETED"),
    ]
    part = harness.part(records)
    path = tmp_path / "archive" / part.key
    path.parent.mkdir(parents=True)
    path.write_bytes(harness.objects[part.key])
    return tmp_path / "archive"


def tried(
    capsys: pytest.CaptureFixture[str], rules: Path, archive: Path, *more: str
) -> tuple[int, dict[str, object]]:
    """What the command says, and how it ends."""
    words = ["rules-try", "--file", str(rules), "--dir", str(archive), "--json", *more]
    ending = main(words)
    return ending, json.loads(capsys.readouterr().out)


def test_it_says_who_would_have_been_told_what(
    capsys: pytest.CaptureFixture[str], rules: Path, archive: Path
) -> None:
    """By team and kind, with what is muted and what is masked; and puts nothing."""
    ending, said = tried(capsys, rules, archive, "--since", "2026-11-22T00:00:00Z")

    answered = "The receiver answered 500"
    assert ending == Ending.WELL
    assert said == {
        "parts": 1,
        "failures": 5,
        "teams": {
            "sales": [{"artifact": "Order_to_Cash", "error": answered, "failures": 2}],
            "security": [
                {"artifact": "Order_to_Cash", "error": "certificate expired", "failures": 1}
            ],
            "unassigned": [{"artifact": "Stock", "error": answered, "failures": 1}],
        },
        "muted": {"wms": {"Order_to_Cash": 1}},
        "masked": {"ErrorText": 4},
    }


def test_people_get_tables(capsys: pytest.CaptureFixture[str], rules: Path, archive: Path) -> None:
    """The same, to be read."""
    words = ["--since", "2026-11-22T00:00:00Z"]

    assert main(["rules-try", "--file", str(rules), "--dir", str(archive), *words]) == Ending.WELL

    said = capsys.readouterr().out
    assert "5 failures in 1 parts" in said
    assert "sales would have been told of 2" in said
    assert "Muted" in said


def test_what_ended_before_is_left_out(
    capsys: pytest.CaptureFixture[str], rules: Path, archive: Path
) -> None:
    """Not even its part is read."""
    ending, said = tried(capsys, rules, archive, "--since", "2026-11-22T13:00:00Z")

    assert (ending, said["parts"], said["failures"]) == (Ending.WELL, 0, 0)


def test_a_damaged_part_is_named(
    capsys: pytest.CaptureFixture[str], rules: Path, archive: Path
) -> None:
    """Half an answer would look like a whole one."""
    (part,) = archive.rglob("*.jsonl.gz")
    part.write_bytes(b"no gzip")

    ending, said = tried(capsys, rules, archive, "--since", "2026-11-22T00:00:00Z")

    assert ending == Ending.FAULT
    assert part.name in str(said)


def test_one_tenant_of_several_has_to_be_named(
    capsys: pytest.CaptureFixture[str], rules: Path, archive: Path
) -> None:
    """Which those are is said."""
    other = archive / "mpl/v1/tenant=other/dt=2026-11-22/00Z-0000.jsonl.gz"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"")

    ending, said = tried(capsys, rules, archive)

    assert ending == Ending.SETUP
    assert "--tenant: it holds demo, other" in str(said)
    assert tried(capsys, rules, archive, "--tenant", "demo")[0] == Ending.WELL


def test_an_instant_that_is_none_is_told(
    capsys: pytest.CaptureFixture[str], rules: Path, archive: Path
) -> None:
    """The option is named."""
    ending, said = tried(capsys, rules, archive, "--since", "yesterday")

    assert ending == Ending.USAGE
    assert "SINCE=" in str(said)
