"""Bucket and checkpoint in an emulated AWS, behind the real adapters, in place of the fakes.

They have the fakes' handles too, by which tests race, lose answers, and look at what is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpl_export.archive.objects import S3Objects
from mpl_export.dynamo_checkpoint import DynamoCheckpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from mpl_export.checkpoint import Checkpoint, Lease
    from tests.support.exporter.exporter_resources import Resources


class EmulatedObjects:
    """A bucket of the emulator; as ``MemoryObjects``."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._objects = S3Objects(resources.aws.client("s3"), resources.name)
        self.before_put: Callable[[str], None] = lambda _: None
        self.puts_until_lost = -1

    @property
    def held(self) -> dict[str, bytes]:
        """Key and body of every part, read now."""
        return self._resources.parts()

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one."""
        self.before_put(key)
        if not self._objects.put_if_absent(key, body, content_type=content_type):
            return False
        self.puts_until_lost -= 1
        if self.puts_until_lost == 0:  # the answer got lost, and the SDK puts again
            return self._objects.put_if_absent(key, body, content_type=content_type)
        return True

    def get(self, key: str) -> bytes:
        """Read an object that exists."""
        return self._objects.get(key)

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with ``prefix``, in order."""
        return self._objects.keys(prefix)


class EmulatedCheckpoints(DynamoCheckpoints):
    """A checkpoint of the emulator; as ``MemoryCheckpoints``."""

    def __init__(self, resources: Resources) -> None:
        super().__init__(resources.aws.client("dynamodb"), resources.name, resources.tenant)
        self._resources = resources

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint as it stands."""
        return self.read()

    def acquire(self, owner: str, *, now: datetime, until: datetime, start_from: datetime) -> Lease:
        """Take the lease unless another run holds it."""
        return self._acquire(owner, now=now, until=until, start_from=start_from)

    def release(self, owner: str) -> None:
        """Give the lease back, if it is still this owner's."""
        self._release(owner)

    def forget_lease(self) -> dict[str, str]:
        """Act as if nobody held the lease; gives what ``restore_lease`` takes."""
        item = self._resources.item()
        lease: dict[str, str] = {
            name: item[name] for name in ("owner", "held_until") if name in item
        }
        if lease:
            self._release(lease["owner"])
        return lease

    def restore_lease(self, lease: dict[str, str]) -> None:
        """Remember the lease again."""
        if lease:
            self._resources.set_item(**lease)
