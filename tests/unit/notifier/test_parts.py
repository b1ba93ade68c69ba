"""What is said of a part that cannot be read."""

import io

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from mpl_export.archive.objects import S3Objects
from mpl_export.errors import AwsRefusedError, ConfigurationError
from mpl_export.notifier.parts import S3Parts

KEY = "mpl/v1/tenant=demo/dt=2026-11-22/12Z-0000.jsonl.gz"


def _answers(code: str, message: str = "") -> S3Parts:
    client = boto3.client("s3", "eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)
    if code:
        stub.add_client_error("get_object", code, message, 403)
    else:
        stub.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"part"), 4)})
    stub.activate()
    return S3Parts(S3Objects(client, "archive"))


def test_a_part_that_is_there() -> None:
    """Its bytes, as they are."""
    assert _answers("").get(KEY) == b"part"


@pytest.mark.parametrize("code", ["NoSuchKey", "AccessDenied"])
def test_a_part_that_may_have_been_deleted(code: str) -> None:
    """S3 answers AccessDenied where nothing is, to a role that may not list."""
    with pytest.raises(ConfigurationError, match="deleted before its failures were told"):
        _answers(code).get(KEY)


@pytest.mark.parametrize(
    ("code", "message"),
    [("AccessDenied", "not authorized to perform: kms:Decrypt"), ("NoSuchBucket", "")],
)
def test_a_part_that_was_certainly_not_deleted(code: str, message: str) -> None:
    """Where the cause is known, no other is named."""
    with pytest.raises(AwsRefusedError) as caught:
        _answers(code, message).get(KEY)

    assert "deleted" not in str(caught.value)


def test_a_right_that_is_missing_is_named_too() -> None:
    """Nobody can tell both causes apart, so both are told."""
    with pytest.raises(ConfigurationError, match="grant the function's role this action"):
        _answers("AccessDenied").get(KEY)
