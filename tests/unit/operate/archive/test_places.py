"""What is said where an archive is not what it was taken for; the rest is a contract test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.archive.folder import Folder
from operate.archive.places import tenant_in
from operate.endings import StoppedError

if TYPE_CHECKING:
    from pathlib import Path


def test_several_tenants_have_to_be_told_apart(tmp_path: Path) -> None:
    """A report about two tenants would be about neither."""
    for name in ("acme", "beta"):
        (tmp_path / f"mpl/v1/tenant={name}").mkdir(parents=True)

    with pytest.raises(StoppedError, match=r"name one by --tenant \(there is acme, beta\)"):
        tenant_in(Folder.open(tmp_path), None)
    assert tenant_in(Folder.open(tmp_path), "beta") == "beta"


def test_an_empty_archive_says_that_it_is_empty(tmp_path: Path) -> None:
    """A new stack has not exported anything yet."""
    (tmp_path / "mpl/v1").mkdir(parents=True)

    with pytest.raises(StoppedError, match="it holds no part of any tenant yet"):
        tenant_in(Folder.open(tmp_path), None)
