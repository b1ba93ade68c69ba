"""The notifier's settings are read once, and what is wrong is named."""

import pytest

from mpl_export.errors import SettingsError
from mpl_export.notifier.digest import Origin
from mpl_export.notifier.settings import NotifierSettings
from tests.unit.samples import DAY

NEEDED = {
    "TENANT": "acme",
    "ARCHIVE_BUCKET": "bucket",
    "CHECKPOINT_TABLE": "table",
    "ALERT_TOPIC": "topic",
}


def test_defaults() -> None:
    """Who sets nothing is told FAILED and ESCALATED of the last day, with their texts."""
    settings = NotifierSettings.from_env(NEEDED)

    assert settings.alert_statuses == ("FAILED", "ESCALATED")
    assert settings.event_bus == "default"
    assert settings.error_text
    assert settings.origin == Origin(tenant="acme", bucket="bucket")
    assert settings.alert_max_age == DAY
    assert not settings.expected_flows


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_missing_is_named(name: str) -> None:
    """A deployment by other means than the template may forget one."""
    with pytest.raises(SettingsError) as caught:
        NotifierSettings.from_env({**NEEDED, name: " "})

    assert caught.value.name == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_STATUSES", "failed"),
        ("ALERT_STATUSES", "FAILED, ESCALATED"),
        ("ALERT_ERROR_TEXT", "yes"),
        ("ALERT_TIME_ZONE", "Middle-earth/Shire"),
        ("ALERT_TIME_ZONE", "../etc/passwd"),
        ("ALERT_TIME_ZONE", "Europe"),
        ("EXPECTED_FLOWS", "Orders"),
        ("ALERT_MAX_AGE_HOURS", "0"),
    ],
)
def test_what_cannot_be_understood_is_named(name: str, value: str) -> None:
    """With the parameter to correct."""
    with pytest.raises(SettingsError) as caught:
        NotifierSettings.from_env({**NEEDED, name: value})

    assert caught.value.name == name
