"""A clock whose hands the test turns; waiting turns them too, so that no test sleeps."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class ManualClock:
    """Shows the time that it was given.

    Attributes:
        skew: How far what it shows is ahead of the true time (``true_now``).
        slept: Every wait, in seconds.
    """

    def __init__(self, now: datetime = NOON, *, skew: timedelta = timedelta(0)) -> None:
        self._now = now
        self._elapsed = 0.0
        self.skew = skew
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The instant that it shows."""
        return self._now + self.skew

    def true_now(self) -> datetime:
        """The instant by everybody else's clock."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since it was made."""
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.slept.append(seconds)
        self.turn(timedelta(seconds=seconds))

    def turn(self, by: timedelta) -> None:
        """Let some time pass."""
        self._now += by
        self._elapsed += by.total_seconds()
