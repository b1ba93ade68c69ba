"""What tests of the notifier start from."""

import pytest

from tests.support.notifier.notifier_harness import Harness


@pytest.fixture
def harness() -> Harness:
    """A notifier of a tenant of which nothing was told yet."""
    return Harness()
