"""Neighbours among the dated rows, without a copy of them."""

from collections.abc import Iterator

from operate.sap_tenant.moments import Micros
from operate.sap_tenant.rows import Row

type Place = tuple[Micros, int, int]
"""Where a row stands: by LogEnd, ties by what means nothing."""


def place_of(pair: tuple[Place, Row]) -> Place:
    """Give the place of a row in the list."""
    return pair[0]


def end_of(pair: tuple[Place, Row]) -> Micros:
    """Give the true LogEnd of a row in the list."""
    return pair[0][0]


class Interval:
    """A view of neighbouring rows, oldest ``LogEnd`` first, that copies nothing."""

    def __init__(self, dated: list[tuple[Place, Row]], low: int, high: int) -> None:
        self._dated = dated
        self._low = low
        self._high = high

    def __len__(self) -> int:
        """Count the rows of the interval."""
        return self._high - self._low

    def forward(self) -> Iterator[Row]:
        """Give the rows, oldest first."""
        return (self._dated[index][1] for index in range(self._low, self._high))

    def backward(self) -> Iterator[Row]:
        """Give the rows, newest first."""
        return (self._dated[index][1] for index in range(self._high - 1, self._low - 1, -1))

    def cut(self, offset: int, limit: int, *, backward: bool) -> list[Row]:
        """Give at most ``limit`` rows after ``offset`` rows, in either direction."""
        if backward:
            high = max(self._low, self._high - offset)
            low = max(self._low, high - limit)
            return [pair[1] for pair in reversed(self._dated[low:high])]
        low = min(self._high, self._low + offset)
        return [pair[1] for pair in self._dated[low : min(self._high, low + limit)]]
