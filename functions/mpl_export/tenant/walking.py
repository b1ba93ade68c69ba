"""Read rows that no key tells apart: by overlapping offsets, again and again, until all are known.

An offset into a moving set skips rows when others leave, and where the tenant has no order of its
own each answer may come in another one.  So a pass goes in steps of half a page, which rows that
leave cannot jump over, and passes end when nothing new turns up and as many rows are known as the
tenant counts.  Where it does not count, nothing can be proven.
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
        self._longest = 0
        self._versions: set[bytes] = set()
        self._guids: set[str | bytes] = set()

    @property
    def known(self) -> int:
        """How many versions are known."""
        return len(self._versions)

    def logs(self) -> Iterator[list[Log]]:
        """The logs of each answer that were not in an earlier one."""
        for _ in range(self._passes):
            before = self.known
            skip, count, more = 0, None, True
            while more:
                page, logs = self._ask(skip)
                fresh = [log for log in logs if log.version not in self._versions]
                self._versions.update(log.version for log in fresh)
                self._guids.update(log.guid or log.version for log in fresh)
                yield fresh
                count = page.count
                self._longest = max(self._longest, len(page.rows))
                more = self._is_more(page, skip)
                if not more and skip == 0:  # all in one answer
                    self.resolved = True
                    return
                shown = len(page.rows) or self._longest or self._allowed
                skip += max(1, min(self._allowed, shown) // 2)
                # A tenant that neither counts nor heeds $skip would never end.
                more = more and (bool(fresh) if count is None else skip < count)
            if self.known == before:
                self.resolved = count is not None and len(self._guids) >= count
                if self.resolved or count is None or not self._versions:
                    return  # or more passes would prove nothing either

    def _is_more(self, page: odata.RawPage, skip: int) -> bool:
        """Whether there are rows behind an answer, by any of the ways in which a tenant tells."""
        shown = len(page.rows)
        if not shown and page.count is not None:
            return page.count > skip
        # A tenant with a cap of its own, which does not link on, is known by its count.
        capped = shown == self._longest and page.count is not None and skip + shown < page.count
        return page.more or shown >= self._allowed or capped
