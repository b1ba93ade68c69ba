"""Where the archive lies that is verified: a bucket, or a directory with the same names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from botocore.config import Config
from botocore.exceptions import ClientError

from mpl_export.archive.arrivals import Entry
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.instants import floor_millisecond
from operate.account import asking, code_of
from operate.endings import StoppedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READ_AT_ONCE = 8
_CHUNK_BYTES = 1 << 20

CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=2 * READ_AT_ONCE,
)


class Source(Protocol):
    """Where objects are read; threads may share it.

    What cannot be read raises ``StoppedError``, what is not there ``NoSuchObjectError``.
    """

    @property
    def name(self) -> str:
        """For people."""

    @property
    def is_bucket(self) -> bool:
        """Whether reading costs money, and times are those of S3."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The objects whose keys begin with ``prefix``, in the order of their keys."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """What an object holds, piece by piece."""


@dataclass(frozen=True, slots=True)
class BucketSource:
    """A bucket."""

    client: "S3Client"
    bucket: str

    @property
    def name(self) -> str:
        """For people."""
        return f"s3://{self.bucket}"

    @property
    def is_bucket(self) -> bool:
        """Yes."""
        return True

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The objects whose keys begin with ``prefix``."""
        with asking("s3:ListBucket", f"list {self.name}/{prefix}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            for page in pages:
                for each in page.get("Contents", []):
                    yield Entry(each["Key"], each["Size"], floor_millisecond(each["LastModified"]))

    def chunks(self, key: str) -> Iterator[bytes]:
        """What an object holds."""
        with asking("s3:GetObject", f"read {self.name}/{key}"):
            try:
                body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            except ClientError as error:
                if code_of(error) in {"NoSuchKey", "404"}:
                    raise NoSuchObjectError(key) from error
                raise
            yield from body.iter_chunks(_CHUNK_BYTES)


@dataclass(frozen=True, slots=True)
class DirectorySource:
    """A directory that holds a copy; the time of an object is that of its file."""

    root: Path

    @property
    def name(self) -> str:
        """For people."""
        return str(self.root)

    @property
    def is_bucket(self) -> bool:
        """No."""
        return False

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The files below the folder that ``prefix`` names."""
        top = self.root / prefix
        try:
            found = sorted(path for path in top.rglob("*") if path.is_file())
            for path in found:
                about = path.stat()
                written = floor_millisecond(datetime.fromtimestamp(about.st_mtime, UTC))
                yield Entry(path.relative_to(self.root).as_posix(), about.st_size, written)
        except OSError as error:
            raise StoppedError(f"cannot list {top}: {error.strerror}") from error

    def chunks(self, key: str) -> Iterator[bytes]:
        """What a file holds."""
        try:
            with (self.root / key).open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    yield chunk
        except FileNotFoundError as error:
            raise NoSuchObjectError(key) from error
        except OSError as error:
            raise StoppedError(f"cannot read {self.root / key}: {error.strerror}") from error


def whole(source: Source, key: str) -> bytes:
    """All that an object holds.

    Raises:
        NoSuchObjectError: It is not there.
        StoppedError: It cannot be read.
    """
    return b"".join(source.chunks(key))
