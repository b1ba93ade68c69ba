"""The clock, passed to all code that needs the time, so that tests can set it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the time is, how to wait, and nothing else."""

    def now(self) -> datetime:
        """The instant, aware and in UTC; may jump when the host corrects its clock."""

    def monotonic(self) -> float:
        """Seconds since some instant; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of the host."""

    def now(self) -> datetime:
        """The instant in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some instant; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant after which nothing more may be begun, told by the monotonic clock."""

    clock: Clock
    at: float
    """Seconds on the monotonic clock."""

    @classmethod
    def after(cls, clock: Clock, time_left: timedelta) -> "Deadline":
        """The deadline that lies ``time_left`` ahead."""
        return cls(clock, clock.monotonic() + time_left.total_seconds())

    def earlier(self, margin: timedelta) -> "Deadline":
        """A deadline that comes ``margin`` before this one."""
        return Deadline(self.clock, self.at - margin.total_seconds())

    def seconds_left(self) -> float:
        """Seconds until the deadline; 0 once it has passed."""
        return max(0.0, self.at - self.clock.monotonic())

    def passed(self) -> bool:
        """Whether the deadline lies behind us."""
        return self.clock.monotonic() >= self.at
