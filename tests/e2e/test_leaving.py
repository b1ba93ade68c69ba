"""docs/leaving.md, step by step, on an emulated AWS: leaving, coming back, moving, sharing."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from mpl_export.instants import iso_instant
from operate.emulated import sam
from operate.emulated.deployment import deploy_stack
from operate.emulated.emulator import PROJECT
from operate.emulated.mailbox import Mailbox
from operate.emulated.stack import FunctionFailedError
from operate.emulated.truth import compare, just_now
from operate.emulated.waiting import wait_for
from operate.sap_tenant import SapTenant
from operate.sap_tenant.moments import utc_now
from tests.support.notifier.bus_listener import BusListener

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operate.emulated.emulator import Emulator
    from operate.emulated.sam import LocalTemplate
    from operate.emulated.stack import Stack
    from operate.sap_tenant.server import SapTenantServer

pytestmark = pytest.mark.emulator

_LOGS: Final = 400
_HISTORY: Final = timedelta(hours=5)
_TOLD: Final = timedelta(seconds=90)
_PAGE: Final = PROJECT / "docs" / "leaving.md"
_BLOCK: Final = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands(heading: str) -> list[list[str]]:
    """The commands below a heading of the page, as words."""
    section = _PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = "".join(_BLOCK.findall(section)).replace("\\\n", " ").splitlines()
    found = [shlex.split(line, comments=True) for line in lines if line.strip()]
    assert found, heading
    return found


def carry_out(heading: str, aws: Emulator, names: Mapping[str, str], *, but: str = "") -> None:
    """Do what the page says, on the emulator.

    Args:
        but: A target of the Makefile that is done otherwise: deploying asks for a key's file.
    """
    for words in commands(heading):
        if words[:2] != ["make", but]:
            do(words, aws, names)


def do(words: list[str], aws: Emulator, names: Mapping[str, str]) -> None:
    """Do what one line of the page says, on the emulator."""
    filled = [_filled(word, names) for word in words]
    if filled[0] == "aws":
        _call(aws, filled[1:])
    elif filled[0].endswith("/sam"):
        sam.sam(
            [*filled[1:], "--region", aws.region],
            cwd=PROJECT,
            environment=aws.environment(),
            timeout_seconds=200,
        )
    elif filled[0] == "make":
        _make(aws, filled[1:])
    else:
        subprocess.run(filled, cwd=PROJECT, env=aws.environment(), check=True, timeout=120)


def _filled(word: str, names: Mapping[str, str]) -> str:
    return re.sub(r"<(\w+)>", lambda match: names[match[1]], word)


def _make(aws: Emulator, words: list[str]) -> None:
    """A target of the Makefile; none of ours needs a machine's role here."""
    subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=PROJECT,
        env=aws.environment(),
        check=True,
        timeout=200,
        stdout=subprocess.DEVNULL,
    )


def _call(aws: Emulator, words: list[str]) -> None:
    """A call of the AWS CLI, as its SDK makes it."""
    service, operation, *options = words
    client = cast("Any", aws).client({"s3api": "s3"}.get(service, service))
    api = next(
        name
        for name in client.meta.service_model.operation_names
        if xform_name(name, "-") == operation
    )
    members = client.meta.service_model.operation_model(api).input_shape.members
    by_option = {f"--{xform_name(name, '-')}": name for name in members}
    arguments: dict[str, Any] = {}
    while options:
        option = options.pop(0)
        if option in by_option and members[by_option[option]].type_name == "boolean":
            arguments[by_option[option]] = True
        elif option in by_option:
            text, kind = options.pop(0), members[by_option[option]].type_name
            arguments[by_option[option]] = json.loads(text) if kind == "structure" else text
        else:
            arguments[by_option["--" + option.removeprefix("--no-")]] = False
    getattr(client, xform_name(api))(**arguments)


class Place:
    """Where stacks come and go: one tenant, one emulator."""

    def __init__(
        self, aws: Emulator, template: LocalTemplate, tenant: SapTenant, server: SapTenantServer
    ) -> None:
        self.aws, self.template, self.tenant, self.server = aws, template, tenant, server

    def deployed(self, name: str, **parameters: str) -> Stack:
        """A stack with its key."""
        stack = deploy_stack(
            self.aws,
            self.template,
            tenant=name,
            parameters={
                "ScheduleState": "DISABLED",
                "StartFrom": "P1D",
                "TenantCaPem": self.server.ca_pem,
                **parameters,
            },
        )
        stack.put_service_key(json.dumps(self.server.service_key()))
        return stack

    def names(self, stack: Stack) -> dict[str, str]:
        """What stands for the placeholders of the page."""
        return {
            **stack.outputs,
            "StackName": f"mpl-export-{stack.tenant}",
            "TenantName": stack.tenant,
            "QueryResults": stack.resource("QueryResults"),
        }

    def buckets(self) -> set[str]:
        """All buckets there are."""
        return {each["Name"] for each in self.aws.client("s3").list_buckets()["Buckets"]}

    def tables(self) -> set[str]:
        """All tables there are."""
        return set(self.aws.client("dynamodb").list_tables()["TableNames"])

    def secrets(self) -> set[str]:
        """All secrets there are."""
        found = self.aws.client("secretsmanager").list_secrets()["SecretList"]
        return {each["ARN"] for each in found}


@pytest.fixture(scope="module")
def place(aws: Emulator, template: LocalTemplate) -> Iterator[Place]:
    """A tenant with some history."""
    tenant = SapTenant(seed=21)
    now = utc_now()
    tenant.populate(_LOGS, now - _HISTORY, now)
    with tenant.serve() as server:
        yield Place(aws, template, tenant, server)


@pytest.mark.timeout(600)
def test_a_trial_is_deleted_completely(place: Place) -> None:
    """Nothing that costs or holds data is left, and what is locked goes by nobody's mistake."""
    stack = place.deployed("trial")
    stack.invoke()
    names = place.names(stack)
    assert stack.parts()

    _is_locked(place, stack, names)
    carry_out("Delete a trial completely", place.aws, names)

    assert not {names["ArchiveBucket"], names["QueryResults"]} & place.buckets()
    assert names["CheckpointTable"] not in place.tables()
    assert names["ServiceKeySecret"] not in place.secrets()


def _is_locked(place: Place, stack: Stack, names: Mapping[str, str]) -> None:
    """What is stored after Object Lock was switched on stays, unless somebody says the word."""
    *switch_on, bypass = commands("Object Lock and retention")
    s3, bucket, before = place.aws.client("s3"), stack.bucket, stack.parts()

    for words in switch_on:
        do(words, place.aws, names)
    place.tenant.add(log_end=just_now())
    assert stack.invoke()["versions_stored"] == 1
    [locked] = set(stack.parts()) - set(before)

    retention = s3.get_object_retention(Bucket=bucket, Key=locked)["Retention"]
    assert retention["Mode"] == "GOVERNANCE"
    assert retention["RetainUntilDate"] > utc_now() + timedelta(days=29)
    emptying = next(words for words in commands("Delete a trial completely") if "-c" in words)
    s3.delete_bucket_policy(Bucket=bucket)
    do(emptying, place.aws, names)
    assert stack.parts() == [locked]
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)
    do(bypass, place.aws, names)
    assert stack.parts() == []


@pytest.mark.timeout(900)
def test_an_archive_outlives_its_stack_moves_and_is_shared(place: Place) -> None:
    """Whoever comes back on it, or on a copy, stores nothing twice and tells nothing again."""
    first = place.deployed("kept", StartFrom="P3D")
    place.tenant.add(status="FAILED", log_end=utc_now() - timedelta(hours=30))
    first.invoke()
    names = place.names(first)
    old = min(first.parts())
    assert any(each["Status"] == "FAILED" for each in first.records_of(old))
    parts, records = first.parts(), list(first.records())

    carry_out("Delete a stack and keep the archive", place.aws, names)
    assert names["ArchiveBucket"] in place.buckets()
    assert first.parts() == parts

    second = place.deployed("kept", ArchiveBucketName=names["ArchiveBucket"], StartFrom="P3D")
    assert not second.checkpoint()
    _lets_the_new_role_write(place, second)
    people, systems = Mailbox.open(second), BusListener.open(second)
    back = second.invoke()
    assert back["rows_read"] > 0
    assert back["versions_stored"] == 0
    assert second.parts() == parts
    _sends_again(second, old)
    _tells_what_is_new_only(place, second, people, systems)

    target = "moved-archive"
    place.aws.client("s3").create_bucket(
        Bucket=target, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    copying = {**names, "Target": target}
    carry_out("Copy an archive to another bucket", place.aws, copying)
    carry_out("Copy an archive to another bucket", place.aws, copying)  # again: nothing to do
    moved = replace(second, outputs={**second.outputs, "ArchiveBucket": target})
    assert list(moved.records()) == list(second.records())

    _shares(place, target, len(records))


def _sends_again(stack: Stack, key: str) -> None:
    """Tell the new stack of a part that was stored before it, as S3 would by EventBridge.

    Straight into its queue: nobody but AWS may put events of ``aws.s3`` on the bus.
    """
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": iso_instant(utc_now()),
        "detail": {"bucket": {"name": stack.bucket}, "object": {"key": key}},
    }
    queue = stack.resource("NewParts")
    stack.aws.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event))


def _tells_what_is_new_only(
    place: Place, stack: Stack, people: Mailbox, systems: BusListener
) -> None:
    """A failure that comes now is told, and it is the first thing that anybody hears."""
    guid = place.tenant.add(status="FAILED", log_end=just_now(), error_text="told by the new one")
    assert stack.invoke()["versions_stored"] == 1

    wait_for("the event", systems.read, within=_TOLD)
    [digest] = wait_for("the digest", people.digests, within=_TOLD)
    assert "told by the new one" in digest.text
    assert "1 FAILED" in digest.subject
    assert [event["detail"]["messageGuid"] for event in systems.read()] == [guid]


def _lets_the_new_role_write(place: Place, stack: Stack) -> None:
    """The bucket's policy names the old stack's role, which here has the new one's name."""
    s3, bucket = place.aws.client("s3"), stack.bucket
    old, new = f"{stack.outputs['ExporterRole']}-of-old", stack.outputs["ExporterRole"]
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert new in policy
    s3.put_bucket_policy(Bucket=bucket, Policy=policy.replace(new, old))

    names = {**place.names(stack), "OldExporterRole": old}
    carry_out("A new stack on a kept bucket", place.aws, names, but="deploy")

    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy


def _shares(place: Place, bucket: str, records: int) -> None:
    """Another tenant's stack on the copy sees and writes its own parts only."""
    other = place.deployed("shared", ArchiveBucketName=bucket, Expand="")
    other.invoke()
    assert len(list(other.records())) >= records
    kept = "mpl/v1/tenant=kept/"
    assert not set(other.parts()) & set(other.keys(kept))
    assert other.keys(kept)

    _expands(place, other, bucket)


def _expands(place: Place, stack: Stack, bucket: str) -> None:
    """Lists that are switched on later come with new rows; nothing is stored again for them."""
    parts = stack.parts()
    stack = place.deployed(stack.tenant, ArchiveBucketName=bucket, Expand="AdapterAttributes")
    assert stack.invoke()["versions_stored"] == 0
    assert stack.parts() == parts

    guid = place.tenant.add(log_end=just_now())
    stack.invoke()

    [record] = [each for each in stack.records() if each["MessageGuid"] == guid]
    assert "AdapterAttributes" in record
    comparison = compare(stack.records(), place.tenant.rows(), since=utc_now() - _HISTORY)
    assert comparison.equal, str(comparison)


@pytest.mark.timeout(300)
def test_a_key_of_another_tenant_is_refused_on_a_kept_bucket(place: Place) -> None:
    """Two tenants under one name could never be told apart again."""
    stack = place.deployed("whose")
    stack.invoke()

    with SapTenant(seed=22).serve() as other:
        stack.put_service_key(json.dumps(other.service_key()))
        with pytest.raises(FunctionFailedError):
            stack.invoke()
