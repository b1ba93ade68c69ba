"""One emulated AWS for all tests of this folder; each test uses names of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.emulated.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def aws() -> Iterator[Emulator]:
    """Run the emulator as long as the folder's tests."""
    with Emulator.start() as emulator:
        yield emulator
