"""Settings: what an operator gets without deciding, and what is refused by name."""

from datetime import UTC, datetime, timedelta

import pytest

from mpl_export.errors import SettingsError
from mpl_export.settings import Settings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEEDED = {
    "TENANT": "demo",
    "SERVICE_KEY_SECRET": "arn:aws:secretsmanager:eu-central-1:0:secret:key",
    "ARCHIVE_BUCKET": "archive",
    "CHECKPOINT_TABLE": "checkpoint",
}


def settings(**environment: str) -> Settings:
    """Settings of an environment that has what is needed, and this."""
    return Settings.from_env({**NEEDED, **environment}, NOON)


def test_a_stack_with_nothing_decided_has_the_documented_defaults() -> None:
    """The table of docs/settings.md names these."""
    assert settings() == Settings(
        tenant="demo",
        service_key_secret=NEEDED["SERVICE_KEY_SECRET"],
        archive_bucket="archive",
        checkpoint_table="checkpoint",
        start_from="P30D",
        overlap=timedelta(minutes=15),
        page_concurrency=4,
        error_texts=True,
        expand=(),
        alert_max_age=timedelta(hours=24),
        alert_statuses=("FAILED", "ESCALATED"),
        tenant_retention=timedelta(days=30),
        archive_retention=None,
        tenant_ca_pem="",
        seal_key="",
        runtime_artifacts="on",
    )


def test_every_setting_is_read() -> None:
    """Each under its own variable."""
    chosen = settings(
        START_FROM="2026-01-01T00:00:00Z",
        OVERLAP_MINUTES="30",
        PAGE_CONCURRENCY="8",
        ERROR_TEXT="off",
        EXPAND="AdapterAttributes, CustomHeaderProperties,",
        ALERT_MAX_AGE_HOURS="48",
        ALERT_STATUSES="FAILED,CANCELLED,FAILED",
        TENANT_RETENTION_DAYS="90",
        ARCHIVE_RETENTION_DAYS="95",
        TENANT_CA_PEM="-----BEGIN CERTIFICATE-----",
    )

    assert chosen.start_from == "2026-01-01T00:00:00Z"
    assert chosen.overlap == timedelta(minutes=30)
    assert chosen.page_concurrency == 8
    assert not chosen.error_texts
    assert chosen.expand == ("AdapterAttributes", "CustomHeaderProperties")
    assert chosen.alert_max_age == timedelta(hours=48)
    assert chosen.alert_statuses == ("FAILED", "CANCELLED")
    assert chosen.tenant_retention == timedelta(days=90)
    assert chosen.archive_retention == timedelta(days=95)
    assert chosen.tenant_ca_pem == "-----BEGIN CERTIFICATE-----"


@pytest.mark.parametrize(
    "name", ["START_FROM", "OVERLAP_MINUTES", "ERROR_TEXT", "EXPAND", "TENANT_CA_PEM"]
)
def test_an_empty_setting_is_an_absent_one(name: str) -> None:
    """CloudFormation passes an empty parameter as an empty variable."""
    assert settings(**{name: " "}) == settings()


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", ["", "  ", None])
def test_what_is_missing_is_named(name: str, value: str | None) -> None:
    """The operator has to know which template parameter to look at."""
    environment = {key: text for key, text in NEEDED.items() if key != name}
    if value is not None:
        environment[name] = value

    with pytest.raises(SettingsError, match=f"{name} is missing") as caught:
        Settings.from_env(environment, NOON)

    assert caught.value.name == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TENANT", "a/b"),
        ("TENANT", "../x"),
        ("TENANT", "dt=1"),
        ("TENANT", "ümlaut"),
        ("TENANT", "-begins-with-a-hyphen"),
        ("TENANT", "x" * 64),
        ("TENANT", "two words"),
        ("START_FROM", "last week"),
        ("START_FROM", "P1M"),
        ("START_FROM", "P99999DT"),
        ("START_FROM", "P999999W"),
        ("OVERLAP_MINUTES", "0"),
        ("OVERLAP_MINUTES", "1441"),
        ("OVERLAP_MINUTES", "15.5"),
        ("OVERLAP_MINUTES", "0000014409"),
        ("ARCHIVE_RETENTION_DAYS", "-1"),
        ("ARCHIVE_RETENTION_DAYS", "36501"),
        ("OVERLAP_MINUTES", "-15"),
        ("OVERLAP_MINUTES", "+15"),
        ("OVERLAP_MINUTES", "\u0661\u0665"),
        ("OVERLAP_MINUTES", "15" + "0" * 5000),
        ("OVERLAP_MINUTES", "fifteen"),
        ("PAGE_CONCURRENCY", "0"),
        ("PAGE_CONCURRENCY", "17"),
        ("ERROR_TEXT", "yes"),
        ("ERROR_TEXT", "ON"),
        ("EXPAND", "ErrorInformation"),
        ("EXPAND", "CustomHeaderProperties,Runs"),
        ("ALERT_MAX_AGE_HOURS", "0"),
        ("ALERT_MAX_AGE_HOURS", "721"),
        ("ALERT_STATUSES", "failed"),
        ("ALERT_STATUSES", "FAILED, ESCALATED"),
        ("TENANT_RETENTION_DAYS", "0"),
        ("TENANT_RETENTION_DAYS", "3651"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(name: str, value: str) -> None:
    """Refused at the start of a run, not guessed at; and told by name, never by value."""
    with pytest.raises(SettingsError) as caught:
        settings(**{name: value})

    assert caught.value.name == name
    assert name in str(caught.value)
    assert "template parameter" in str(caught.value)
    if len(value) > 4:
        assert value not in str(caught.value)


@pytest.mark.parametrize("tenant", ["a", "prod.eu-10_x", "x" * 63, "0"])
def test_a_tenant_may_have_any_usual_name(tenant: str) -> None:
    """Letters, digits, dots, hyphens and underscores go into keys and dimensions unchanged."""
    assert settings(TENANT=tenant).tenant == tenant


@pytest.mark.parametrize("days", ["34", "1"])
def test_an_archive_that_forgets_before_the_tenant_is_refused(days: str) -> None:
    """What it has deleted would be exported again, under numbers that were used before."""
    with pytest.raises(SettingsError, match="at least 35") as caught:
        settings(ARCHIVE_RETENTION_DAYS=days)

    assert caught.value.name == "ARCHIVE_RETENTION_DAYS"


@pytest.mark.parametrize("days", ["0", "35", "36500"])
def test_an_archive_that_keeps_longer_than_the_tenant_is_taken(days: str) -> None:
    """By five days, in which the runs may be behind; 0 keeps for ever."""
    keeps = settings(ARCHIVE_RETENTION_DAYS=days).archive_retention

    assert keeps == (timedelta(days=int(days)) or None)


def test_no_secret_pasted_into_the_wrong_place_is_repeated() -> None:
    """Whoever pastes the service key into a setting must not find it in the log."""
    key = '{"clientsecret": "s3cr3t-s3cr3t", "key": "-----BEGIN RSA PRIVATE KEY-----"}'
    names = ("TENANT", "START_FROM", "OVERLAP_MINUTES", "ERROR_TEXT", "EXPAND")

    for name in names:
        with pytest.raises(SettingsError) as caught:
            settings(**{name: key})
        chain: list[BaseException] = [caught.value]
        while (cause := chain[-1].__cause__) is not None:
            chain.append(cause)
        assert all("s3cr3t" not in f"{error!s}{error!r}" for error in chain), name
