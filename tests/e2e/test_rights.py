"""With roles and policies enforced, each function may do what it does, and hardly more.

The emulator enforces the function's role and the bucket policy, but neither the statement that
demands ``If-None-Match`` nor the condition on the table's keys, and never for the account's root;
and it knows no ``aws:PrincipalArn``.
What it does not enforce is held by packaging tests of the text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from operate.emulated.deployment import deploy_stack
from operate.emulated.emulator import Emulator
from operate.emulated.mailbox import Mailbox
from operate.emulated.stack import FunctionFailedError
from operate.emulated.truth import compare, just_now
from operate.emulated.waiting import wait_for
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now
from tests.support.notifier.bus_listener import BusListener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from operate.emulated.aws_clients import Clients
    from operate.emulated.sam import LocalTemplate
    from operate.emulated.stack import Stack

pytestmark = pytest.mark.emulator


@dataclass(frozen=True, slots=True)
class Guarded:
    """A stack where roles count, after its first run.

    Attributes:
        exporter: Clients that act as the function, by its role.
    """

    stack: Stack
    tenant: SapTenant
    exporter: Clients


@pytest.fixture(scope="module")
def guarded(template: LocalTemplate) -> Iterator[Guarded]:
    """Deploy with roles and policies enforced, over TLS as the policies demand."""
    tenant = SapTenant(seed=5)
    now = utc_now()
    tenant.populate(500, now - timedelta(hours=3), now)
    with Emulator.start(auth=True, ssl=True) as aws, tenant.serve() as server:
        stack = deploy_stack(
            aws,
            template,
            tenant="guarded",
            parameters={
                "ScheduleState": "DISABLED",
                "StartFrom": "P1D",
                "TenantCaPem": server.ca_pem,
            },
        )
        _lift_what_names_the_caller(aws, stack.outputs["ArchiveBucket"])
        stack.put_service_key(json.dumps(server.service_key()))
        stack.invoke()
        yield Guarded(stack=stack, tenant=tenant, exporter=stack.as_role("ExporterRole"))


def _lift_what_names_the_caller(aws: Emulator, bucket: str) -> None:
    """Take out the statement that asks who writes: the emulator tells no ``aws:PrincipalArn``.

    So it would deny the exporter, too, whom AWS lets pass.
    """
    s3 = aws.client("s3")
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    asked = [each for each in policy["Statement"] if each["Sid"] == "OnlyTheExporterWrites"]
    assert [each["Condition"] for each in asked]
    policy["Statement"] = [each for each in policy["Statement"] if each not in asked]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def test_the_role_suffices(guarded: Guarded) -> None:
    """A whole run, error texts and sweep included, and nothing was denied."""
    guarded.tenant.add(status="FAILED", log_end=just_now(), error_text="No route to the receiver")

    report = guarded.stack.invoke()

    assert report["caught_up"]
    assert report["versions_stored"] == 1
    comparison = compare(
        guarded.stack.records(), guarded.tenant.rows(), since=utc_now() - timedelta(days=1)
    )
    assert comparison.equal, str(comparison)


def test_the_role_suffices_for_the_doctor(guarded: Guarded) -> None:
    """Every step passes under enforcement, so none needs a right that the role lacks."""
    result = guarded.stack.invoke({"check": True})

    assert [each for each in result["steps"] if each["verdict"] != "ok"] == []


def test_the_notifiers_role_suffices(guarded: Guarded) -> None:
    """It reads the part, keeps its notices, and tells people and systems."""
    mailbox, listener = Mailbox.open(guarded.stack), BusListener.open(guarded.stack)
    guarded.tenant.add(
        status="FAILED", log_end=just_now(), error_text="The drawbridge does not come down"
    )
    guarded.stack.invoke()

    def told() -> bool:
        digests = any("drawbridge" in digest.text for digest in mailbox.digests())
        events = any("drawbridge" in str(event["detail"]) for event in listener.read())
        return digests and events

    assert wait_for("digest and event", told, within=timedelta(seconds=90))


def _reads_the_service_key(notifier: Clients, stack: Stack) -> None:
    notifier.client("secretsmanager").get_secret_value(SecretId=stack.outputs["ServiceKeySecret"])


def _writes_a_part(notifier: Clients, stack: Stack) -> None:
    key = f"mpl/v1/tenant={stack.tenant}/dt=2026-01-01/00Z-0000.jsonl.gz"
    notifier.client("s3").put_object(Bucket=stack.bucket, Key=key, Body=b"", IfNoneMatch="*")


def _lists_the_archive(notifier: Clients, stack: Stack) -> None:
    notifier.client("s3").list_objects_v2(Bucket=stack.bucket)


@pytest.mark.parametrize("deed", [_reads_the_service_key, _writes_a_part, _lists_the_archive])
def test_the_notifiers_role_allows_no_more(
    guarded: Guarded, deed: Callable[[Clients, Stack], None]
) -> None:
    """Whoever takes over the notifier can cry wolf, and read what is archived."""
    with pytest.raises(ClientError, match="AccessDenied"):
        deed(guarded.stack.as_role("NotifierRole"), guarded.stack)


def _deletes_a_part(guarded: Guarded) -> None:
    guarded.exporter.client("s3").delete_object(
        Bucket=guarded.stack.bucket, Key=guarded.stack.parts()[0]
    )


def _lists_the_whole_bucket(guarded: Guarded) -> None:
    guarded.exporter.client("s3").list_objects_v2(Bucket=guarded.stack.bucket)


def _lists_another_tenant(guarded: Guarded) -> None:
    guarded.exporter.client("s3").list_objects_v2(
        Bucket=guarded.stack.bucket, Prefix="mpl/v1/tenant=other/"
    )


def _writes_for_another_tenant(guarded: Guarded) -> None:
    guarded.exporter.client("s3").put_object(
        Bucket=guarded.stack.bucket, Key="mpl/v1/tenant=other/x", Body=b"", IfNoneMatch="*"
    )


def _replaces_the_service_key(guarded: Guarded) -> None:
    guarded.exporter.client("secretsmanager").put_secret_value(
        SecretId=guarded.stack.outputs["ServiceKeySecret"], SecretString="{}"
    )


def _reads_the_whole_table(guarded: Guarded) -> None:
    guarded.exporter.client("dynamodb").scan(TableName=guarded.stack.outputs["CheckpointTable"])


def _deletes_the_checkpoint(guarded: Guarded) -> None:
    guarded.exporter.client("dynamodb").delete_item(
        TableName=guarded.stack.outputs["CheckpointTable"],
        Key={"tenant": {"S": "guarded"}, "item": {"S": "checkpoint"}},
    )


@pytest.mark.parametrize(
    "deed",
    [
        _deletes_a_part,
        _lists_the_whole_bucket,
        _lists_another_tenant,
        _writes_for_another_tenant,
        _replaces_the_service_key,
        _reads_the_whole_table,
        _deletes_the_checkpoint,
    ],
)
def test_the_role_allows_no_more(guarded: Guarded, deed: Callable[[Guarded], None]) -> None:
    """Whoever takes over the function can add to one tenant's archive, and that is all."""
    with pytest.raises(ClientError, match="AccessDenied"):
        deed(guarded)


def test_the_archive_itself_refuses_deletion(guarded: Guarded) -> None:
    """Not only does nobody have the right: the bucket's policy outranks whoever gets it."""
    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        _deletes_a_part(guarded)


def test_a_part_that_is_there_cannot_be_written_again(guarded: Guarded) -> None:
    """Two runs that number their parts alike: one of them is told."""
    key = guarded.stack.parts()[0]

    with pytest.raises(ClientError, match="PreconditionFailed"):
        guarded.exporter.client("s3").put_object(
            Bucket=guarded.stack.bucket, Key=key, Body=b"other", IfNoneMatch="*"
        )


def test_without_its_role_the_function_can_do_nothing(guarded: Guarded) -> None:
    """Which shows that rights are looked at: if they were not, all of the above would be void."""
    guarded.stack.run_as("SchedulerRole")
    try:
        with pytest.raises(FunctionFailedError, match="AccessDenied"):
            guarded.stack.invoke()
    finally:
        guarded.stack.run_as("ExporterRole")
