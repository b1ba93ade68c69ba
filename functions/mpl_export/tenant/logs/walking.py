"""Read rows that no key tells apart: by overlapping offsets, again and again, until all are known.

An offset into a moving set skips rows when others leave, and where the tenant has no order of its
own each answer may come in another one.  So a pass goes in steps of half a page, which rows that
leave cannot jump over, and passes end when nothing new turns up and as many rows are known as the
tenant counts.  Where it does not count, nothing can be proven.

A place that takes longer than a run is walked by several.  What the earlier ones have seen is not
known then; two passes are the proof, if answers overlap as those of a tenant with a steady order.
"""

from collections.abc import Callable, Iterator

from mpl_export.model import Log
from mpl_export.tenant.odata import answers

type Ask = Callable[[int], tuple[answers.RawPage, list[Log]]]
"""Asks for the rows from an offset on, with a count."""

_PROOF_OF_SEVERAL = 2


class Walk:
    """One place that is read by offsets.

    Attributes:
        resolved: Whether all rows are known, as far as the tenant's count tells.
        offset: Where the answer began that was given last; 0 for a new pass.  A walk that goes on
            there overlaps with it by half an answer, like any other.
        passed: How many passes were made to their end, by this run and those before it.
    """

    def __init__(
        self, ask: Ask, *, allowed: int, passes: int, offset: int = 0, passed: int = 0
    ) -> None:
        """Prepare to read.

        Args:
            allowed: The most rows of one answer.
            passes: After how many the walk gives up.
            offset: Where the last answer of an earlier run began.
            passed: How many passes earlier runs have made.
        """
        self.resolved = False
        self.offset = offset
        self.passed = passed
        self._ask = ask
        self._allowed = allowed
        self._passes = passes
        self._by_several = offset > 0 or passed > 0
        self._longest = 0
        self._count: int | None = None
        self._overlaps: list[bool] = []
        self._versions: set[bytes] = set()
        self._guids: set[str | bytes] = set()

    @property
    def known(self) -> int:
        """How many versions are known."""
        return len(self._versions)

    def logs(self) -> Iterator[list[Log]]:
        """The logs of each answer that were not in an earlier one."""
        while self.passed < self._passes:
            before = self.known if self.offset == 0 else None
            yield from self._pass(self.offset)
            if self._is_settled(before):
                return

    def _is_settled(self, before: int | None) -> bool:
        """Whether more passes would prove nothing more.

        Args:
            before: How many versions were known before this pass; None if it is the rest of one.
        """
        if self.known == before:  # nor does a pass prove anything that shows nothing at all
            self.resolved = self._count is not None and len(self._guids) >= self._count
            return self.resolved or self._count is None or not self._versions
        if self._by_several and self.passed >= _PROOF_OF_SEVERAL and self._overlaps:
            self.resolved = self._count is not None and all(self._overlaps)
        return self.resolved

    def _pass(self, skip: int) -> Iterator[list[Log]]:
        end, more = skip, True
        while more:
            page, logs = self._ask(skip)
            self._count = page.count
            self._look_at(logs[: end - skip])
            end = skip + len(page.rows)
            fresh = [log for log in logs if log.version not in self._versions]
            self._versions.update(log.version for log in fresh)
            self._guids.update(log.guid or log.version for log in fresh)
            self._longest = max(self._longest, len(page.rows))
            more = self._is_more(page, skip)
            if not more and skip == 0:  # all in one answer
                self.resolved = True
            shown = len(page.rows) or self._longest or self._allowed
            at, skip = skip, skip + max(1, min(self._allowed, shown) // 2)
            # A tenant that neither counts nor heeds $skip would never end.
            more = more and (bool(fresh) if page.count is None else skip < page.count)
            self.offset = at if more else 0
            self.passed += not more
            yield fresh

    def _look_at(self, overlap: list[Log]) -> None:
        """Note whether an answer begins with what the one before it ended with, or mostly so."""
        if overlap:
            seen = sum(log.version in self._versions for log in overlap)
            self._overlaps.append(2 * seen >= len(overlap))

    def _is_more(self, page: answers.RawPage, skip: int) -> bool:
        """Whether there are rows behind an answer, by any of the ways in which a tenant tells."""
        shown = len(page.rows)
        if not shown and page.count is not None:
            return page.count > skip
        # A tenant with a cap of its own, which does not link on, is known by its count.
        capped = shown == self._longest and page.count is not None and skip + shown < page.count
        return page.more or shown >= self._allowed or capped
