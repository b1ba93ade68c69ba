"""How a story reads."""

from __future__ import annotations

import pytest

from operate.trace.show import artifact_name, duration, seconds_of


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0123, "12 ms"),
        (59.94, "59.9 s"),
        (61, "1 min 1 s"),
        (59.96, "1 min"),
        (2.0, "2 s"),
        (3_599.6, "1 h"),
        (30 * 3_600, "30 h"),
        (75 * 3_600, "3 d 3 h"),
        (-90, "-1 min 30 s"),
    ],
)
def test_a_duration_has_the_units_that_matter(seconds: float, text: str) -> None:
    """A clock that runs ahead makes some negative, and that is shown as it is."""
    assert duration(seconds) == text


def test_an_artifact_without_a_name_goes_by_what_is_known() -> None:
    """Its id, the deprecated property, or nothing at all."""
    assert artifact_name({"IntegrationArtifact": {"Id": "x", "Name": "X y"}}) == "X y"
    assert artifact_name({"IntegrationArtifact": {"Id": "x", "Name": None}}) == "x"
    assert artifact_name({"IntegrationFlowName": "flow"}) == "flow"
    assert artifact_name({"IntegrationArtifact": None}) == "(no artifact)"


def test_a_version_without_dates_has_no_duration() -> None:
    """Zero would be an answer."""
    assert seconds_of({"LogStart": None, "LogEnd": "2026-11-22T12:00:00.000Z"}) is None
    assert (
        seconds_of({"LogStart": "2026-11-22T11:00:00.000Z", "LogEnd": "2026-11-22T12:00:00.000Z"})
        == 3_600
    )
