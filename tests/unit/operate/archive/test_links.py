"""Which links of the tenant's are put before people."""

import pytest

from operate.archive.links import monitor_link

GOOD = "https://acme.example:443/shell/monitoring/Messages/%7B%22identifier%22%3A%22x%22%7D"


def test_a_link_into_the_monitor_is_kept() -> None:
    """As the tenant shows it."""
    assert monitor_link(GOOD) == GOOD


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "javascript:alert(1)",
        "http://acme.example/",
        "https://acme.example/ x",
        'https://acme.example/"onmouseover="alert(1)',
        "https://acme.example/<script>",
        "https://acme.example/\u202e",
        "https://acme.example/" + "x" * 1_000,
    ],
)
def test_anything_else_is_not(value: object) -> None:
    """It comes from the tenant like every text, and people click on it."""
    assert monitor_link(value) is None
