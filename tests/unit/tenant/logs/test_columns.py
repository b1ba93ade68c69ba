"""Columns of a page, by the types of their properties; what is unusual is left to the long way."""

from typing import Any

import pytest

from mpl_export.tenant.logs.columns import READERS, UnusualError, unknown_column

LINK = {"__deferred": {"uri": "https://h/x"}}
USUAL: list[tuple[str, list[Any], list[Any] | None]] = [
    ("Status", ["FAILED", None, ""], ["FAILED", None, ""]),
    ("LogEnd", ["/Date(0)/", "/Date(-5)/"], [0, -5]),
    ("LogEnd", ["/Date(7)/", "/Date(8)/"], [7, 8]),
    ("LogEnd", ["/Date(7)/", None, ""], [7, None, None]),
    ("LogEnd", ["/Date(7+0000)/"], [7]),
    ("ArchivingLogAttachments", [True, None], [True, None]),
    ("IntegrationArtifact", [{"__metadata": {}, "Id": "a"}, None], [{"Id": "a"}, None]),
    ("IntegrationArtifact", [LINK, LINK], None),
    ("CustomHeaderProperties", [LINK], None),
    (
        "CustomHeaderProperties",
        [{"results": [{"Id": "1", "Name": "n", "Value": None}]}, None],
        [[{"Name": "n", "Value": None}], None],
    ),
    ("__metadata", [{"id": "x"}], None),
    ("Version", ["not ours"], None),
]
UNUSUAL: list[tuple[str, list[Any]]] = [
    ("Status", [7]),
    ("LogEnd", ["/Date(soon)/"]),
    ("LogEnd", ["/Date(1)/", "1)/\n/Date(2"]),
    ("LogEnd", ["/Date(12345678901234567)/"]),
    ("ArchivingLogAttachments", ["true"]),
    ("IntegrationArtifact", [{"id": "folded"}]),
    ("IntegrationArtifact", [{"Id": 7}]),
    ("IntegrationArtifact", [LINK, {"Id": "a"}]),
    ("CustomHeaderProperties", ["text"]),
    ("CustomHeaderProperties", [[{"Name": "n", "Value": {}}]]),
]


@pytest.mark.parametrize(("name", "column", "read"), USUAL)
def test_a_usual_column_is_read(name: str, column: list[Any], read: list[Any] | None) -> None:
    """To what the records hold; to nothing where they hold nothing of it."""
    assert READERS[name](column) == read


@pytest.mark.parametrize(("name", "column"), UNUSUAL)
def test_an_unusual_value_is_left_to_the_long_way(name: str, column: list[Any]) -> None:
    """By one error, whatever is unusual about it."""
    with pytest.raises((UnusualError, TypeError, KeyError)):
        READERS[name](column)


def test_an_unknown_property_is_kept_where_it_is_plain() -> None:
    """Links are nothing to keep, and anything else takes the long way."""
    assert unknown_column(["x", 1, 2.5, None, True]) == ["x", 1, 2.5, None, True]
    assert unknown_column([LINK, LINK]) is None
    with pytest.raises(UnusualError):
        unknown_column([{"a": 1}])
