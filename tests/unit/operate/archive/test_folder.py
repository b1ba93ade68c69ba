"""What is said where a folder is not what it was taken for; the rest is a contract test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from operate.archive.folder import Folder
from operate.endings import StoppedError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_cannot_be_read_is_told_by_its_path(tmp_path: Path) -> None:
    """It is a folder where a part should be, or the caller's rights do not reach."""
    (tmp_path / "mpl/v1/part").mkdir(parents=True)

    with pytest.raises(StoppedError, match=r"cannot read .*/mpl/v1/part: Is a directory"):
        Folder.open(tmp_path).read("mpl/v1/part")


def test_a_large_object_comes_in_pieces(tmp_path: Path) -> None:
    """A part may be larger than what is to be held in memory."""
    (tmp_path / "mpl/v1").mkdir(parents=True)
    (tmp_path / "mpl/v1/part").write_bytes(bytes(3 << 20))

    pieces = [len(piece) for piece in Folder.open(tmp_path).chunks("mpl/v1/part")]

    assert pieces == [1 << 20] * 3


def test_a_folder_that_holds_no_archive_says_how_to_get_one(tmp_path: Path) -> None:
    """A typing error in a path would look like an archive without logs."""
    with pytest.raises(StoppedError, match="aws s3 sync"):
        Folder.open(tmp_path)


def test_the_time_of_an_object_is_that_of_its_file(tmp_path: Path) -> None:
    """To the millisecond; a sync keeps it."""
    (tmp_path / "mpl/v1").mkdir(parents=True)
    (tmp_path / "mpl/v1/part").touch()
    os.utime(tmp_path / "mpl/v1/part", ns=(0, 1_700_000_000_123_999_000))

    [entry] = Folder.open(tmp_path).entries("mpl/")

    assert entry.arrived.isoformat() == "2023-11-14T22:13:20.123000+00:00"
