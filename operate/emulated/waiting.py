"""Wait for something that another process does, but not for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta


class NeverHappenedError(AssertionError):
    """What was waited for did not happen in time; an assertion, as tests wait for it."""


def wait_for[T](
    what: str, probe: Callable[[], T | None], *, within: timedelta, every_seconds: float = 0.5
) -> T:
    """Ask until there is an answer.

    Args:
        what: What is waited for, to complete the sentence "... did not happen".
        probe: Answers None, False or an empty collection as long as it has not happened.
        within: The longest wait.  The probe is asked at least once, and once more at the end.

    Returns:
        The first answer that counts as true.

    Raises:
        NeverHappenedError: There was none in time.
    """
    end = time.monotonic() + within.total_seconds()
    while True:
        left = end - time.monotonic()
        answer = probe()
        if answer:
            return answer
        if left <= 0:
            raise NeverHappenedError(f"{what} did not happen within {within.total_seconds():g} s")
        time.sleep(min(every_seconds, max(left, 0)))
