"""How much of a span to ask for at once: all of it, until the tenant fails for so much."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mpl_export.instants import MILLISECOND
from mpl_export.model import Span
from mpl_export.tenant.logs.offsets import FEWER

_WIDEST = timedelta(days=36_500)


@dataclass(slots=True)
class Stretch:
    """What to ask for next.

    Attributes:
        span: What is read as a whole.
    """

    span: Span
    _width: timedelta = field(default=_WIDEST, init=False)
    _failed_until: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._failed_until = self.span.since

    @property
    def is_narrowed(self) -> bool:
        """Whether less is asked for than all that is left, because the tenant failed for it."""
        return self._width < _WIDEST

    def at(self, start: datetime, *, at_most: timedelta = _WIDEST) -> Span:
        """The stretch to ask for that begins at ``start``; it ends with the span at the latest."""
        return Span(since=start, until=start + min(self._width, at_most, self.span.until - start))

    def narrow(self, asked: Span) -> None:
        """Ask for an eighth of what the tenant failed for, but for a millisecond at least.

        From a month to a millisecond it is 11 failures by eighths; by halves, it would be 31.
        """
        self._width = max(asked.length / FEWER // MILLISECOND * MILLISECOND, MILLISECOND)
        self._failed_until = asked.until

    def widen(self, start: datetime) -> None:
        """Ask for twice as much, up to all, once ``start`` is behind the stretch that failed.

        Not before: to approach a place that times out by ever larger steps would meet it again and
        again, and each time cost a whole timeout.
        """
        if self.is_narrowed and start >= self._failed_until:
            wider = self._width * 2
            self._width = wider if wider < self.span.length else _WIDEST
