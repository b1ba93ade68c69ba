"""Where an archive lies: in a bucket, or in a local copy of one."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from botocore.exceptions import ClientError

from operate.account import asking, code_of
from operate.endings import StoppedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE = frozenset({"NoSuchKey", "404"})
_ASLEEP = "InvalidObjectState"


class Stored(NamedTuple):
    """An object: its key, and its size in bytes."""

    key: str
    size: int


class GoneError(Exception):
    """An object that was listed is no longer there."""


class Place(Protocol):
    """Where objects lie.

    Attributes:
        name: What people call it, such as ``s3://acme-archive``.
        remote: Whether reading costs requests and transfer.
    """

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def remote(self) -> bool:
        """Whether reading costs requests and transfer."""

    def objects(self, prefix: str) -> Iterator[Stored]:
        """What lies below a prefix, by rising key."""

    def folders(self, prefix: str) -> list[str]:
        """The names one level below a prefix that ends with ``/``, rising."""

    def read(self, key: str) -> bytes:
        """A small object whole.

        Raises:
            GoneError: It is not there.
        """

    def local(self, key: str, cache: Path) -> Path:
        """An object as a file, brought into ``cache`` if need be.

        Raises:
            GoneError: It is not there.
        """


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
        """What lies below a prefix, a thousand for each request."""
        with asking("s3:ListBucket", f"list {self.name}/{prefix}"):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            for page in pages:
                for each in page.get("Contents", []):
                    yield Stored(each["Key"], each["Size"])

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

    def local(self, key: str, cache: Path) -> Path:
        """Fetch an object, unless the cache has it: parts never change."""
        path = cache / key
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.half")
        with self._reading(key), half.open("wb") as file:
            body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"]
            shutil.copyfileobj(body, file, 1 << 20)
        half.replace(path)
        return path

    def _reading(self, key: str) -> "_Reading":
        return _Reading(self.name, key)


class _Reading:
    """Turns what S3 says of an object into an error of ours."""

    def __init__(self, name: str, key: str) -> None:
        self._name, self._key = name, key
        self._asking = asking("s3:GetObject", f"read {name}/{key}")

    def __enter__(self) -> None:
        self._asking.__enter__()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            if code_of(error) in _GONE:
                raise GoneError(self._key) from error
            if code_of(error) == _ASLEEP:
                raise StoppedError(
                    f"{self._name}/{self._key} lies in a storage class that cannot be read at "
                    "once: restore it (aws s3api restore-object), or leave its days out"
                ) from error
        self._asking.__exit__(type(error) if error else None, error, trace)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Folder:
    """A copy on this machine, as ``aws s3 sync s3://BUCKET DIR`` makes one."""

    root: Path

    @classmethod
    def open(cls, path: Path) -> "Folder":
        """Look whether it is one.

        Raises:
            StoppedError: It is not.
        """
        if not (path / "mpl" / "v1").is_dir():
            raise StoppedError(
                f"{path} holds no archive: there is no folder mpl/v1 in it; name the folder that "
                "aws s3 sync s3://BUCKET DIR has filled"
            )
        return cls(path)

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.root)

    @property
    def remote(self) -> bool:
        """Nothing is billed."""
        return False

    def objects(self, prefix: str) -> Iterator[Stored]:
        """The files below a folder."""
        for path in sorted((self.root / prefix).rglob("*")):
            if path.is_file():
                yield Stored(path.relative_to(self.root).as_posix(), path.stat().st_size)

    def folders(self, prefix: str) -> list[str]:
        """The folders in one."""
        folder = self.root / prefix
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if path.is_dir())

    def read(self, key: str) -> bytes:
        """A file whole."""
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError as error:
            raise GoneError(key) from error

    def local(self, key: str, cache: Path) -> Path:  # noqa: ARG002 - it is here already
        """The file itself."""
        path = self.root / key
        if not path.is_file():
            raise GoneError(key)
        return path


_TENANT = re.compile(r"tenant=(.+)")


def tenant_in(place: Place, wanted: str | None) -> str:
    """The tenant whose logs are meant.

    Args:
        wanted: The one that was named; None for the only one that there is.

    Raises:
        StoppedError: It is not there, or there are several and none was named.
    """
    found = [match[1] for name in place.folders("mpl/v1/") if (match := _TENANT.fullmatch(name))]
    if wanted is None and len(found) == 1:
        return found[0]
    if wanted in found and wanted is not None:
        return wanted
    there = f"there is {', '.join(found)}" if found else "it holds no part of any tenant yet"
    if wanted is None and found:
        raise StoppedError(f"{place.name} holds several tenants: name one by --tenant ({there})")
    name = f"nothing of the tenant {wanted}" if wanted else "no logs"
    raise StoppedError(f"{place.name} holds {name}: {there}")
