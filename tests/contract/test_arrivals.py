"""One suite for the bucket and for the one in memory: what sealing needs to know of objects."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mpl_export.archive.arrivals import Arrivals, S3Arrivals
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.errors import AwsRefusedError
from operate.emulated.emulator import Emulator
from tests.support.exporter.fakes import MemoryObjects
from tests.support.rights.noted_calls import stack_gives

OWN = "mpl/v1/tenant=demo/"
MINUTE = timedelta(minutes=1)

Note = Callable[[str, bytes, dict[str, str]], None]


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.emulator)])
def store(request: pytest.FixtureRequest) -> tuple[Arrivals, Note]:
    """A new, empty store, and what puts an object over another with notes."""
    if request.param == "memory":
        memory = MemoryObjects()
        memory.now = lambda: datetime.now(UTC)
        return memory, lambda key, body, notes: memory.replace(key, body, **notes)
    aws: Emulator = request.getfixturevalue("aws")
    bucket = f"archive-{uuid4()}"
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )

    def note(key: str, body: bytes, notes: dict[str, str]) -> None:
        s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=notes)

    return s3_arrivals(aws, bucket), note


def s3_arrivals(aws: Emulator, bucket: str) -> S3Arrivals:
    """The store in a bucket of the tenant ``demo``."""
    stack_gives(TENANT="demo", ARCHIVE_BUCKET=bucket)
    return S3Arrivals(aws.client("s3"), bucket)


def test_a_listing_tells_key_size_and_time(store: tuple[Arrivals, Note]) -> None:
    """By the clock of the store, which the listing tells too."""
    arrivals, note = store
    arrivals.put_if_absent(OWN + "b", b"12345", content_type="x")
    arrivals.put_if_absent(OWN + "a", b"", content_type="x")
    note("mpl/v1/tenant=other/a", b"", {})  # not by our code, which has no right to

    listing = arrivals.listing(OWN)
    entries = list(listing.entries)

    assert [(entry.key, entry.size) for entry in entries] == [(OWN + "a", 0), (OWN + "b", 5)]
    assert listing.at is not None
    for entry in entries:
        assert entry.arrived.tzinfo is not None
        assert abs(entry.arrived - datetime.now(UTC)) < MINUTE
        assert abs(listing.at - entry.arrived) < MINUTE


def test_an_empty_prefix_is_an_empty_listing(store: tuple[Arrivals, Note]) -> None:
    """It tells the time all the same."""
    listing = store[0].listing(OWN)

    assert listing.at is not None
    assert list(listing.entries) == []


def test_a_listing_goes_beyond_a_page(store: tuple[Arrivals, Note]) -> None:
    """S3 gives a thousand at a time."""
    arrivals, _ = store
    for number in range(1_005):
        arrivals.put_if_absent(f"{OWN}{number:04}", b"", content_type="x")

    keys = [entry.key for entry in arrivals.listing(OWN).entries]

    assert keys == [f"{OWN}{number:04}" for number in range(1_005)]


def test_an_object_is_read_in_pieces(store: tuple[Arrivals, Note]) -> None:
    """Every byte, in order."""
    arrivals, _ = store
    body = bytes(range(256)) * 3_000
    arrivals.put_if_absent(OWN + "a", body, content_type="x")

    pieces = list(arrivals.read(OWN + "a").chunks)

    assert b"".join(pieces) == body
    assert len(pieces) > 1


def test_what_is_noted_beside_an_object_comes_with_it(store: tuple[Arrivals, Note]) -> None:
    """Of what was replaced; of everything else there is nothing."""
    arrivals, note = store
    arrivals.put_if_absent(OWN + "a", b"before", content_type="x")
    assert dict(arrivals.read(OWN + "a").notes) == {}

    note(OWN + "a", b"after", {"erased-was": "ab"})

    body = arrivals.read(OWN + "a")
    assert dict(body.notes) == {"erased-was": "ab"}
    assert b"".join(body.chunks) == b"after"


def test_what_is_missing_is_told(store: tuple[Arrivals, Note]) -> None:
    """Objects may be deleted between a listing and the reading."""
    with pytest.raises(NoSuchObjectError):
        store[0].read(OWN + "a")


@pytest.mark.emulator
def test_a_bucket_that_is_missing_is_an_operators_matter(aws: Emulator) -> None:
    """Each call says so in our words."""
    arrivals = s3_arrivals(aws, f"no-such-{uuid4()}")

    with pytest.raises(AwsRefusedError, match="does not exist"):
        arrivals.listing(OWN)
    with pytest.raises(AwsRefusedError, match="does not exist"):
        arrivals.read(OWN + "a")
