"""A clock that stands still until it is told otherwise."""

from datetime import datetime, timedelta


class HandClock:
    """Gives the same instant until it is moved by hand; call it for the present."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Give the present."""
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Move on and give the new present."""
        self.now += by
        return self.now
