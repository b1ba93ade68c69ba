"""Answering a question from the store: one page, its count, and where the next one begins."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.ordering import (
    BY_LOG_END,
    BY_LOG_END_DESC,
    ordered,
    shuffle_ties,
)
from operate.sap_tenant.question import Question
from operate.sap_tenant.rows import Row
from operate.sap_tenant.store import Store

type BetweenQueries = Callable[[list[str]], object]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer with logs.

    Attributes:
        total: All rows of the question, if it asked for their number.
        next_offset: Where a next page begins; None if the answer has no next link.
        next_top: What is left of a $top above the cap.
    """

    rows: list[Row]
    total: int | None
    next_offset: int | None
    next_top: int | None


def page_of(
    store: Store,
    question: Question,
    behaviour: Behaviour,
    between_queries: Iterable[BetweenQueries] = (),
) -> Page:
    """Answer a question.

    Args:
        between_queries: What happens between the query that chooses the rows and the one that
            fetches their lists, and shows the rows as they are by then; is told their ids.
    """
    cap = behaviour.page_cap
    limit = cap if question.top is None else min(cap, question.top)
    rows, total = _find(store, question, limit, behaviour)
    if question.count and total is None:
        total = count_of(store, question)
    next_offset, next_top = _next(question, len(rows), limit, behaviour)
    following = next_offset is not None and (
        behaviour.next_on_full_page or bool(_find(store, question, 1, behaviour, past=len(rows))[0])
    )
    if question.selection.expanded:
        for happen in between_queries:
            happen([row.guid for row in rows])
        rows = [row for row in rows if store.get(row.guid) is row]
        # The second query that fetches the lists brings the page in another order (REC1).
        rows.sort(key=lambda row: (row.guid.lower(), row.guid))
    return Page(
        rows,
        total if question.count else None,
        next_offset if following else None,
        next_top if following else None,
    )


def count_of(store: Store, question: Question) -> int:
    """Count the rows of a question, whatever $top and $skip say."""
    if _is_interval(question):
        interval = store.dated(question.plan.since, question.plan.until)
        return len(interval) + len(_undated(store, question))
    return sum(1 for _ in _matching(store, question, backward=False))


def _next(
    question: Question, found: int, limit: int, behaviour: Behaviour
) -> tuple[int | None, int | None]:
    """Say where to go on: never after a $top within the cap, whatever was left out."""
    cap = behaviour.page_cap
    if found < limit or (question.top is not None and question.top <= cap):
        return None, None
    left = None if question.top is None else question.top - cap
    return question.offset + found, left


def _find(
    store: Store, question: Question, limit: int, behaviour: Behaviour, *, past: int = 0
) -> tuple[list[Row], int | None]:
    offset = question.offset + past
    shuffled = behaviour.tie_order == "shuffle"
    by_end = question.order in {BY_LOG_END, BY_LOG_END_DESC}
    backward = question.order == BY_LOG_END_DESC
    if by_end and not shuffled and _is_interval(question):
        return _slice(store, question, offset, limit, backward=backward), None
    matching = _matching(store, question, backward=backward)
    if by_end and not shuffled:
        return list(islice(matching, offset, offset + limit)), None
    rows = list(matching)
    if not by_end:
        rows = ordered(rows, question.order)
    if shuffled:
        seed = store.random.getrandbits(32)
        shuffle_ties(rows, question.order, offset, offset + limit, seed)
    return rows[offset : offset + limit], len(rows)


def _slice(
    store: Store, question: Question, offset: int, limit: int, *, backward: bool
) -> list[Row]:
    """Cut the page out of the sorted list: nulls first when falling, last when rising."""
    interval = store.dated(question.plan.since, question.plan.until)
    undated = _undated(store, question)
    first = len(undated) if backward else len(interval)

    def dated(skip: int, most: int) -> list[Row]:
        return interval.cut(skip, most, backward=backward)

    def nulls(skip: int, most: int) -> list[Row]:
        return undated[skip : skip + most]

    head, tail = (nulls, dated) if backward else (dated, nulls)
    rows = head(offset, limit) if offset < first else []
    return rows + tail(max(0, offset - first), limit - len(rows))


def _is_interval(question: Question) -> bool:
    """Tell whether two bisections answer the question, without a look at any row."""
    return not question.plan.tests and question.custom_header is None


def _undated(store: Store, question: Question) -> list[Row]:
    return [] if question.plan.bounded else store.undated


def _matching(store: Store, question: Question, *, backward: bool) -> Iterator[Row]:
    """Give the rows of a question in order of LogEnd, undated rows at the right end."""
    interval = store.dated(question.plan.since, question.plan.until)
    undated = _undated(store, question)
    rows = chain(undated, interval.backward()) if backward else chain(interval.forward(), undated)
    passes = question.plan.passes
    wanted = question.custom_header
    return (row for row in rows if passes(row) and (wanted is None or wanted in row.custom_headers))
