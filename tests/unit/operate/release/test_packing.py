"""An archive of code is the same bytes whenever it is packed."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

from operate.release.packing import pack

if TYPE_CHECKING:
    from pathlib import Path


def folder(path: Path, names: tuple[str, ...], moment: int) -> Path:
    """A folder whose files were made in this order, at this moment."""
    for name in names:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n" * 100)
        file.chmod(0o600)
        os.utime(file, (moment, moment))
    return path


def test_neither_times_nor_rights_nor_the_order_of_a_disk_are_in_it(tmp_path: Path) -> None:
    """So whoever builds a release again can compare the sums."""
    names = ("b.py", "a/c.py", "a.py")
    one = folder(tmp_path / "one", names, 1_700_000_000)
    other = folder(tmp_path / "other", names[::-1], 1_800_000_000)
    (other / "a.py").chmod(0o644)

    pack(one, tmp_path / "one.zip")
    pack(other, tmp_path / "other.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == sorted(names)
        assert archive.read("a/c.py") == (one / "a/c.py").read_bytes()


def test_lambda_may_read_what_nobody_else_may_here(tmp_path: Path) -> None:
    """Lambda unpacks as another user: files that only their owner may read fail at the import."""
    pack(folder(tmp_path / "code", ("a.py",), 0), tmp_path / "code.zip")

    with zipfile.ZipFile(tmp_path / "code.zip") as archive:
        assert archive.getinfo("a.py").external_attr >> 16 == 0o100644
