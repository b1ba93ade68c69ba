"""Single values: what is taken, as what, and why others are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from mpl_export.rules import values
from mpl_export.rules.masking import PLACES
from mpl_export.rules.values import WrongError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_one_text_is_a_list_of_one() -> None:
    """People write either."""
    assert values.strings("a") == ["a"]
    assert values.strings(["a", "b"]) == ["a", "b"]


def test_a_team_that_is_named_twice_is_told_once() -> None:
    """In the order of the file."""
    assert values.teams_in(["b", "a", "b"]) == ("b", "a")


def test_patterns_are_wildcards_for_all_of_it_or_expressions_for_a_part() -> None:
    """But an error text is looked through by either, in any case."""
    artifact = values.any_of(["Order_*", "/HTTP 50[34]/"], "artifact")
    text = values.any_of("duplicate order", "text")

    assert artifact.fits(["Order_to_Cash"])
    assert not artifact.fits(["An Order_to_Cash"])
    assert artifact.fits(["got HTTP 503 back"])
    assert text.fits(["Duplicate Order 4711"])
    assert values.any_of("/", "artifact").fits(["/"])


def test_headers_are_found_in_any_case() -> None:
    """As HTTP has it."""
    (name,) = values.header_names("X-*-Token")

    assert name.match("x-sap-token")


def test_an_instant_is_kept_in_utc() -> None:
    """Whatever zone it was written in."""
    written = datetime(2026, 12, 1, 7, tzinfo=timezone(timedelta(hours=1)))

    assert values.instant_in(written) == written
    assert values.instant_in(written).tzinfo is UTC


def test_all_places_are_taken() -> None:
    """Each by its name; what stands beside them is spelled by the refusal."""
    assert values.places_in(list(PLACES)) == set(PLACES)


@pytest.mark.parametrize(
    ("read", "value", "reason"),
    [
        (values.strings, [], "must be a text"),
        (values.strings, ["a", 1], "must be a text"),
        (values.strings, "", "must be a text"),
        (values.teams_in, "x" * 41, "1 to 40 letters"),
        (values.teams_in, "unassigned", "no rule gives to a team"),
        (values.expressions, "(a)", "groups"),
        (values.header_names, "sender", "names Sender, which is part of"),
        (values.header_names, "x" * 301, "1 to 300"),
        (values.places_in, "LogEnd", "names LogEnd, which is part of"),
        (values.places_in, "Body", "masks reach ErrorText"),
        (values.name_in, "a b", "1 to 60 letters"),
        (values.name_in, 7, "1 to 60 letters"),
        (values.reason_in, "x" * 301, "1 to 300 characters"),
        (values.reason_in, "a\nb", "one line"),
        (values.instant_in, "2026-12-01", "with its zone"),
        (values.instant_in, datetime(2026, 12, 1), "with its zone"),  # noqa: DTZ001 - the case
    ],
)
def test_a_refusal_says_what_to_write(
    read: Callable[[object], object], value: object, reason: str
) -> None:
    """It goes on after the key's name."""
    with pytest.raises(WrongError, match=reason):
        read(value)
