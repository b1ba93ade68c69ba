"""The doctor in the function: what is broken is named, and hides nothing else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export import __version__
from mpl_export.archive.layout import probe_key
from mpl_export.exporter import handler as exporter
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now
from tests.support.exporter.exporter_resources import Resources
from tests.support.invocation import Invocation
from tests.support.operators.broken_setups import BROKEN, TENANT, Broken, Setup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.emulated.emulator import Emulator
    from operate.sap_tenant.server import SapTenantServer

STEPS = [
    "settings",
    "secret",
    "service key",
    "certificate",
    "token server: DNS",
    "token server: connection",
    "token server: TLS",
    "API: DNS",
    "API: connection",
    "API: TLS",
    "token",
    "API",
    "$metadata",
    "clocks",
    "one page",
    "runtime artifacts",
    "table",
    "bucket",
    "archive",
    "rules",
]


@pytest.fixture
def server() -> Iterator[SapTenantServer]:
    """A tenant with a day's logs."""
    tenant = SapTenant(seed=5)
    now = utc_now()
    for minutes in range(20):
        tenant.add(log_end=now - timedelta(minutes=minutes + 1))
    with tenant.serve() as running:
        yield running


@pytest.fixture
def setup(server: SapTenantServer) -> Setup:
    """A set-up that works."""
    return Setup.working(server)


def verdicts(result: dict[str, Any], verdict: str) -> tuple[str, ...]:
    """The names of the steps with that verdict."""
    return tuple(step["name"] for step in result["steps"] if step["verdict"] == verdict)


def test_a_set_up_that_works_is_healthy_in_every_step(setup: Setup) -> None:
    """A doctor who finds something in the healthy is believed by nobody."""
    result = setup.examined()

    assert [step["name"] for step in result["steps"]] == STEPS
    assert verdicts(result, "ok") == tuple(STEPS)
    assert result["healthy"]
    assert (result["tenant"], result["purpose"]) == (TENANT, "check")
    assert result["release"] == __version__
    assert all(step["seen"] for step in result["steps"])


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_what_is_broken_is_named_and_hides_nothing_else(setup: Setup, broken: Broken) -> None:
    """The step that fails is the one that is broken; only what rests on it is left out."""
    broken.how(setup)

    result = setup.examined()

    assert verdicts(result, "failed") == broken.failed
    assert set(verdicts(result, "not checked")) == set(broken.hidden)
    assert not result["healthy"]
    first = next(step for step in result["steps"] if step["verdict"] == "failed")
    for word in broken.words:
        assert word in f"{first['seen']} | {first['do']}"
    assert all(step["do"] for step in result["steps"] if step["verdict"] == "failed")


def test_enough_is_broken() -> None:
    """Each in a way of its own."""
    assert len({broken.name for broken in BROKEN}) == len(BROKEN) >= 20


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_nothing_secret_is_told(setup: Setup, broken: Broken) -> None:
    """What the doctor says is mailed around when people ask for help."""
    key = json.loads(setup.kept.text)
    broken.how(setup)

    told = json.dumps(setup.examined())

    private = [line for line in key["key"].splitlines() if len(line) > 40]
    assert private
    assert not [line for line in private if line in told]
    assert not [token for token in setup.tenant.tokens._expiry if token in told]


def test_a_client_secret_has_no_certificate_and_that_is_well(setup: Setup) -> None:
    """It works too; it just does not end by itself."""
    setup.kept.text = json.dumps(setup.server.service_key("secret"))

    result = setup.examined()

    assert result["healthy"]
    assert "client secret" in result["steps"][3]["seen"]


def test_a_tenant_that_closes_its_metadata_is_healthy(setup: Setup) -> None:
    """Some gateways do; the logs can be read without."""
    setup.tenant.behaviour.refuse_metadata = 404

    result = setup.examined()

    assert result["healthy"]
    (step,) = (each for each in result["steps"] if each["name"] == "$metadata")
    assert "closed to us" in step["seen"]


def test_a_quiet_tenant_is_healthy_and_told_what_else_it_may_be(setup: Setup) -> None:
    """An access policy looks just the same."""
    for row in setup.tenant.rows():
        setup.tenant.remove(str(row["MessageGuid"]))

    result = setup.examined()

    (step,) = (each for each in result["steps"] if each["name"] == "one page")
    assert step["verdict"] == "ok"
    assert "access policy" in step["do"]


def test_a_role_that_covers_the_logs_only_is_not_called_well(setup: Setup) -> None:
    """The export does without, but nobody would be told of a flow that stopped."""
    setup.tenant.artifacts.closed = True

    result = setup.examined()

    step = of_artifacts(result)
    assert (step["verdict"], result["healthy"]) == ("not checked", False)
    assert verdicts(result, "failed") == ()
    assert "does not cover them: logs are exported" in step["seen"]
    assert "MonitoringDataRead" in step["do"]
    assert "RuntimeArtifacts to off" in step["do"]
    setup.tenant.artifacts.closed = False
    setup.tenant.artifacts.deploy("Stock")
    step = of_artifacts(setup.examined())
    assert (step["verdict"], step["seen"], step["do"]) == ("ok", "1 deployed", "")


@pytest.mark.parametrize("closed", [True, False])
def test_artifacts_that_nobody_wants_are_off_and_not_asked_for(
    setup: Setup,
    closed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Who has switched them off is as well as can be, whatever the role covers."""
    setup.environment["RUNTIME_ARTIFACTS"] = "off"
    setup.tenant.artifacts.closed = closed

    result = setup.examined()

    step = of_artifacts(result)
    assert (step["verdict"], result["healthy"]) == ("off", True)
    assert step["seen"] == "RuntimeArtifacts is off: flows that stop are not told"


def of_artifacts(result: dict[str, Any]) -> dict[str, Any]:
    """The step of that name."""
    (step,) = (each for each in result["steps"] if each["name"] == "runtime artifacts")
    return dict(step)


def test_the_rules_in_force_are_named_with_what_they_hold(setup: Setup) -> None:
    """Who asks why nobody was told sees the number and the teams, without the archive."""
    assert setup.examined()["steps"][-1]["seen"] == "none in force: nobody has put any"
    setup.put_rules(
        b"default = 'platform'\n[owners]\n'Sales' = 'sales'\n"
        b"[[mute]]\nname = 'n'\nreason = 'r'\nartifact = '*'\nuntil = 2020-01-01T00:00:00Z\n"
        b"[[mask]]\nname = 'iban'\npattern = 'DE\\d{20}'\n"
    )

    result = setup.examined()

    assert result["healthy"]
    assert result["steps"][-1]["name"] == "rules"
    assert result["steps"][-1]["seen"] == (
        "number 3 is in force: 0 routes, 1 owner, 1 mute (1 ended), 1 mask; "
        "teams: platform, sales, unassigned"
    )


def test_a_second_check_writes_nothing(setup: Setup) -> None:
    """One object for ever, however often one asks."""
    setup.examined()
    held = dict(setup.kept.objects.held)

    assert setup.examined()["healthy"]
    assert setup.kept.objects.held == held
    assert set(held) == {probe_key(TENANT)}


@pytest.mark.emulator
def test_the_handler_answers_on_aws(
    aws: Emulator, server: SapTenantServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real adapters: nothing is stored but the probe, and the checkpoint stays away."""
    resources = Resources.make(aws, "doctor", json.dumps(server.service_key()))
    settings = {"TENANT_CA_PEM": server.ca_pem, "TMPDIR": "/tmp"}  # noqa: S108 - as in Lambda
    for name, value in resources.environment(settings).items():
        monkeypatch.setenv(name, value)

    result = exporter.handler({"check": True}, Invocation("exporter", 60))  # type: ignore[arg-type]

    assert verdicts(result, "failed") == ()
    assert result["healthy"]
    listed = aws.client("s3").list_objects_v2(Bucket=resources.name)["Contents"]
    assert [each["Key"] for each in listed] == [probe_key(resources.tenant)]
    assert resources.item() == {}
