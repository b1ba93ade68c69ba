"""Rows by the million, as one text: pages are cut out of memory instead of being put together.

Every row is a row of ``population`` in the form of ``json_form``, with ids, dates and numbers of
its own, so it costs a client what a row of the simulated tenant costs.  All ended well: none is
open, and none has an error text to be asked for.
"""

import base64
import random
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from itertools import cycle
from typing import Final

from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.json_form import JsonForm
from operate.sap_tenant.moments import Micros, micros_of
from operate.sap_tenant.population import draft
from operate.sap_tenant.rows import Row
from operate.sap_tenant.selection import Selection

BULK_ORIGIN: Final = "https://acme-integration-prod.it-cpi018.cfapps.eu10-003.hana.example:443"
"""Under which rows name themselves; of the length that such names have."""

_PATTERNS: Final = 499
_START, _END = 1_111_111_111_111, 1_222_222_222_222
_MARKS: Final = {
    "@guid@": "%(guid)s",
    "@correlation@": "%(correlation)s",
    "@transaction@": "%(transaction)s",
    "@number@": "%(number)d",
    str(_START): "%(start)d",
    str(_END): "%(end)d",
}
_LONGEST_RUN: Final = 90_000
_COUNTED_BITS: Final = 64


class BulkRows:
    """The rows of a span, spread evenly over it, from a seed.

    Attributes:
        ends: The ``LogEnd`` of each row in milliseconds since 1970, rising.
        guids_sum: The sum of the hashes of all ids (``hash_of``), whatever their order: two sets of
            as many ids with the same sum are the same.
    """

    def __init__(self, count: int, since: datetime, until: datetime, *, seed: int = 0) -> None:
        self._seed = seed
        first, last = micros_of(since) // 1000, micros_of(until) // 1000
        step = (last - first) / max(count, 1)
        source = random.Random(seed)  # noqa: S311 - rows, no secrets
        self.ends = array("q", (first + int((i + source.random()) * step) for i in range(count)))
        self.guids_sum = sum(hash_of(guid) for guid, _ in self._ids()) % (1 << _COUNTED_BITS)
        self._texts: dict[Selection, tuple[bytearray, array[int]]] = {}

    def __len__(self) -> int:
        return len(self.ends)

    def between(self, since: Micros | None, until: Micros | None) -> tuple[int, int]:
        """The numbers of the first row of an interval and of the first one after it."""
        low = 0 if since is None else bisect_left(self.ends, -(-since // 1000))
        high = len(self.ends) if until is None else bisect_left(self.ends, -(-until // 1000))
        return low, max(low, high)

    def text(self, selection: Selection, low: int, high: int) -> memoryview:
        """The rows ``low <= number < high`` with commas between them; not a byte is copied."""
        text, places = self.prepare(selection)
        return memoryview(text)[places[low] : max(places[low], places[high] - 1)]

    def prepare(self, selection: Selection) -> tuple[bytearray, "array[int]"]:
        """Write all rows in a form; 1 GB and some seconds for half a million."""
        known = self._texts.get(selection)
        if known is None:
            patterns = _patterns(selection, self._seed)
            text, places = bytearray(), array("Q", [0])
            rows = zip(cycle(patterns), self._ids(), self.ends, strict=False)
            for pattern, (guid, source), end in rows:
                text += pattern % {
                    b"guid": guid,
                    b"correlation": base64.urlsafe_b64encode(b"\0" + source.randbytes(20)),
                    b"transaction": source.randbytes(16).hex().encode(),
                    b"number": source.randrange(10_000, 10_000_000),
                    b"start": end - int(source.random() ** 3 * _LONGEST_RUN),
                    b"end": end,
                }
                places.append(len(text))
            known = self._texts[selection] = text, places
        return known

    def _ids(self) -> Iterator[tuple[bytes, random.Random]]:
        """The id of each row, and where the rest of its values comes from."""
        ids, rest = random.Random(self._seed + 1), random.Random(self._seed + 2)  # noqa: S311
        for end in self.ends:
            created = struct.pack(">I", end // 1000)
            yield base64.urlsafe_b64encode(b"\0" + created + ids.randbytes(16)), rest


def hash_of(guid: bytes) -> int:
    """The hash of an id that sums are made of."""
    return int.from_bytes(blake2b(guid, digest_size=_COUNTED_BITS // 8).digest())


def pattern_rows(seed: int) -> Iterator[Row]:
    """The rows that all others are like, with marks for what differs."""
    source = random.Random(seed)  # noqa: S311 - rows, no secrets
    for number in range(_PATTERNS):
        made = draft(source, "COMPLETED")
        if made.values["ApplicationMessageId"]:
            made.values["ApplicationMessageId"] = "PO-@number@"
        made.values.update(CorrelationId="@correlation@", TransactionId="@transaction@")
        yield Row(
            number=number,
            guid="@guid@",
            start=_START * 1000,
            end=_END * 1000,
            values=made.values,
            artifact=made.artifact,
        )


def _patterns(selection: Selection, seed: int) -> list[bytes]:
    form = JsonForm(selection, Behaviour(), f"{BULK_ORIGIN}/api/v1")
    patterns = []
    for row in pattern_rows(seed):
        text = form.entry(row).replace("%", "%%") + ","
        for mark, place in _MARKS.items():
            text = text.replace(mark, place)
        patterns.append(text.encode())
    return patterns
