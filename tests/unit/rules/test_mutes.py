"""Mutes hold from an instant until another, judged by when a message ended."""

from datetime import timedelta

import pytest

from mpl_export.rules.matching import Facts
from mpl_export.rules.parse import parse_rules
from tests.support.manual_clock import NOON

MINUTE = timedelta(minutes=1)
RULES = parse_rules(
    f"""
    [[mute]]
    name = "window"
    reason = "Upgrade of the warehouse"
    from = {NOON.isoformat()}
    until = {(NOON + 60 * MINUTE).isoformat()}
    receiver = "WMS"
    [[mute]]
    name = "known"
    reason = "Ticket 4711"
    until = {(NOON + 30 * MINUTE).isoformat()}
    text = "duplicate order"
    """
)
WMS = Facts(receiver="WMS")


@pytest.mark.parametrize(
    ("minutes", "muted"), [(-1, False), (0, True), (59, True), (60, False), (600, False)]
)
def test_a_mute_begins_and_ends(minutes: int, *, muted: bool) -> None:
    """To the instant: the first message after the window is told."""
    assert (RULES.mute_of(WMS, NOON + minutes * MINUTE) is not None) is muted


def test_a_mute_without_a_beginning_has_held_since_ever() -> None:
    """What is known was known before."""
    mute = RULES.mute_of(Facts(text="Duplicate order 1"), NOON - timedelta(days=900))

    assert mute is not None
    assert (mute.name, mute.reason) == ("known", "Ticket 4711")


def test_what_is_not_like_it_is_told() -> None:
    """A mute is about what it names."""
    assert RULES.mute_of(Facts(receiver="CRM"), NOON) is None
