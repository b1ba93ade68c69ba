"""Where an archive lies, whatever holds it (``bucket``, ``folder``), and whose logs are meant."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from mpl_export.archive.arrivals import Entry
from mpl_export.archive.objects import NoSuchObjectError
from operate.endings import StoppedError

CHUNK_BYTES = 1 << 20


class Stored(NamedTuple):
    """An object: its key, and its size in bytes."""

    key: str
    size: int


class GoneError(NoSuchObjectError):
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

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The same, with when each object arrived."""

    def folders(self, prefix: str) -> list[str]:
        """The names one level below a prefix that ends with ``/``, rising."""

    def read(self, key: str) -> bytes:
        """A small object whole.

        Raises:
            GoneError: It is not there.
        """

    def chunks(self, key: str) -> Iterator[bytes]:
        """What an object holds, piece by piece.

        Raises:
            GoneError: It is not there.
        """

    def local(self, key: str, cache: Path) -> Path:
        """An object as a file, brought into ``cache`` if need be.

        Raises:
            GoneError: It is not there.
        """


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
