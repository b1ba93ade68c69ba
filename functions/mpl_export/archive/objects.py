"""Objects of the archive: written once or not at all, read whole, and listed in order."""

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from mpl_export.aws import aws_errors
from mpl_export.aws_failures import error_code
from mpl_export.errors import AwsUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONFLICT_ATTEMPTS = 5
_CONFLICT_SECONDS = 0.05
"""The wait before the second attempt, doubled before each later one: 0.75 s in all."""


class NoSuchObjectError(LookupError):
    """There is no such object, or no more: parts expire, if that is switched on."""


class Objects(Protocol):
    """A store in which an object, once written, never changes."""

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one; say whether it was we who wrote it.

        False may also mean that an earlier attempt of this very call arrived though its answer was
        lost: a caller that needs to know compares the bytes.
        """

    def get(self, key: str) -> bytes:
        """Read an object.

        Raises:
            NoSuchObjectError: There is none.
        """

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with ``prefix``, in the order of their bytes."""


class S3Objects:
    """The archive bucket."""

    def __init__(
        self, client: "S3Client", bucket: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._bucket = bucket

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one; say whether it was we who wrote it.

        Source: S3, "Conditional writes": 412 if the object exists; 409 if another write or delete
        of the key is under way, which is to be tried again.
        """
        for attempt in range(_CONFLICT_ATTEMPTS):
            if attempt:
                self._sleep(_CONFLICT_SECONDS * 2 ** (attempt - 1))
            try:
                with aws_errors("write", self._name(key)):
                    self._client.put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=body,
                        ContentType=content_type,
                        ChecksumAlgorithm="SHA256",
                        IfNoneMatch="*",
                    )
            except ClientError as error:
                code = error_code(error)
                if code in {"PreconditionFailed", "412"}:
                    return False
                if code not in {"ConditionalRequestConflict", "409"}:
                    raise
            else:
                return True
        raise AwsUnavailableError(
            f"AWS could not write {self._name(key)} (ConditionalRequestConflict); "
            "the next run tries again"
        )

    def get(self, key: str) -> bytes:
        """Read an object.

        Source: S3, "GetObject": the code of an object that is missing is ``NoSuchKey``, if the role
        may list the bucket; the exporter's may.
        """
        try:
            with aws_errors("read", self._name(key)):
                return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error_code(error) == "NoSuchKey":
                raise NoSuchObjectError(f"there is no {self._name(key)}") from error
            raise

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with ``prefix``, in the order of their bytes."""
        with aws_errors("list", self._name(prefix)):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            for page in pages:
                for entry in page.get("Contents", []):
                    yield entry["Key"]

    def _name(self, key: str) -> str:
        return f"s3://{self._bucket}/{key}"
