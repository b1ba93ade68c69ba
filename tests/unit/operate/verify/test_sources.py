"""What is verified is read whole, and what is missing is told from what cannot be read."""

from pathlib import Path

import pytest

from mpl_export.archive.objects import NoSuchObjectError
from operate.archive.folder import Folder
from operate.endings import StoppedError
from operate.verify.sources import CONFIG, READ_AT_ONCE, Source, whole


def test_an_object_is_read_whole(tmp_path: Path) -> None:
    """However many pieces it comes in."""
    body = bytes(range(256)) * 9_000
    (tmp_path / "seal").write_bytes(body)
    source: Source = Folder(tmp_path)

    assert whole(source, "seal") == body


def test_what_is_missing_is_told_from_what_cannot_be_read(tmp_path: Path) -> None:
    """The first is a finding; the second says nothing about the archive."""
    (tmp_path / "folder").mkdir()

    with pytest.raises(NoSuchObjectError):
        whole(Folder(tmp_path), "seal")
    with pytest.raises(StoppedError, match="cannot read"):
        whole(Folder(tmp_path), "folder")


def test_readers_do_not_wait_for_connections() -> None:
    """Each may hold one, and a listing another."""
    assert CONFIG.max_pool_connections > READ_AT_ONCE  # type: ignore[attr-defined]  # it has it
