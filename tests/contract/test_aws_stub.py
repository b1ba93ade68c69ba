"""The stub of the benchmark answers boto3 as AWS would, in what the benchmark rests on."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mpl_export.archive.layout import part_key
from mpl_export.archive.objects import S3Objects
from mpl_export.dynamo_checkpoint import DynamoCheckpoints
from mpl_export.model import WINDOW, window_of
from tests.bench.archived import archived
from tests.bench.aws_stub import AwsStub
from tests.bench.stub_expressions import Expression
from tests.bench.world import BUCKET
from tests.support.rights.noted_calls import stack_gives

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PREFIX = "mpl/v1/tenant=acme/"  # where the role lets the exporter write
KEY = f"{PREFIX}dt=2026-11-24/12Z-0000.jsonl.gz"


@pytest.fixture
def stub() -> Iterator[AwsStub]:
    """A stub that listens."""
    stub = AwsStub()
    stack_gives(ARCHIVE_BUCKET=BUCKET, CHECKPOINT_TABLE="t", TENANT="acme")
    yield stub
    stub.port.close()


def _client(stub: AwsStub, service: str) -> Any:  # noqa: ANN401 - clients of many services
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=stub.port.url,
        region_name="eu-central-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
    )


def test_an_object_is_written_once(stub: AwsStub) -> None:
    """The archive rests on it."""
    objects = S3Objects(_client(stub, "s3"), BUCKET)

    assert objects.put_if_absent(KEY, b"first", content_type="text/plain")
    assert not objects.put_if_absent(KEY, b"second", content_type="text/plain")
    assert objects.get(KEY) == b"first"


def test_lists_come_in_pages_and_by_prefix(stub: AwsStub) -> None:
    """A list of more than a page ends where it should."""
    stub.buckets.fill({f"{BUCKET}/{PREFIX}{number:04d}": b"" for number in range(2_100)})
    stub.buckets.fill({f"{BUCKET}/o": b"", f"{BUCKET}/q": b""})
    s3: S3Client = _client(stub, "s3")

    assert len(list(S3Objects(s3, BUCKET).keys(PREFIX))) == 2_100
    assert stub.port.calls["s3:ListObjectsV2"] == 3
    late = s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX, StartAfter=f"{PREFIX}2097")
    assert [each["Key"] for each in late["Contents"]] == [f"{PREFIX}2098", f"{PREFIX}2099"]
    folders = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert [each["Prefix"] for each in folders["CommonPrefixes"]] == ["mpl/"]
    assert [each["Key"] for each in folders["Contents"]] == ["o", "q"]


def test_what_is_missing_is_missing(stub: AwsStub) -> None:
    """And is told as S3 tells it."""
    with pytest.raises(ClientError, match="NoSuchKey"):
        _client(stub, "s3").get_object(Bucket=BUCKET, Key="nothing")


def test_the_lease_is_held_by_one(stub: AwsStub) -> None:
    """Conditions are evaluated, not waved through."""
    checkpoints = DynamoCheckpoints(_client(stub, "dynamodb"), "t", "acme")
    later = _NOW + timedelta(minutes=5)
    with checkpoints.lease("one", now=_NOW, until=later, start_from=_NOW) as first:
        assert first.held
        with checkpoints.lease("two", now=_NOW, until=later, start_from=_NOW) as second:
            assert not second.held
    with checkpoints.lease("two", now=_NOW, until=later, start_from=_NOW) as third:
        assert third.held


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("attribute_exists(a) AND NOT attribute_exists(z)", True),
        ("a < :three OR b = :three", True),
        ("(a = :one OR a = :two) AND b <> :one", True),
        ("a BETWEEN :one AND :two", True),
        ("begins_with(c, :te)", True),
        ("a > :two OR z = :one", False),
    ],
)
def test_conditions_mean_what_they_say(text: str, holds: bool) -> None:  # noqa: FBT001 - a table
    """Numbers compare as numbers, and what is absent equals nothing."""
    item = {"a": {"N": "2"}, "b": {"N": "10"}, "c": {"S": "text"}}
    values = {":one": {"N": "1"}, ":two": {"N": "2"}, ":three": {"N": "3"}, ":te": {"S": "te"}}

    assert Expression(text, {}, values).holds(item) is holds


def test_updates_do_what_they_say() -> None:
    """The clauses that exporters and notifiers use."""
    item: dict[str, Any] = {"a": {"N": "2"}, "b": {"S": "x"}, "s": {"SS": ["p", "q"]}}
    values: dict[str, Any] = {":one": {"N": "1"}, ":s": {"SS": ["q", "r"]}, ":new": {"S": "n"}}
    text = "SET #c = :new, a = a + :one, d = if_not_exists(b, :new) REMOVE b ADD n :one, s :s"

    assert Expression(text, {"#c": "c"}, values).update(item) == {
        "a": {"N": "3"},
        "c": {"S": "n"},
        "d": {"S": "x"},
        "n": {"N": "1"},
        "s": {"SS": ["p", "q", "r"]},
    }
    with pytest.raises(ValueError, match="unknown"):
        Expression("SET a = size(b)", {}, {}).update(item)


def test_a_delay_holds_for_each_call_and_calls_are_counted(stub: AwsStub) -> None:
    """What the far scenarios rest on."""
    stub.begin(0.0, {"the-secret": "text"})
    secrets = _client(stub, "secretsmanager")
    secrets.get_secret_value(SecretId="the-secret")
    stub.count(0.2)
    begun = monotonic()

    assert secrets.get_secret_value(SecretId="the-secret")["SecretString"] == "text"

    assert monotonic() - begun >= 0.2
    assert stub.tell()["calls"] == {"secretsmanager:GetSecretValue": 1}


def test_events_and_digests_are_counted(stub: AwsStub) -> None:
    """So that none is lost unseen."""
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    _client(stub, "events").put_events(Entries=[entry] * 3)
    _client(stub, "sns").publish(TopicArn="arn:aws:sns:eu-central-1:000000000000:t", Message="m")

    told = stub.tell()
    assert (told["events"], told["published"]) == (3, 1)
    assert _client(stub, "sts").get_caller_identity()["Account"] == "000000000000"


def test_what_it_does_not_know_is_an_error(stub: AwsStub) -> None:
    """A call that is answered by chance would be measured as a fast one."""
    with pytest.raises(ClientError):
        _client(stub, "s3").get_bucket_versioning(Bucket=BUCKET)
    with pytest.raises(ClientError):
        _client(stub, "dynamodb").describe_table(TableName="t")


def test_ten_years_of_parts_are_one_for_each_window(stub: AwsStub) -> None:
    """None of them in the last month, whose parts are read."""
    stub.age("bench", 1)

    assert len(stub.buckets.bodies) == timedelta(days=365) // WINDOW
    assert f"{BUCKET}/{part_key('bench', window_of(datetime.now(UTC)), 0)}" not in (
        stub.buckets.bodies
    )


def test_an_archive_is_looked_into() -> None:
    """What is no gzip of logs does not count as archived."""
    body = gzip.compress(b'{"MessageGuid":"a"}\n{"MessageGuid":"b"}\n')
    found = archived([body, b"marker", gzip.compress(b'{"state": 1}\n')])

    assert (found.objects, found.lines, found.bytes) == (1, 2, len(body))
    assert (
        found.guids_sum
        == archived([gzip.compress(b'{"MessageGuid":"b"}\n{"MessageGuid":"a"}\n')]).guids_sum
    )
