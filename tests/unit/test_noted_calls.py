"""The recorder of calls: a deaf one would let every role pass."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.archive.objects import S3Objects
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.notifier.dynamo_notices import DynamoNotices
from mpl_export.notifier.dynamo_table import NoticeTable
from mpl_export.notifier.parts import S3Parts
from tests.support.manual_clock import ManualClock
from tests.support.rights.noted_calls import UNKNOWN, Noted, Recorder, call_of, noted, stack_gives
from tests.support.rights.role_rights import Call
from tests.unit.told_aws import ToldAws

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY = {"tenant": {"S": "demo"}, "item": {"S": "checkpoint"}}
READ = Call("dynamodb:GetItem", "<CHECKPOINT_TABLE>", (("dynamodb:LeadingKeys", "<TenantName>"),))


def _calls_of(deed: Callable[[], object]) -> list[tuple[str, Call]]:
    """What is noted of it."""
    before = len(noted())
    deed()
    return [(each.function, each.call) for each in noted()[before:]]


def test_the_exporters_calls_are_noted_and_those_of_tests_are_not() -> None:
    """By the same client, so it is not the client that tells."""
    client = ToldAws([(200, b"{}")]).client("dynamodb")

    assert _calls_of(lambda: client.get_item(TableName="state", Key=KEY)) == []
    assert _calls_of(DynamoCheckpoints(client, "state", "demo").read) == [("Exporter", READ)]


def test_the_notifiers_calls_are_its_own() -> None:
    """Also where it uses what both functions share."""
    aws = ToldAws([(200, b'{"Responses": {}}')])
    notices = DynamoNotices(NoticeTable(aws.client("dynamodb"), "state", "demo", ManualClock()))
    parts = S3Parts(S3Objects(aws.client("s3"), "archive"))
    own = (("dynamodb:LeadingKeys", "<TenantName>#notices"),)

    assert _calls_of(lambda: notices.last_told(["one"])) == [
        ("Notifier", Call("dynamodb:BatchGetItem", "<CHECKPOINT_TABLE>", own))
    ]
    assert _calls_of(lambda: parts.get("mpl/v1/tenant=demo/x")) == [
        ("Notifier", Call("s3:GetObject", "<ARCHIVE_BUCKET>/mpl/v1/tenant=<TenantName>/x"))
    ]


def test_another_tenant_stays_another_one() -> None:
    """Whatever its name begins with; and it is the tenant that was told last that counts."""
    stack_gives(TENANT="old", ARCHIVE_BUCKET="ours")
    stack_gives(TENANT="demo", ARCHIVE_BUCKET="ours")

    def asked(tenant: str) -> str:
        params = {"Bucket": "ours", "Key": f"mpl/v1/tenant={tenant}/x"}
        return call_of("s3:GetObject", params).resource

    assert asked("demo") == "<ARCHIVE_BUCKET>/mpl/v1/tenant=<TenantName>/x"
    assert asked("demos") == "<ARCHIVE_BUCKET>/mpl/v1/tenant=<TenantName>s/x"
    assert asked("old") == "<ARCHIVE_BUCKET>/mpl/v1/tenant=old/x"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("s3:GetObject", {"Bucket": "nobody's", "Key": "x"}),
        ("s3:ListObjectsV2", {"Bucket": "archive"}),
        ("s3:DeleteObject", {"Bucket": "archive", "Key": "x"}),
        ("events:PutEvents", {"Entries": []}),
    ],
)
def test_what_cannot_be_judged_is_noted_as_such(operation: str, params: dict[str, Any]) -> None:
    """Of a bucket that nobody told of, of all keys, of a kind that is not known; of no bus."""
    stack_gives(TENANT="demo", ARCHIVE_BUCKET="archive")

    assert call_of(operation, params).resource.startswith(UNKNOWN)


def test_what_cannot_be_written_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run on a full disk makes its calls all the same."""
    recorder = Recorder(tmp_path / "noted")
    fails = True

    def write(file: int, text: bytes) -> int:
        if fails:
            raise OSError
        return os.pwrite(file, text, 0)

    monkeypatch.setattr("tests.support.rights.noted_calls.os.write", write)
    recorder._note(Noted("Exporter", READ, ""))
    recorder._note(Noted("Notifier", READ, ""))
    fails = False
    recorder.flush()

    monkeypatch.setenv("MPL_EXPORT_NOTED_CALLS", str(tmp_path / "noted"))
    assert [each.function for each in noted()] == ["Exporter", "Notifier"]
