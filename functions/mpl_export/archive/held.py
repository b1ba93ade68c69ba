"""Which versions a window of the archive holds already, as far as its parts were read."""

from collections.abc import Iterable, Sequence

from mpl_export.model import Log
from mpl_export.version import STATE_BYTES


class HeldVersions:
    """The versions of one window, and the number of the part that would come next.

    The number is one more than the highest part *whose versions are known here*.  It is never
    taken from anywhere fresher: a put under it fails exactly if somebody wrote a part that we do
    not know, and then the difference has to be taken again.

    Memory: about 130 bytes per version.
    """

    def __init__(self) -> None:
        self.next_part = 0
        self._rests: dict[bytes, bytes] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def part_read(self, number: int, versions: Iterable[bytes]) -> None:
        """Learn the versions of a part that was read, or was written by ourselves."""
        for version in versions:
            self._learn(version)
        self.next_part = max(self.next_part, number + 1)

    def missing(self, logs: Iterable[Log]) -> list[tuple[Log, bool]]:
        """The logs that the window does not hold, each once, and whether each is amended.

        A log is amended if its window holds its state already, with another rest.
        """
        found: dict[bytes, tuple[Log, bool]] = {}
        states: set[bytes] = set()
        for log in logs:
            state = log.version[:STATE_BYTES]
            if log.version in found or self._holds(log.version):
                continue
            found[log.version] = (log, state in states or state in self._rests)
            states.add(state)
        return list(found.values())

    def _holds(self, version: bytes) -> bool:
        rests = self._rests.get(version[:STATE_BYTES], b"")
        rest = version[STATE_BYTES:]
        return any(rests[at : at + len(rest)] == rest for at in range(0, len(rests), len(rest)))

    def _learn(self, version: bytes) -> None:
        if self._holds(version):
            return
        state = version[:STATE_BYTES]
        self._rests[state] = self._rests.get(state, b"") + version[STATE_BYTES:]
        self._count += 1


def batches(
    missing: Sequence[tuple[Log, bool]], *, most_logs: int, most_bytes: int
) -> Iterable[list[tuple[Log, bool]]]:
    """Cut what is to be written into parts of bounded size; one log alone may exceed the bytes."""
    batch: list[tuple[Log, bool]] = []
    size = 0
    for log, amended in missing:
        if batch and (len(batch) >= most_logs or size + len(log.members) > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append((log, amended))
        size += len(log.members)
    if batch:
        yield batch
