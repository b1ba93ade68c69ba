"""One suite for the bucket and for the one in memory: the fake cannot drift from S3."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from mpl_export.archive.objects import NoSuchObjectError, Objects, S3Objects
from mpl_export.errors import AwsRefusedError
from operate.emulated.emulator import Emulator
from tests.support.exporter.fakes import MemoryObjects
from tests.support.rights.noted_calls import stack_gives

GZIP = "application/gzip"
OWN = "mpl/v1/tenant=demo/"
"""Below it lies what the functions may touch."""

Make = Callable[[], Objects]
Expire = Callable[[str], None]


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.emulator)])
def store(request: pytest.FixtureRequest) -> tuple[Make, Expire]:
    """One new, empty store: what makes views of it, as containers have them, and what expires."""
    if request.param == "memory":
        memory = MemoryObjects()
        return (lambda: memory), memory.expire
    aws: Emulator = request.getfixturevalue("aws")
    bucket = f"archive-{uuid4()}"
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )

    # The emulator runs no lifecycle; for whoever reads, what has expired is what was deleted.
    def expire(key: str) -> None:
        s3.delete_object(Bucket=bucket, Key=key)

    return (lambda: s3_objects(aws, bucket)), expire


@pytest.fixture
def make(store: tuple[Make, Expire]) -> Make:
    """Makes views of the store, as two containers would have them."""
    return store[0]


@pytest.fixture
def expire(store: tuple[Make, Expire]) -> Expire:
    """Lets an object of the store expire."""
    return store[1]


def s3_objects(aws: Emulator, bucket: str) -> S3Objects:
    """The store in a bucket of the tenant ``demo``."""
    stack_gives(TENANT="demo", ARCHIVE_BUCKET=bucket)
    return S3Objects(aws.client("s3"), bucket)


@pytest.fixture
def objects(make: Make) -> Objects:
    """A new, empty store."""
    return make()


def put(objects: Objects, key: str, body: bytes = b"x") -> bool:
    """Write an object unless there is one; the body is new bytes, as of another process."""
    return objects.put_if_absent(OWN + key, bytes(bytearray(body)), content_type=GZIP)


def get(objects: Objects, key: str) -> bytes:
    """Read an object that exists."""
    return objects.get(OWN + key)


def keys(objects: Objects, prefix: str) -> list[str]:
    """The keys that begin with it."""
    return [key.removeprefix(OWN) for key in objects.keys(OWN + prefix)]


def test_what_is_written_is_read(objects: Objects) -> None:
    """Every byte, whatever it is."""
    body = bytes(range(256)) * 300

    assert put(objects, "dt=2026-11-22/12Z-0000.jsonl.gz", body)

    assert get(objects, "dt=2026-11-22/12Z-0000.jsonl.gz") == body


def test_an_empty_object_is_one(objects: Objects) -> None:
    """Nothing in it is still something that is there."""
    assert put(objects, "empty", b"")
    assert get(objects, "empty") == b""
    assert not put(objects, "empty", b"x")


def test_what_is_missing_is_told_apart_from_what_is_empty(objects: Objects) -> None:
    """Parts may expire between a listing and the reading."""
    with pytest.raises(NoSuchObjectError, match="missing"):
        get(objects, "missing")


def test_what_has_expired_is_gone_for_all(make: Make, expire: Expire) -> None:
    """From listings and from reading alike; and its name is free, which the archive must know."""
    ours, theirs = make(), make()
    put(ours, "day/part-0")
    put(ours, "day/part-1")

    expire(OWN + "day/part-0")

    assert keys(theirs, "day/") == ["day/part-1"]
    with pytest.raises(NoSuchObjectError):
        get(theirs, "day/part-0")
    assert put(theirs, "day/part-0")


def test_an_object_is_written_once(objects: Objects) -> None:
    """The archive only grows: what is there stays as it is."""
    assert put(objects, "key", b"first")

    assert not put(objects, "key", b"second")
    assert not put(objects, "key", b"first")
    assert get(objects, "key") == b"first"


def test_another_container_sees_it_at_once(make: Make) -> None:
    """S3 is strongly consistent; the conditional put and the list that follows rely on it."""
    ours, theirs = make(), make()

    put(ours, "a/1")

    assert not put(theirs, "a/1")
    assert keys(theirs, "a/") == ["a/1"]
    assert get(theirs, "a/1") == b"x"


def test_keys_are_found_by_their_beginning(objects: Objects) -> None:
    """A window's parts, and not those of a neighbour."""
    for key in ("a/12Z-0000", "a/12Z-0001", "a/13Z-0000", "b/12Z-0000", "a/12"):
        put(objects, key)

    assert keys(objects, "a/12Z-") == ["a/12Z-0000", "a/12Z-0001"]
    assert keys(objects, "a/14Z-") == []


def test_keys_come_in_the_order_of_their_bytes(objects: Objects) -> None:
    """Not in that of writing, nor of any language."""
    written = ["k/10", "k/9", "k/B", "k/a", "k/=", "k/-", "k/_"]
    for key in written:
        put(objects, key)

    assert keys(objects, "k/") == sorted(written)


def test_more_keys_than_one_answer_holds_are_all_listed(objects: Objects) -> None:
    """S3 gives a thousand at a time; a part that is overlooked would be stored again."""
    written = [f"many/{number:05d}" for number in range(1_003)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda key: put(objects, key), written))

    assert keys(objects, "many/") == written


def test_of_many_who_write_at_once_one_has_written(make: Make) -> None:
    """Two runs, a backfill and a reconcile may reach for the same part's number."""
    for attempt in range(5):
        writers = [make() for _ in range(6)]
        start = threading.Barrier(len(writers), timeout=30)

        def write(number: int, key: str = f"race/{attempt}") -> bool:
            start.wait()  # noqa: B023 - used up before the next one is made
            return put(writers[number], key, b"%d" % number)  # noqa: B023

        with ThreadPoolExecutor(len(writers)) as pool:
            wrote = list(pool.map(write, range(len(writers))))

        assert wrote.count(True) == 1
        assert get(writers[0], f"race/{attempt}") == b"%d" % wrote.index(True)


def test_a_failed_put_says_nothing_of_others(objects: Objects) -> None:
    """The next number is free until somebody takes it."""
    put(objects, "part/0")

    assert not put(objects, "part/0")
    assert put(objects, "part/1")


class TestOnlyS3:
    """What the memory has no need of."""

    pytestmark = pytest.mark.emulator

    @pytest.fixture
    def bucket(self, aws: Emulator) -> str:
        """A new bucket."""
        name = f"archive-{uuid4()}"
        aws.client("s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        return name

    def test_an_object_says_what_it_is(self, aws: Emulator, bucket: str) -> None:
        """Browsers and crawlers go by its type; the checksum is S3's to keep."""
        put(s3_objects(aws, bucket), "key")

        head = aws.client("s3").head_object(Bucket=bucket, Key=f"{OWN}key")
        assert head["ContentType"] == GZIP
        assert "ContentEncoding" not in head

    def test_a_bucket_that_is_missing_is_an_operators_matter(self, aws: Emulator) -> None:
        """Each call says so in our words."""
        objects = s3_objects(aws, f"no-such-{uuid4()}")

        with pytest.raises(AwsRefusedError, match="does not exist"):
            put(objects, "key")
        with pytest.raises(AwsRefusedError, match="does not exist"):
            get(objects, "key")
        with pytest.raises(AwsRefusedError, match="does not exist"):
            keys(objects, "key")

    def test_an_object_that_is_missing_is_named(self, aws: Emulator, bucket: str) -> None:
        """A bug, or a part that expired: whoever asked knows which."""
        with pytest.raises(NoSuchObjectError, match=f"s3://{bucket}/{OWN}missing"):
            get(s3_objects(aws, bucket), "missing")
