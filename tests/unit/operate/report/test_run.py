"""The command as people call it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mpl_export.archive.layout import seal_key
from mpl_export.instants import iso_instant
from mpl_export.sealing.seal import Seal, payload_of
from operate.archive.folder import Folder
from operate.command import main
from operate.endings import Ending
from operate.report.timing import sealed_in
from tests.unit.operate.report.conftest import DAY, UNTIL

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.unit.operate.report.conftest import Told


def words(told: Told, out: Path) -> list[str]:
    """A call that writes a report on it."""
    told.archive.write()
    folder = str(told.archive.root)
    return ["report", "--dir", folder, "--until", iso_instant(UNTIL), "--out", str(out)]


def test_a_report_is_a_file_for_its_owner_and_its_numbers_are_json(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It holds business data."""
    told.begin()
    told.row(1, status="FAILED", error_text="boom", times=2)
    out = tmp_path / "new" / "report.html"

    assert main([*words(told, out), "--json"]) == Ending.WELL

    document = json.loads(capsys.readouterr().out)
    assert document["path"] == str(out)
    assert document["now"] == {"FAILED": 2}
    assert document["kinds"][0]["error"] == "boom"
    assert out.stat().st_mode & 0o077 == 0
    assert out.read_text().startswith("<!DOCTYPE html>")


def test_a_file_that_cannot_be_written_is_named(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After all the reading, so at least it is said clearly."""
    told.begin()
    (tmp_path / "file").write_text("")

    assert main(words(told, tmp_path / "file" / "report.html")) == Ending.SETUP
    assert "name another by --out" in capsys.readouterr().err


def test_bounds_that_are_none_are_refused(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report from tomorrow to yesterday would be empty, and look as if all were well."""
    told.begin()

    assert main([*words(told, tmp_path / "r.html"), "--since", "2027-01-01"]) == Ending.USAGE
    assert "SINCE has to lie before UNTIL" in capsys.readouterr().err


def test_a_text_does_nothing_to_the_terminal(
    told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is different is said there, too."""
    told.begin()
    told.row(10)
    told.row(1, status="FAILED", artifact="\x1b[2J[red]x", error_text="\x1b]0;t\x07boom")

    assert main(words(told, tmp_path / "r.html")) == Ending.WELL

    said = capsys.readouterr().out
    assert "new error: [red]x boom" in said
    assert "\x1b" not in said


def test_how_far_the_archive_is_sealed_is_read_from_its_last_seal(told: Told) -> None:
    """A seal that cannot be read is said, not taken for none."""
    told.begin()
    told.archive.write()
    root, tenant = told.archive.root, told.archive.tenant
    place = _folder(root)
    assert sealed_in(place, tenant).until is None

    until = datetime(2026, 11, 21, tzinfo=UTC)
    for number in (1, 2):
        seal = Seal(
            tenant=tenant,
            number=number,
            previous=None if number == 1 else "0" * 64,
            sealed_at=until + DAY,
            until=until + number * DAY,
            retention=None,
            release="1.0.0",
            objects=(),
        )
        path = root / seal_key(tenant, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(payload_of(seal))
    found = sealed_in(place, tenant)
    assert (found.until, found.number, found.signed) == (until + 2 * DAY, 2, False)

    (root / seal_key(tenant, 2)).write_bytes(b"{}")
    problem = sealed_in(place, tenant).problem
    assert problem is not None
    assert "00000002.json" in problem


def _folder(root: Path) -> Folder:
    return Folder.open(root)
