"""Flows of which something is expected: as people write them, and what is new of each."""

import pytest

from mpl_export.notifier.flows import expected_flows
from tests.unit.samples import DAY, HOUR


def test_pairs_are_read_as_people_write_them() -> None:
    """Blanks and a comma at the end are no reason to fail a deployment."""
    assert expected_flows(" Order_to_Cash = PT1H, Stock=P1D ,") == {
        "Order_to_Cash": HOUR,
        "Stock": DAY,
    }


@pytest.mark.parametrize(
    "text", ["Orders", "Orders=", "=PT1H", "Orders=1h", "Orders=PT1S", "Orders=P31D", "a=b=PT1H"]
)
def test_what_is_no_pair_is_refused(text: str) -> None:
    """A flow that is silently not watched is the opposite of what was asked for."""
    with pytest.raises(ValueError, match=r".+"):
        expected_flows(text)
