"""Parts brought here: all of them, few at a time, and nothing of them afterwards."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from mpl_export.model import UNDATED
from operate.archive.fetching import fetch, workspace
from operate.archive.parts import Part
from operate.archive.places import GoneError
from operate.endings import StoppedError
from operate.voice import Voice

if TYPE_CHECKING:
    from pathlib import Path

PARTS = [Part(f"part-{number:03}", 10, UNDATED) for number in range(60)]
TOGETHER = 16


class Slow:
    """A place that answers only when as many ask as may at once, and counts who asks."""

    name, remote = "s3://acme", True

    def __init__(self, *, gone: str = "", broken: str = "") -> None:
        self.gone, self.broken = gone, broken
        self.now = self.most = 0
        self._lock = threading.Lock()

    def local(self, key: str, cache: Path) -> Path:
        """Write the key into a file."""
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            if key == self.gone:
                raise GoneError(key)
            if key == self.broken:
                raise StoppedError("broken")
            path = cache / key
            path.write_text(key)
            return path
        finally:
            with self._lock:
                self.now -= 1

    objects = folders = read = None


def test_all_parts_come_in_their_order_and_few_at_a_time(tmp_path: Path) -> None:
    """A bucket takes thousands of requests a second; this machine does not."""
    place = Slow()

    files = fetch(place, PARTS, tmp_path / "not" / "there", Voice(as_json=True))  # type: ignore[arg-type]

    assert list(files) == [part.key for part in PARTS]
    assert all(path.read_text() == key for key, path in files.items())
    assert 1 <= place.most <= TOGETHER


def test_a_part_that_has_expired_is_left_out_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lifecycle of the bucket does not wait for readers."""
    files = fetch(Slow(gone="part-007"), PARTS, tmp_path, Voice())  # type: ignore[arg-type]

    assert "part-007" not in files
    assert len(files) == len(PARTS) - 1
    assert "part-007 has expired" in capsys.readouterr().err


def test_what_cannot_be_read_stops_all_of_it(tmp_path: Path) -> None:
    """An answer from most of the parts would look like one from all."""
    with pytest.raises(StoppedError, match="broken"):
        fetch(Slow(broken="part-003"), PARTS, tmp_path, Voice())  # type: ignore[arg-type]


def test_a_disk_that_is_too_small_is_said_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not after an hour of fetching."""
    usage = shutil.disk_usage(tmp_path)._replace(free=1 << 20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    place = Slow()

    with pytest.raises(StoppedError, match="set TMPDIR"):
        fetch(place, PARTS, tmp_path, Voice())  # type: ignore[arg-type]
    assert place.most == 0


def test_business_data_lies_where_nobody_else_looks_and_does_not_stay() -> None:
    """The folder is gone with the command."""
    with workspace() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "part").write_text("business data")
    assert not folder.exists()
