"""$orderby: the few orders that the tenant is known for.

Nulls are last in rising and first in falling order, as in PostgreSQL: undated rows hide the
newest ones from a client that asks for ``LogEnd desc``.
"""

import random
from collections.abc import Callable
from typing import Final

from operate.sap_tenant.columns import ORDERS
from operate.sap_tenant.odata_errors import refused
from operate.sap_tenant.rows import Row

type Order = tuple[tuple[str, bool], ...]
"""(property, descending) pairs; empty is the order in which the rows were written."""

UNORDERED: Final[Order] = ()
BY_LOG_END: Final[Order] = (("LogEnd", False),)
BY_LOG_END_DESC: Final[Order] = (("LogEnd", True),)


def parse_order(text: str | None) -> Order:
    """Read $orderby.

    Raises:
        ODataError: An order that nobody has seen the tenant accept (400).
    """
    if text is None:
        return UNORDERED
    words = ",".join(" ".join(part.split()) for part in text.split(","))
    if words not in ORDERS:
        raise refused("Invalid order by expression")
    return ORDERS[words]


def ordered(rows: list[Row], order: Order) -> list[Row]:
    """Sort rows; ties keep a place that does not depend on what is being sorted by."""
    if order == UNORDERED:
        return sorted(rows, key=lambda row: row.number)
    rows = sorted(rows, key=lambda row: row.place[1:])
    for path, descending in reversed(order):
        rows.sort(key=_rank(path), reverse=descending)
    return rows


def shuffle_ties(rows: list[Row], order: Order, first: int, last: int, seed: int) -> None:
    """Give the ties that touch ``rows[first:last]`` another order, in place."""
    if order == UNORDERED or not rows[first:last]:
        return
    source = random.Random(seed)  # noqa: S311 - an order, no secret
    keys = [_rank(path) for path, _ in order]

    def rank(row: Row) -> list[object]:
        return [key(row) for key in keys]

    while first > 0 and rank(rows[first - 1]) == rank(rows[first]):
        first -= 1
    last = min(last, len(rows))
    while last < len(rows) and rank(rows[last]) == rank(rows[last - 1]):
        last += 1
    start = first
    for index in range(first + 1, last + 1):
        if index == last or rank(rows[index]) != rank(rows[start]):
            group = rows[start:index]
            source.shuffle(group)
            rows[start:index] = group
            start = index


def _rank(path: str) -> Callable[[Row], tuple[bool, str | int]]:
    def rank(row: Row) -> tuple[bool, str | int]:
        value = row.value(path)
        return (value is None, "" if value is None else value)

    return rank
