"""The whole examination: every step, in the order in which a run would meet what is wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export import __version__
from mpl_export.aws import client
from mpl_export.clock import SystemClock
from mpl_export.errors import AwsRefusedError
from mpl_export.exporter.doctor import check as check_module
from mpl_export.exporter.doctor.check import AWS, Means, check
from mpl_export.exporter.doctor.findings import Examination
from mpl_export.exporter.doctor.key_steps import understood
from operate.sap_tenant import SapTenant
from tests.support.exporter.environment import ENVIRONMENT
from tests.support.manual_clock import NOON
from tests.support.nobodys_aws import NOBODYS_AWS
from tests.support.operators.broken_setups import Kept, Setup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpl_export.settings import Settings


@pytest.fixture
def setup() -> Iterator[Setup]:
    """A set-up that works, with a tenant over real TLS."""
    tenant = SapTenant()
    tenant.add(status="COMPLETED")
    with tenant.serve() as server:
        yield Setup.working(server)


def test_the_answer_names_the_tenant_the_release_and_each_step(setup: Setup) -> None:
    """From what the settings say to what the archive holds."""
    answer = setup.examined()

    names = [step["name"] for step in answer.pop("steps")]
    assert answer == {
        "tenant": "acme",
        "purpose": "check",
        "healthy": True,
        "release": __version__,
    }
    assert names[:4] == ["settings", "secret", "service key", "certificate"]
    assert names[4:10:3] == ["token server: DNS", "API: DNS"]
    assert names[10:12] == ["token", "API"]
    assert names[-4:] == ["table", "bucket", "archive", "rules"]


def test_what_fails_in_the_middle_hides_nothing_of_the_end(setup: Setup) -> None:
    """Who mends one thing should know of the other."""
    well = [step["name"] for step in setup.examined()["steps"]]
    setup.kept.no_secret = AwsRefusedError("read", "the secret", "AccessDenied", "ask")
    setup.kept.no_write = AwsRefusedError("write", "the table", "AccessDenied", "ask")

    answer = setup.examined()

    failed = [step["name"] for step in answer["steps"] if step["verdict"] == "failed"]
    assert not answer["healthy"]
    assert failed == ["secret", "table"]
    assert [step["name"] for step in answer["steps"]] == well


def test_aws_is_asked_for_what_the_settings_name() -> None:
    """Where one is wrong, by a stand-in that nobody is asked for."""
    asked: dict[str, Settings] = {}

    def means(what: str, settings: Settings) -> Kept:
        asked[what] = settings
        return Kept("")

    answer = check(
        {name: value for name, value in ENVIRONMENT.items() if name != "ARCHIVE_BUCKET"},
        SystemClock(),
        Means(
            secret=lambda to: means("secret", to),
            table=lambda to: means("table", to),
            bucket=lambda to: means("bucket", to),
        ),
    )

    assert (answer["tenant"], answer["healthy"]) == ("acme", False)
    assert asked["secret"].service_key_secret == "secret"
    assert asked["table"].checkpoint_table == "table"
    verdicts = {step["name"]: step["verdict"] for step in answer["steps"]}
    assert (verdicts["settings"], verdicts["table"]) == ("failed", "ok")
    assert (verdicts["bucket"], verdicts["archive"]) == ("not checked", "not checked")


def test_without_any_setting_it_answers_all_the_same() -> None:
    """A function that was deployed by other means has to be told what it lacks."""
    kept = Kept("")
    means = Means(secret=lambda _: kept, table=lambda _: kept, bucket=lambda _: kept)

    answer = check({}, SystemClock(), means)

    assert (answer["tenant"], answer["healthy"]) == ("unknown", False)
    assert "SERVICE_KEY_SECRET" in answer["steps"][0]["seen"]
    assert kept.objects.held == {}


class Noted(Exception):  # noqa: N818 - it is no error
    """A call of AWS was about to be made."""


def test_the_means_of_the_function_are_those_of_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret, the table and the bucket of the settings."""
    asked: list[tuple[str, object]] = []

    def note(params: dict[str, object], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        names = ("SecretId", "TableName", "Bucket")
        asked.extend((model.name, params[name]) for name in names if name in params)
        raise Noted

    def noting(service: Any) -> Any:  # noqa: ANN401 - any of them
        made = client(service)
        made.meta.events.register("provide-client-params", note)
        return made

    for name, value in NOBODYS_AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(check_module, "client", noting)
    settings = understood(ENVIRONMENT, NOON, Examination()).settings

    for ask in (
        AWS.secret(settings).current,
        AWS.table(settings).read,
        partial(AWS.bucket(settings).get, "key"),
    ):
        with pytest.raises(Noted):
            ask()

    assert asked == [("GetSecretValue", "secret"), ("GetItem", "table"), ("GetObject", "archive")]
