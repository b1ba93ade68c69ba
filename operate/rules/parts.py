"""The parts that rules are tried on: of one tenant, by day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mpl_export.archive.layout import day_prefix, part_of_key
from mpl_export.model import WINDOW
from operate.endings import StoppedError
from operate.verify.sources import Source, whole

_TENANTS = "mpl/v1/tenant="


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a tenant."""

    source: Source
    tenant: str

    @classmethod
    def of(cls, source: Source, tenant: str | None) -> "Parts":
        """The parts of a tenant, which need not be named where there is one only.

        Raises:
            StoppedError: There are several, or none of that name.
        """
        if tenant is not None:
            return cls(source, tenant)
        keys = (entry.key for entry in source.entries(_TENANTS.rpartition("/")[0] + "/"))
        found = sorted({key.removeprefix(_TENANTS).partition("/")[0] for key in keys})
        if len(found) == 1:
            return cls(source, found[0])
        there = f"it holds {', '.join(found)}" if found else "it holds no parts"
        raise StoppedError(f"name the tenant in {source.name} by --tenant: {there}")

    def bodies(self, since: datetime, until: datetime) -> Iterator[tuple[str, bytes]]:
        """Keys and bodies of the parts that may hold what ended between two instants."""
        noon = since.replace(hour=12, minute=0, second=0, microsecond=0)
        while noon.date() <= until.date():
            for entry in self.source.entries(day_prefix(self.tenant, noon)):
                found = part_of_key(entry.key)
                if found is not None and found[0] + WINDOW > since:
                    yield entry.key, whole(self.source, entry.key)
            noon += timedelta(days=1)
