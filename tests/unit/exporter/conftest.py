"""What tests of runs start from."""

import pytest

from tests.support.exporter.exporter_harness import Harness


@pytest.fixture
def harness() -> Harness:
    """An exporter whose first run begins a day before noon."""
    return Harness()
