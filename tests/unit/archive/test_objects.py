"""What is really sent to S3, and what is made of its answers."""

import pytest
from botocore.exceptions import ClientError

from mpl_export.archive.objects import S3Objects
from mpl_export.errors import AwsRefusedError, AwsUnavailableError
from tests.support.exporter.fakes import MemoryObjects
from tests.unit.told_aws import ToldAws, s3_error

CONFLICT = s3_error(409, "ConditionalRequestConflict")
EXISTS = s3_error(412, "PreconditionFailed")
DENIED = s3_error(403, "AccessDenied")
DONE = (200, b"")
OWN = "mpl/v1/tenant=demo/"
KEY = f"{OWN}key"


def objects(aws: ToldAws) -> S3Objects:
    """The bucket ``archive`` behind it."""
    return S3Objects(aws.client("s3"), "archive", lambda _: None)


def put(aws: ToldAws) -> bool:
    """Write one object."""
    return objects(aws).put_if_absent(KEY, b"body", content_type="application/gzip")


def test_a_put_is_conditional_and_guarded_by_a_checksum() -> None:
    """The bucket's policy refuses it otherwise; a wire that flips a bit must not reach S3."""
    aws = ToldAws([DONE])

    assert put(aws)

    headers = aws.headers()
    assert aws.asked[-1].url.endswith("/mpl/v1/tenant%3Ddemo/key")
    assert headers["if-none-match"] == "*"
    assert headers["content-type"] == "application/gzip"
    assert headers["x-amz-sdk-checksum-algorithm"] == "SHA256"


@pytest.mark.parametrize("answer", [EXISTS, (412, b"")], ids=["named", "bare"])
def test_what_is_there_is_no_error(answer: tuple[int, bytes]) -> None:
    """Somebody was faster; an answer without a body says so as well."""
    assert not put(ToldAws([answer]))


@pytest.mark.parametrize("conflict", [CONFLICT, (409, b"")], ids=["named", "bare"])
def test_a_put_that_meets_another_is_tried_again(conflict: tuple[int, bytes]) -> None:
    """S3 does not say who won; the next attempt finds out."""
    aws = ToldAws([conflict] * 4 + [DONE])

    assert put(aws)
    assert len(aws.asked) == 5


def test_a_put_that_meets_others_for_ever_is_left_to_the_next_run() -> None:
    """Five attempts; then the message says which object it was."""
    aws = ToldAws([CONFLICT])

    with pytest.raises(AwsUnavailableError, match=rf"could not write s3://archive/{KEY} \(Cond"):
        put(aws)
    assert len(aws.asked) == 5


def test_a_put_that_is_malformed_is_a_bug() -> None:
    """Taken for a lost race, it would go on for ever."""
    aws = ToldAws([s3_error(400, "InvalidArgument")])

    with pytest.raises(ClientError, match="InvalidArgument"):
        put(aws)
    assert len(aws.asked) == 1


def test_a_refusal_names_the_action_and_the_object() -> None:
    """Whoever mends the role has to know which of its statements to look at."""
    denied = objects(ToldAws([DENIED]))

    with pytest.raises(AwsRefusedError, match=rf"\bwrite s3://archive/{KEY}\b"):
        denied.put_if_absent(KEY, b"", content_type="application/gzip")
    with pytest.raises(AwsRefusedError, match=rf"\bread s3://archive/{KEY}\b"):
        denied.get(KEY)
    with pytest.raises(AwsRefusedError, match=rf"\blist s3://archive/{OWN}\B"):
        list(denied.keys(OWN))


def test_the_very_same_bytes_are_written_once() -> None:
    """S3 answers 412 to the second put of one and the same ``bytes``; the fake says True."""
    objects, body = MemoryObjects(), b"first"
    assert objects.put_if_absent("key", body, content_type="application/gzip")

    assert not objects.put_if_absent("key", body, content_type="application/gzip")
