"""Copy objects by conditional puts: nothing is overwritten, and what has arrived is read back."""

import hashlib
from base64 import b64encode
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from operate.account import asking, code_of
from operate.endings import StoppedError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_EXISTS = frozenset({"PreconditionFailed", "412"})
_THREADS = 8
_WAITING = 4 * _THREADS
"""Objects that are under way or done and not told yet: a part has 2 MB at most, mostly 0.1."""


class Outcome(StrEnum):
    """What became of an object."""

    COPIED = "copied"
    """It was written, and read back as it was sent."""
    THERE = "there"
    """The same bytes were there already."""
    DIFFERS = "differs"
    """Another object lies under its key; it was left as it is."""
    DAMAGED = "damaged"
    """It was written, and reads otherwise than it was sent."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One object, and what became of it."""

    key: str
    size: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Ends:
    """Where objects come from and go to."""

    source: "S3Client"
    source_bucket: str
    target: "S3Client"
    target_bucket: str

    def copy(self, key: str) -> Copied:
        """Copy one object.

        S3 holds what arrives against the SHA-256 that is sent along; it is also read back, as
        later readers will read it.

        Raises:
            StoppedError: It cannot be read or written.
        """
        with asking("s3:GetObject", f"read s3://{self.source_bucket}/{key}"):
            found = self.source.get_object(Bucket=self.source_bucket, Key=key)
            body = found["Body"].read()
        digest = hashlib.sha256(body).digest()
        written = self._put_if_absent(key, body, digest, found.get("ContentType"))
        with asking("s3:GetObject", f"read s3://{self.target_bucket}/{key}"):
            arrived = self.target.get_object(Bucket=self.target_bucket, Key=key)["Body"].read()
        same = hashlib.sha256(arrived).digest() == digest
        if written:
            outcome = Outcome.COPIED if same else Outcome.DAMAGED
        else:
            outcome = Outcome.THERE if same else Outcome.DIFFERS
        return Copied(key, len(body), outcome)

    def _put_if_absent(self, key: str, body: bytes, digest: bytes, kind: str | None) -> bool:
        more: dict[str, Any] = {} if kind is None else {"ContentType": kind}
        with asking("s3:PutObject", f"write s3://{self.target_bucket}/{key}"):
            try:
                self.target.put_object(
                    Bucket=self.target_bucket,
                    Key=key,
                    Body=body,
                    ChecksumSHA256=b64encode(digest).decode(),
                    IfNoneMatch="*",
                    **more,
                )
            except ClientError as error:
                if code_of(error) in _EXISTS:
                    return False
                raise
        return True


def copy_all(ends: Ends, keys: Iterable[str]) -> Generator[Copied]:
    """Copy objects, several at a time, and tell them in the order of the keys.

    To be closed, also after an error: nothing is begun any more then.

    Raises:
        StoppedError: One cannot be read or written; what was begun with it has ended.
    """
    waiting: deque[Future[Copied]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="copy") as pool:
        try:
            for key in keys:
                waiting.append(pool.submit(ends.copy, key))
                if len(waiting) >= _WAITING:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def refuse_if_the_same(ends: Ends) -> None:
    """Refuse a copy onto itself.

    Raises:
        StoppedError: Both ends are one bucket.
    """
    same_place = ends.source.meta.endpoint_url == ends.target.meta.endpoint_url
    if ends.source_bucket == ends.target_bucket and same_place:
        raise StoppedError(f"s3://{ends.source_bucket} is both ends of the copy")
