"""An archive in a bucket of S3."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mpl_export.archive.arrivals import Entry
from mpl_export.instants import floor_millisecond
from operate.account import asking, code_of
from operate.archive.places import CHUNK_BYTES, GoneError, Stored
from operate.endings import StoppedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE = frozenset({"NoSuchKey", "404"})
_ASLEEP = "InvalidObjectState"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of S3, or of an emulator."""

    client: "S3Client"
    bucket: str

    @property
    def name(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}"

    @property
    def remote(self) -> bool:
        """Requests and transfer are billed."""
        return True

    def objects(self, prefix: str) -> Iterator[Stored]:
        """What lies below a prefix."""
        return (Stored(entry.key, entry.size) for entry in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[Entry]:
        """What lies below a prefix, a thousand for each request; times are those of S3."""
        with asking("s3:ListBucket", f"list {self.name}/{prefix}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            for page in pages:
                for each in page.get("Contents", []):
                    yield Entry(each["Key"], each["Size"], floor_millisecond(each["LastModified"]))

    def folders(self, prefix: str) -> list[str]:
        """The common prefixes below one."""
        with asking("s3:ListBucket", f"list {self.name}/{prefix}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix, Delimiter="/"
            )
            return [
                each["Prefix"].removeprefix(prefix).rstrip("/")
                for page in pages
                for each in page.get("CommonPrefixes", [])
            ]

    def read(self, key: str) -> bytes:
        """An object whole."""
        with self._reading(key):
            return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object piece by piece."""
        with self._reading(key):
            body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            yield from body.iter_chunks(CHUNK_BYTES)

    def local(self, key: str, cache: Path) -> Path:
        """Fetch an object, unless the cache has it: parts never change."""
        path = cache / key
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.half")
        with self._reading(key), half.open("wb") as file:
            body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            shutil.copyfileobj(body, file, CHUNK_BYTES)
        half.replace(path)
        return path

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        """Turn what S3 says of an object into an error of ours."""
        with asking("s3:GetObject", f"read {self.name}/{key}"):
            try:
                yield
            except ClientError as error:
                if code_of(error) in _GONE:
                    raise GoneError(key) from error
                if code_of(error) == _ASLEEP:
                    raise StoppedError(
                        f"{self.name}/{key} lies in a storage class that cannot be read at "
                        "once: restore it (aws s3api restore-object), or leave its days out"
                    ) from error
                raise
