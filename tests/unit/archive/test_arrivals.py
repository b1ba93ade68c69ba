"""Objects by when they arrived: what is asked of S3, and what is made of its answers.

What a bucket and the one in memory have in common stands in ``tests/contract``.
"""

from datetime import UTC, datetime

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.exceptions import ClientError

from mpl_export.archive.arrivals import Entry, S3Arrivals
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.errors import AwsRefusedError, AwsUnavailableError
from tests.unit.told_aws import ToldAws, s3_error

OWN = "mpl/v1/tenant=demo/"
DENIED = s3_error(403, "AccessDenied")
BUSY = s3_error(503, "SlowDown")


def page(*keys: str, more: bool = False) -> tuple[int, bytes]:
    """A page of a listing, of objects that arrived a moment after two o'clock."""
    entries = "".join(
        f"<Contents><Key>{OWN}{key}</Key><Size>{len(key)}</Size>"
        "<LastModified>2026-11-22T14:00:00.123456Z</LastModified></Contents>"
        for key in keys
    )
    token = "<NextContinuationToken>next</NextContinuationToken>" if more else ""
    text = (
        f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{entries}"
        "</ListBucketResult>"
    )
    return 200, text.encode()


def arrivals(aws: ToldAws, date: str | None = None) -> S3Arrivals:
    """The bucket ``archive`` behind it, whose answers are dated so."""
    client = aws.client("s3")
    if date is not None:
        told = aws._answer

        def dated(request: AWSPreparedRequest, **_: object) -> AWSResponse:
            answer = told(request)
            answer.headers = HeadersDict({"Date": date})
            return answer

        client.meta.events.register_first("before-send", dated)  # type: ignore[arg-type]  # it counts
    return S3Arrivals(client, "archive", lambda _: None)


def test_a_listing_tells_key_size_and_arrival_in_milliseconds() -> None:
    """Seals write milliseconds: a finer time would be another one when it is read again."""
    listing = arrivals(ToldAws([page("a", "bcd")])).listing(OWN)

    arrived = datetime(2026, 11, 22, 14, 0, 0, 123_000, tzinfo=UTC)
    assert list(listing.entries) == [Entry(OWN + "a", 1, arrived), Entry(OWN + "bcd", 3, arrived)]


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Sun, 22 Nov 2026 14:05:00 GMT", datetime(2026, 11, 22, 14, 5, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_the_time_of_a_listing_is_that_of_s3(date: str | None, at: datetime | None) -> None:
    """Objects are dated by that clock, so no other may say what is old enough to be sealed."""
    assert arrivals(ToldAws([page()]), date).listing(OWN).at == at


def test_further_pages_are_asked_for_while_the_listing_is_read() -> None:
    """Memory does not grow with the archive."""
    aws = ToldAws([page("a", "b", more=True), page("c")])

    entries = arrivals(aws).listing(OWN).entries
    assert [next(entries).key, next(entries).key] == [OWN + "a", OWN + "b"]
    assert len(aws.asked) == 1

    assert [entry.key for entry in entries] == [OWN + "c"]
    assert "continuation-token=next" in aws.asked[1].url


@pytest.mark.parametrize(
    ("answer", "error"), [(DENIED, AwsRefusedError), (BUSY, AwsUnavailableError)]
)
def test_a_listing_that_fails_names_what_was_listed(
    answer: tuple[int, bytes], error: type[Exception]
) -> None:
    """Also when it fails after the first page: half of a listing is none."""
    with pytest.raises(error, match=rf"list s3://archive/{OWN}\B"):
        arrivals(ToldAws([answer])).listing(OWN)

    listing = arrivals(ToldAws([page("a", more=True), answer])).listing(OWN)
    with pytest.raises(error, match=rf"list s3://archive/{OWN}\B"):
        list(listing.entries)


def test_an_object_that_is_gone_is_told_from_one_that_may_not_be_read() -> None:
    """The first holds nothing up; the second must."""
    with pytest.raises(NoSuchObjectError, match=f"s3://archive/{OWN}a"):
        arrivals(ToldAws([s3_error(404, "NoSuchKey")])).read(OWN + "a")
    with pytest.raises(AwsRefusedError, match=f"read s3://archive/{OWN}a"):
        arrivals(ToldAws([DENIED])).read(OWN + "a")


def test_a_request_that_is_malformed_is_a_bug() -> None:
    """Nobody could mend it by waiting, or in the account."""
    with pytest.raises(ClientError, match="InvalidArgument"):
        arrivals(ToldAws([s3_error(400, "InvalidArgument")])).read(OWN + "a")


def test_an_object_is_its_bytes_and_its_notes() -> None:
    """Of most there are no notes."""
    body = arrivals(ToldAws([(200, b"body")])).read(OWN + "a")

    assert b"".join(body.chunks) == b"body"
    assert dict(body.notes) == {}
