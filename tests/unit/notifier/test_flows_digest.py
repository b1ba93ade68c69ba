"""The digest of flows that fell silent or are back."""

from datetime import timedelta

import pytest

from mpl_export.notifier.digest import Origin
from mpl_export.notifier.flows_digest import flows_digest, some
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR

ORIGIN = Origin(tenant="acme", bucket="archive")


def test_silent_flows_are_named_with_what_was_expected() -> None:
    """And those that are back beside them."""
    digest = flows_digest(
        {"Orders": (NOON, HOUR), "Stock": (None, timedelta(days=1))},
        {"Prices": NOON + HOUR},
        ORIGIN,
    )

    assert digest.subject == "[acme] Orders, Stock silent and Prices back"
    assert digest.body.splitlines()[:3] == [
        f"Orders has completed nothing since {NOON:%F %T}Z; expected is something every hour.",
        "Stock has completed nothing since it is watched; expected is something every day.",
        "Prices is back: it completed at 2026-11-22 13:00:00Z.",
    ]
    assert digest.attributes["severity"] == "silent"


def test_an_end_of_silence_alone_is_no_alarm() -> None:
    """Subscriptions filter by severity."""
    digest = flows_digest({}, {"Prices": NOON}, ORIGIN, ["sales", "finance"])

    assert digest.subject == "[acme] Prices back"
    assert digest.attributes["severity"] == "back"
    assert digest.attributes["kind"] == "flows"
    assert digest.attributes["team"] == ["sales", "finance"]
    assert digest.attributes["artifact"] == ["Prices"]


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (timedelta(minutes=1), "every minute."),
        (timedelta(minutes=90), "every 90 minutes."),
        (timedelta(hours=1), "every hour."),
        (timedelta(hours=36), "every 36 hours."),
        (timedelta(days=1), "every day."),
        (timedelta(days=7), "every 7 days."),
        (timedelta(seconds=90), "every minute."),
    ],
)
def test_an_interval_is_told_in_its_largest_unit(interval: timedelta, words: str) -> None:
    """As people say it."""
    body = flows_digest({"Orders": (NOON, interval)}, {}, ORIGIN).body

    assert f"expected is something {words}" in body


@pytest.mark.parametrize(
    ("names", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b and 2 more")],
)
def test_two_names_and_a_number_say_enough(names: list[str], words: str) -> None:
    """A subject has room for no more."""
    assert some(names) == words
