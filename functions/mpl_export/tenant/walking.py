"""Read rows that no key tells apart: by overlapping offsets, again and again, until all are known.

An offset into a moving set skips rows when others leave, and where the tenant has no order of its
own each answer may come in another one.  So a pass goes in steps of half a page, which rows that
leave cannot jump over, and passes end when nothing new turns up and as many rows are known as the
tenant counts.
"""

from collections.abc import Callable, Iterator

from mpl_export.model import Log
from mpl_export.tenant import odata

type Ask = Callable[[int], tuple[odata.RawPage, list[Log]]]
"""Asks for the rows from an offset on, with a count."""


class Walk:
    """One place that is read by offsets.

    Attributes:
        resolved: Whether all rows are known, as far as the tenant's count tells.
    """

    def __init__(self, ask: Ask, *, allowed: int, passes: int) -> None:
        """Prepare to read.

        Args:
            allowed: The most rows of one answer.
            passes: After so many the walk gives up.
        """
        self.resolved = False
        self._ask = ask
        self._allowed = allowed
        self._passes = passes
        self._versions: set[bytes] = set()
        self._guids: set[str | bytes] = set()

    @property
    def known(self) -> int:
        """How many versions are known."""
        return len(self._versions)

    def logs(self) -> Iterator[list[Log]]:
        """The logs of each answer that were not in an earlier one."""
        for _ in range(self._passes):
            before, skip, count, more = self.known, 0, 0, True
            while more:
                page, logs = self._ask(skip)
                fresh = [log for log in logs if log.version not in self._versions]
                self._versions.update(log.version for log in fresh)
                self._guids.update(log.guid or log.version for log in fresh)
                yield fresh
                more = page.more or len(page.rows) >= self._allowed
                if not more and skip == 0:  # all in one answer
                    self.resolved = True
                    return
                skip += max(1, min(self._allowed, len(page.rows)) // 2)
                if page.count is None:
                    more = more and bool(fresh)  # a tenant that ignores $skip would never end
                else:
                    count = page.count
                    more = more and skip < count
            if self.known == before and len(self._guids) >= count:
                self.resolved = True
                return
