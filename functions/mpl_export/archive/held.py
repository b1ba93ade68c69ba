"""Which versions a window of the archive holds already, as far as its parts were read."""

from array import array
from collections.abc import Iterable, Sequence
from sys import byteorder

from mpl_export.model import Log
from mpl_export.version import STATE_BYTES


class HeldVersions:
    """The versions of one window, and the number of the part that would come next.

    The number is one more than the highest part *whose versions are known here*.  It is never
    taken from anywhere fresher: a put under it fails exactly if somebody wrote a part that we do
    not know, and then the difference has to be taken again.

    Memory: 16 bytes per version, in one array.  It is not indexed: a few thousand versions are
    asked for at a time, and to look through those of a busy hour takes some milliseconds.
    """

    def __init__(self) -> None:
        self.next_part = 0
        self._numbers = array("Q")
        """State and rest of each version in turn, as numbers of this machine's make."""

    def __len__(self) -> int:
        return len(self._numbers) // 2

    def part_read(self, number: int, versions: Iterable[bytes]) -> None:
        """Learn the versions of a part that was read, or was written by ourselves."""
        self._numbers.frombytes(b"".join(versions))
        self.next_part = max(self.next_part, number + 1)

    def missing(self, logs: Sequence[Log]) -> list[tuple[Log, bool]]:
        """The logs that the window does not hold, each once, and whether each is amended.

        A log is amended if its window holds its state already, with another rest.
        """
        held = self._versions_like(logs) if self._numbers else set()
        states = {version[:STATE_BYTES] for version in held}
        found: list[tuple[Log, bool]] = []
        for log in logs:
            version = log.version
            if version not in held:
                held.add(version)
                state = version[:STATE_BYTES]
                found.append((log, state in states))
                states.add(state)
        return found

    def _versions_like(self, logs: Sequence[Log]) -> set[bytes]:
        """The versions held whose state is that of one of the logs."""
        numbers = self._numbers
        states = {_number(log.version[:STATE_BYTES]) for log in logs}.intersection(numbers[::2])
        if not states:
            return set()
        return {
            state.to_bytes(STATE_BYTES, byteorder) + rest.to_bytes(STATE_BYTES, byteorder)
            for state, rest in zip(numbers[::2], numbers[1::2], strict=True)
            if state in states
        }


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


def _number(digest: bytes) -> int:
    return int.from_bytes(digest, byteorder)
