"""A bucket in memory as ``verify`` reads it, and the verdict on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mpl_export.archive.arrivals import Entry
from mpl_export.checkpoint import SealHead
from operate.verify.findings import Findings
from operate.verify.run import Days, Request, verify
from operate.voice import Voice
from tests.support.exporter.fakes import MemoryObjects


@dataclass(frozen=True, slots=True)
class MemorySource:
    """A bucket in memory."""

    objects: MemoryObjects

    @property
    def name(self) -> str:
        """For people."""
        return "memory"

    @property
    def remote(self) -> bool:
        """It is like one."""
        return True

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The objects whose keys begin with ``prefix``."""
        return self.objects.listing(prefix).entries

    def chunks(self, key: str) -> Iterator[bytes]:
        """What an object holds."""
        yield self.objects.get(key)


def verdict_on(
    objects: MemoryObjects,
    tenant: str,
    now: datetime,
    head: SealHead | None = None,
    *,
    deep: bool = True,
) -> Findings:
    """Hold everything against the seals, record by record."""
    request = Request(
        source=MemorySource(objects), tenant=tenant, days=Days(), head=head, keys={}, deep=deep
    )
    return verify(request, Voice(as_json=True), now)
