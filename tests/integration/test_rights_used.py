"""The role's statements against the calls that the exporter really makes: neither has more.

The calls are noted by a hook of the SDK while the real handler lives through all that makes it
call AWS.  That the role suffices where rights are enforced is shown by the end-to-end tests.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from mpl_export.archive.layout import part_key
from mpl_export.errors import TenantUnavailableError
from mpl_export.exporter import handler as exporter
from mpl_export.instants import iso_instant
from mpl_export.model import window_of
from tests.packaging.template import Stack, load
from tests.support.premises import Premises
from tests.support.role_rights import Call, Grant, grants_of, recorded_calls
from tests.support.sap_tenant import SapTenant, failing_interval
from tests.support.sap_tenant.moments import utc_now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.emulator import Emulator
    from tests.support.sap_tenant.server import SapTenantServer

pytestmark = pytest.mark.emulator

_NOT_BY_THE_CODE: Final = {
    "logs:CreateLogStream": "Lambda writes what the function prints",
    "logs:PutLogEvents": "Lambda writes what the function prints",
    "sqs:SendMessage": "Lambda keeps the events of runs that failed",
}
"""What Lambda itself does by the role, so that no hook inside the function can see it."""

_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a function about its invocation."""

    aws_request_id: str
    function_name: str = "exporter"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:exporter"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the run."""
        return 60_000


@dataclass(frozen=True, slots=True)
class Lived:
    """An exporter that has lived through everything.

    Attributes:
        calls: The calls that it made.
        grants: What its role allows.
    """

    premises: Premises
    calls: set[Call]
    grants: list[Grant]


@pytest.fixture(scope="module")
def lived(aws: Emulator) -> Iterator[Lived]:
    """Live through everything, once."""
    tenant = SapTenant(seed=13)
    now = utc_now()
    tenant.populate(60, now - _HOUR, now)
    with tenant.serve() as server, pytest.MonkeyPatch.context() as patch:
        premises = Premises.make(aws, "rights", json.dumps(server.service_key()))
        for name, value in _environment(premises, server).items():
            patch.setenv(name, value)
        table = aws.client("dynamodb").describe_table(TableName=premises.name)["Table"]["TableArn"]
        with recorded_calls({premises.name: table}) as calls:
            _live(tenant, server, premises, now)
            yield Lived(
                premises=premises,
                calls=calls,
                grants=grants_of(
                    _statements(premises.tenant),
                    {
                        "<Archive.Arn>": f"arn:aws:s3:::{premises.name}",
                        "<Checkpoints.Arn>": table,
                        "<ServiceKey.Id>": premises.secret,
                    },
                ),
            )
    exporter._container.cache_clear()


def test_the_code_makes_no_call_that_the_role_does_not_allow(lived: Lived) -> None:
    """A right that is missing shows only in the cloud, in the branch that is taken once a year."""
    denied = [call for call in lived.calls if not any(grant.allows(call) for grant in lived.grants)]

    assert denied == []


def test_the_role_allows_nothing_that_the_code_does_not_do(lived: Lived) -> None:
    """Each action on each resource was called, but for what Lambda does by the same role."""
    unused = {
        (grant.action, grant.resource)
        for grant in lived.grants
        if not any(grant.allows(call) for call in lived.calls)
    }

    assert {action for action, _ in unused} == set(_NOT_BY_THE_CODE)


@pytest.mark.parametrize(
    ("action", "path"),
    [
        ("s3:PutObject", "mpl/v1/tenant=another/dt=2026-11-22/1200Z-0000.jsonl.gz"),
        ("s3:GetObject", "mpl/v1/tenant={tenant}x/dt=2026-11-22/1200Z-0000.jsonl.gz"),
        ("s3:PutObject", "sources/tenant=another.json"),
        ("s3:GetObject", "elsewhere"),
        ("s3:DeleteObject", "mpl/v1/tenant={tenant}/dt=2026-11-22/1200Z-0000.jsonl.gz"),
    ],
)
def test_the_role_matches_what_is_its_own_only(lived: Lived, action: str, path: str) -> None:
    """A pattern that is too wide is not seen by comparing it with calls that are right."""
    key = path.format(tenant=lived.premises.tenant)
    call = Call(action, f"arn:aws:s3:::{lived.premises.name}/{key}")

    assert not any(grant.allows(call) for grant in lived.grants)


@pytest.mark.parametrize("prefix", ["", "mpl/", "mpl/v1/tenant=another/", "sources/"])
def test_the_role_lists_its_own_parts_only(lived: Lived, prefix: str) -> None:
    """Listing is a right to the bucket, which only its condition narrows."""
    bucket = f"arn:aws:s3:::{lived.premises.name}"
    call = Call("s3:ListBucket", bucket, (("s3:prefix", prefix),))

    assert not any(grant.allows(call) for grant in lived.grants)


def test_the_role_reads_the_items_of_its_tenant_only(lived: Lived) -> None:
    """Another tenant's position may lie in the same table one day."""
    own = next(call for call in lived.calls if call.action == "dynamodb:GetItem")
    other = Call(own.action, own.resource, (("dynamodb:LeadingKeys", "another"),))

    assert any(grant.allows(own) for grant in lived.grants)
    assert not any(grant.allows(other) for grant in lived.grants)


def _live(tenant: SapTenant, server: SapTenantServer, premises: Premises, now: datetime) -> None:
    """All that makes the exporter call AWS: each way through a run, and the errors of each call."""
    assert _invoke({})["caught_up"]
    tenant.add(status="FAILED", log_end=now - timedelta(minutes=2), error_text="no route")
    exporter._container.cache_clear()  # a cold container reads the parts that there are
    assert _invoke({})["versions_stored"]
    assert _invoke({"since": "P2D", "purpose": "reconcile"})["caught_up"]
    assert _invoke({"since": "PT1H", "until": "PT30M"})["caught_up"]

    # Another run holds the lease: the position is read all the same.
    later = iso_instant(datetime.now(UTC) + _HOUR)
    premises.set_item(owner="another run", held_until=later)
    assert not _invoke({})["caught_up"]
    premises.set_item(held_until=iso_instant(now))

    # A part appears between our look at the window and our put.
    late = tenant.add(log_end=now - timedelta(minutes=3))
    window = window_of(now - timedelta(minutes=3))
    held = [key for key in premises.parts() if key.startswith(_prefix(premises, window))]
    taken = part_key(premises.tenant, window, len(held))
    premises.aws.client("s3").put_object(
        Bucket=premises.name, Key=taken, Body=premises.parts()[held[0]]
    )
    assert _invoke({"since": "PT1H"})["versions_stored"] == 1, late

    # A millisecond that the tenant cannot show is noted.
    stuck = now - timedelta(minutes=1)
    fault = tenant.faults.add(failing_interval(stuck))
    with pytest.raises(TenantUnavailableError):
        _invoke({})
    tenant.faults.remove(fault)

    # The key in the secret is not taken: it is read afresh, then its previous version is.
    secrets = premises.aws.client("secretsmanager")
    good = json.dumps(server.service_key())
    revoked = good.replace(tenant.clients.client_id, "nobody")
    secrets.put_secret_value(SecretId=premises.secret, SecretString=good)
    secrets.put_secret_value(SecretId=premises.secret, SecretString=revoked)
    exporter._container.cache_clear()
    assert _invoke({})["caught_up"]


def _invoke(event: dict[str, object]) -> dict[str, Any]:
    context = Context(f"run-{datetime.now(UTC).timestamp()}")
    return exporter.handler(event, context)  # type: ignore[arg-type]  # all that the handler asks


def _environment(premises: Premises, server: SapTenantServer) -> dict[str, str]:
    return premises.environment(
        {
            "TMPDIR": "/tmp",  # noqa: S108 - as in Lambda
            "TENANT_CA_PEM": server.ca_pem,
            "START_FROM": "PT2H",
        }
    )


def _prefix(premises: Premises, window: datetime) -> str:
    return part_key(premises.tenant, window, 0).rpartition("-")[0]


def _statements(tenant: str) -> list[dict[str, Any]]:
    template = load()
    role = {"ExporterRole": template["Resources"]["ExporterRole"]}
    stack = Stack({**template, "Resources": role}, {"TenantName": tenant})
    policies = stack.properties("ExporterRole")["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
