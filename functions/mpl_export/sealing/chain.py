"""The chain of one tenant's seals in the bucket, as far as the sealer has to know it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mpl_export.archive.arrivals import Arrivals
from mpl_export.archive.layout import number_of_seal, seal_key, seals_prefix
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.checkpoint import SealHead
from mpl_export.errors import ConfigurationError
from mpl_export.sealing.seal import NotASealError, StoredSeal, read_seal


class ChainBrokenError(ConfigurationError):
    """The seals in the bucket are not those that were written: somebody has to find out why."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"the seals of the archive are not as they were written: {problem}; nothing is sealed "
            "until that is mended: run make verify, and restore what it names from the bucket's "
            "older versions"
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """The seals of a tenant."""

    store: Arrivals
    tenant: str

    def last(self) -> StoredSeal | None:
        """The seal with the highest number; None if there is none.

        Raises:
            ChainBrokenError: It cannot be read.
        """
        numbers = map(number_of_seal, self.store.keys(seals_prefix(self.tenant)))
        highest = max((number for number in numbers if number is not None), default=None)
        return None if highest is None else self.read(highest)

    def read(self, number: int) -> StoredSeal:
        """The seal of a number.

        Raises:
            ChainBrokenError: It is not there, or cannot be read.
        """
        key = seal_key(self.tenant, number)
        try:
            return read_seal(key, self.store.get(key), self.tenant)
        except NoSuchObjectError:
            raise ChainBrokenError(f"{key} is missing") from None
        except NotASealError as error:
            raise ChainBrokenError(str(error)) from error

    def back_from(self, last: StoredSeal, until: datetime) -> Iterator[StoredSeal]:
        """The seals that name what arrived at ``until`` or later, the last one first.

        Raises:
            ChainBrokenError: One of them is not the one that its successor names.
        """
        seal = last
        yield seal
        while seal.seal.number > 1:
            before = self.read(seal.seal.number - 1)
            if before.sha256 != seal.seal.previous:
                raise ChainBrokenError(
                    f"seal {before.seal.number} is not the one that seal {seal.seal.number} names"
                )
            if before.seal.until < until:
                return
            yield before
            seal = before

    def hold(self, head: SealHead | None, last: StoredSeal | None) -> None:
        """See that a seal that was made is still there.

        Args:
            head: The last one that was noted; None if none was.

        Raises:
            ChainBrokenError: It is not: seals were removed, or written anew.
        """
        if head is None:
            return
        if last is None or last.seal.number < head.number:
            there = "there is none" if last is None else f"the last one is {last.seal.number}"
            raise ChainBrokenError(f"seal {head.number} was made, and {there}")
        seal = last if last.seal.number == head.number else self.read(head.number)
        if seal.sha256 != head.sha256:
            raise ChainBrokenError(f"seal {head.number} is another one than was made")
