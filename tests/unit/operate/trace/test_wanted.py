"""What a story is asked for by."""

from __future__ import annotations

from datetime import timedelta

import click
import pytest

from operate.trace.wanted import RETENTION, Wanted, days_of
from tests.support.manual_clock import NOON
from tests.unit.samples import guid_of

DAY = timedelta(days=1)


def test_an_id_of_the_tenant_tells_the_second_of_its_creation() -> None:
    """So nobody has to say when it was."""
    assert Wanted.of(guid_of(1, NOON)).created == NOON
    assert Wanted.of("PO-4711").created is None


def test_a_header_is_a_name_and_a_value_which_may_hold_equals_signs() -> None:
    """Base64 ends with some."""
    wanted = Wanted.of("HEADER=key=a=b==")

    assert wanted.header == ("key", "a=b==")
    assert str(wanted) == "key = a=b=="


@pytest.mark.parametrize("text", ["", "HEADER=", "HEADER=name", "HEADER=name=", "HEADER==value"])
def test_what_names_nothing_is_refused(text: str) -> None:
    """It would find everything, or nothing."""
    with pytest.raises(click.UsageError):
        Wanted.of(text)


def test_a_record_meets_an_id_in_any_place_and_a_header_as_a_whole() -> None:
    """The same rule whoever looks."""
    record = {
        "MessageGuid": "a",
        "CorrelationId": "b",
        "ApplicationMessageId": "c",
        "CustomHeaderProperties": [{"Name": "n", "Value": "v"}],
    }

    assert all(Wanted(id=each).is_met_by(record) for each in "abc")
    assert not Wanted(id="d").is_met_by(record)
    assert Wanted(header=("n", "v")).is_met_by(record)
    assert not Wanted(header=("n", "w")).is_met_by(record)
    assert not Wanted(header=("n", "v")).is_met_by({"CustomHeaderProperties": None})


def test_versions_lie_between_the_creation_and_the_end_of_the_retention() -> None:
    """A tenant changes no log that it has deleted; nothing lies in the future."""
    first, last = days_of([NOON, NOON + DAY], NOON + 100 * DAY)
    assert first < NOON
    assert last > NOON + DAY + RETENTION

    _, last = days_of([NOON], NOON + DAY)
    assert last < NOON + 2 * DAY
