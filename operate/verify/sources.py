"""What is verified: an archive in a bucket, or in a directory with the same names."""

from collections.abc import Iterator
from typing import Protocol

from botocore.config import Config

from mpl_export.archive.arrivals import Entry

READ_AT_ONCE = 8

CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=2 * READ_AT_ONCE,
)


class Source(Protocol):
    """Where objects are read (``operate.archive.places``); threads may share it.

    What cannot be read raises ``StoppedError``, what is not there ``NoSuchObjectError``.
    """

    @property
    def name(self) -> str:
        """For people."""

    @property
    def remote(self) -> bool:
        """Whether it is a bucket: reading costs money then, and times are those of S3."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The objects whose keys begin with ``prefix``, in the order of their keys."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """What an object holds, piece by piece."""


def whole(source: Source, key: str) -> bytes:
    """All that an object holds.

    Raises:
        NoSuchObjectError: It is not there.
        StoppedError: It cannot be read.
    """
    return b"".join(source.chunks(key))
