"""Values that are not as usual: what can be read of each, by the type of its property."""

from typing import Any

import pytest

from mpl_export.tenant.logs.odd_values import (
    DEEPEST,
    READERS,
    OddError,
    is_deferred,
    number_of,
    unknown_value,
    utf8_text,
)

DEEP: Any = 7
for _ in range(DEEPEST + 2):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("Sender", "half a \ud800 pair", "half a \ufffd pair"),
        ("Sender", None, None),
        ("LogEnd", "/Date(0+0100)/", "1970-01-01T00:00:00.000Z"),
        ("LogEnd", "", None),
        ("ArchivingLogAttachments", "TRUE", True),
        ("ArchivingLogAttachments", "", None),
        ("IntegrationArtifact", {"Id": "a", "__metadata": {}, "x": [1]}, {"Id": "a", "x": [1]}),
        ("AdapterAttributes", {"results": [{"Name": "n"}]}, [{"Name": "n", "Value": None}]),
    ],
)
def test_a_value_of_its_type_is_read(name: str, value: object, read: object) -> None:
    """In every spelling that a tenant was seen to use."""
    assert READERS[name](value) == read


@pytest.mark.parametrize(
    ("name", "value", "readable"),
    [
        ("Sender", 7, None),
        ("MessageGuid", "a\ud800", None),
        ("MessageGuid", "", None),
        ("LogEnd", "/Date(9999999999999999)/", None),
        ("ArchivingLogAttachments", "perhaps", None),
        ("IntegrationArtifact", {"Id": 7, "Name": "n"}, {"Name": "n"}),
        ("IntegrationArtifact", {"id": "folded", "Name": "n"}, {"Name": "n"}),
        ("AdapterAttributes", [{"Name": "n"}, 7], [{"Name": "n", "Value": None}]),
    ],
)
def test_of_another_type_what_is_readable_is_kept(
    name: str, value: object, readable: object
) -> None:
    """The row is odd, and still tells what it can."""
    with pytest.raises(OddError) as caught:
        READERS[name](value)

    assert caught.value.readable == readable


def test_an_unknown_value_loses_the_protocols_members_only() -> None:
    """Whatever a tenant shows next year is kept."""
    value = {"results": [{"__metadata": {}, "a": 1, "b": {"__deferred": {}}}, "x"]}

    assert unknown_value(value) == [{"a": 1}, "x"]
    assert is_deferred({"__deferred": {"uri": "x"}})
    assert not is_deferred("__deferred")


def test_what_is_too_deep_to_be_written_is_odd() -> None:
    """No row may end a run by its depth."""
    with pytest.raises(OddError):
        unknown_value({"x": DEEP})


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (2**64 - 1, 2**64 - 1),
        (-(2**63), -(2**63)),
        (2**64, 2.0**64),
        (10**400, float("inf")),
        (-(10**400), float("-inf")),
    ],
)
def test_a_number_is_as_orjson_reads_it(number: int, read: float) -> None:
    """Otherwise a row would have two versions, one for each parser."""
    assert number_of(number) == read
    assert type(number_of(number)) is type(read)


def test_text_of_usual_letters_is_the_same_object() -> None:
    """Most of it is ASCII, which has no surrogates."""
    assert utf8_text("plain") == "plain"
    with pytest.raises(OddError):
        utf8_text(None)
