"""Rules as a whole."""

from mpl_export.rules.matching import Facts
from mpl_export.rules.rules import NO_RULES
from tests.support.manual_clock import NOON


def test_no_rules_route_to_nobody_and_mute_nothing() -> None:
    """As it is before anybody has put any."""
    assert NO_RULES.teams == ("unassigned",)
    assert NO_RULES.mute_of(Facts(), NOON) is None
    assert not NO_RULES.masks
