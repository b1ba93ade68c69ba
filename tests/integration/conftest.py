"""One emulated AWS for all tests of this folder, and a watch for secrets; names are each test's."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import certifi
import pytest

from operate.emulated.emulator import Emulator
from tests.support.exporter import keys
from tests.support.exporter.secret_watch import SecretWatch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def aws() -> Iterator[Emulator]:
    """Run the emulator as long as the folder's tests."""
    with Emulator.start() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def one_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of public roots that holds one, which nobody uses."""
    path = tmp_path_factory.mktemp("roots") / "roots.pem"
    path.write_text(keys.pem([keys.root("Public").certificate]))
    return path


@pytest.fixture
def watch(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    one_root: Path,
) -> SecretWatch:
    """What a cell of a matrix writes, into a temporary directory of its own too.

    With one public root: to load all of them takes longer than everything else in a cell.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(certifi, "where", lambda: str(one_root))
    return SecretWatch(tmp_path, lambda: "".join(capfd.readouterr()))
