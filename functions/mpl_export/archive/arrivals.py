"""Objects of the archive by when they arrived, read in pieces: what sealing needs to know of them.

Only S3 says when an object arrived; nobody who writes one can choose it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import NamedTuple, Protocol

from botocore.exceptions import ClientError

from mpl_export.archive.objects import NoSuchObjectError, Objects, S3Objects
from mpl_export.aws import aws_errors
from mpl_export.aws_failures import error_code
from mpl_export.instants import floor_millisecond

CHUNK_BYTES = 1 << 18


class Entry(NamedTuple):
    """An object as a listing shows it.

    Attributes:
        arrived: When S3 took it (its ``LastModified``), to the millisecond, in UTC.
    """

    key: str
    size: int
    arrived: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing that is read while it is used.

    Attributes:
        at: When it was begun, by the clock of S3; None if S3 told no time.
    """

    at: datetime | None
    entries: Iterator[Entry]


@dataclass(frozen=True, slots=True)
class Body:
    """What an object holds, to be read once.

    Attributes:
        notes: The metadata that its writer added.
    """

    chunks: Iterator[bytes]
    notes: Mapping[str, str] = field(default_factory=dict)


class Arrivals(Objects, Protocol):
    """A store that tells when its objects arrived."""

    def listing(self, prefix: str) -> Listing:
        """The objects whose keys begin with ``prefix``, in the order of their keys."""

    def read(self, key: str) -> Body:
        """Read an object piece by piece.

        Raises:
            NoSuchObjectError: There is none.
        """


class S3Arrivals(S3Objects):
    """The archive bucket, with the times of its objects."""

    def listing(self, prefix: str) -> Listing:
        """The objects whose keys begin with ``prefix``, in the order of their keys.

        Source: S3, "ListObjectsV2"; the ``Date`` of an answer is the clock by which S3 dates
        objects.
        """
        with aws_errors("list", self._name(prefix)):
            pages = iter(
                self._client.get_paginator("list_objects_v2").paginate(
                    Bucket=self._bucket, Prefix=prefix
                )
            )
            first = next(pages)

        def entries() -> Iterator[Entry]:
            with aws_errors("list", self._name(prefix)):
                for page in chain([first], pages):
                    for entry in page.get("Contents", []):
                        arrived = floor_millisecond(entry["LastModified"])
                        yield Entry(entry["Key"], entry["Size"], arrived)

        return Listing(_date(first["ResponseMetadata"]["HTTPHeaders"]), entries())

    def read(self, key: str) -> Body:
        """Read an object piece by piece."""
        try:
            with aws_errors("read", self._name(key)):
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error_code(error) == "NoSuchKey":
                raise NoSuchObjectError(f"there is no {self._name(key)}") from error
            raise

        def chunks() -> Iterator[bytes]:
            with aws_errors("read", self._name(key)):
                yield from answer["Body"].iter_chunks(CHUNK_BYTES)

        return Body(chunks(), answer.get("Metadata", {}))


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
