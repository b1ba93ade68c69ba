"""What an archive holds, whoever wrote it: so that nobody wins by losing something."""

from __future__ import annotations

import gzip
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from operate.sap_tenant.bulk_rows import hash_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_GZIP: Final = b"\x1f\x8b"
_GUID: Final = re.compile(rb'"(?:MessageGuid|message_guid)":\s*"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Archived:
    """What was found.

    Attributes:
        objects: Gzip files of JSON lines with logs.
        bytes: Their size.
        lines: Their lines.
        guids_sum: The sum of the hashes of the ids in them (``bulk_rows.BulkRows``).
    """

    objects: int
    bytes: int
    lines: int
    guids_sum: int

    def as_json(self) -> dict[str, Any]:
        """Give a plain form."""
        return asdict(self)


def archived(bodies: Iterable[bytes]) -> Archived:
    """Look into objects; what is no gzip, or holds no log, is somebody's book-keeping."""
    objects = size = lines = total = 0
    for body in bodies:
        if not body.startswith(_GZIP):
            continue
        guids = [_GUID.search(line) for line in gzip.decompress(body).splitlines()]
        found = [match[1] for match in guids if match is not None]
        if not found:
            continue
        objects += 1
        size += len(body)
        lines += len(found)
        total += sum(map(hash_of, found))
    return Archived(objects, size, lines, total % (1 << 64))
