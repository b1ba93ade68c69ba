"""One short line of ASCII, and what it makes of what does not fit."""

import pytest

from mpl_export.notifier.subject import (
    SUBJECT_CHARACTERS,
    in_ascii,
    name_in_ascii,
    shortened,
    subject_line,
)


@pytest.mark.parametrize(
    ("text", "within", "short"),
    [
        ("short", 5, "short"),
        ("a longer text", 10, "a longe..."),
        ("ends in a blank", 10, "ends in..."),
        ("order number 4500017711", 20, "order number..."),
        ("order number 45", 15, "order number 45"),
        ("order number 12, more", 18, "order number 12..."),
        ("01234567890123", 10, "0123456..."),
    ],
)
def test_what_was_cut_ends_with_dots_and_holds_no_half_number(
    text: str, within: int, short: str
) -> None:
    """Half an order's number is that of another order; a text of digits is cut all the same."""
    assert shortened(text, within) == short
    assert len(short) <= within


def test_a_long_tenant_does_not_eat_the_line() -> None:
    """SNS takes less than 100 characters, all of them ASCII."""
    line = subject_line(
        "a-very-long-name-of-a-tenant", "NEW 1 FAILED: Order to Cash \u2013 " + "x" * 99
    )

    assert line.startswith("[a-very-long-name-...] NEW 1 FAILED: Order to Cash - xxx")
    assert len(line) == SUBJECT_CHARACTERS
    assert line.isascii()


def test_a_name_that_ascii_cannot_show_becomes_the_id() -> None:
    """A row of question marks tells nobody anything."""
    assert in_ascii("注文から入金") is None
    assert name_in_ascii("注文から入金", "Order_to_Cash") == "Order_to_Cash"
    assert name_in_ascii("Größe & Menge", "Size") == "Grosse & Menge"
