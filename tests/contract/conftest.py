"""One emulated AWS for all tests of this folder; each test uses names of its own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from operate.emulated.emulator import Emulator
from tests.support.exporter.exporter_resources import make_table

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def aws() -> Iterator[Emulator]:
    """Run the emulator as long as the folder's tests."""
    with Emulator.start() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def table(aws: Emulator) -> str:
    """A table like the stack's, for all tests; each has a tenant of its own."""
    name = f"table-{uuid.uuid4()}"
    make_table(aws, name)
    return name
