"""What tests of runs start from."""

import pytest

from tests.support.rig import Rig


@pytest.fixture
def rig() -> Rig:
    """An exporter whose first run begins a day before noon."""
    return Rig()
