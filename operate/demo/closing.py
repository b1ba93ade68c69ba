"""How the demo ends: the times, and what was missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operate.demo.narrator import Narrator


def close(narrator: Narrator) -> int:
    """Tell both; the answer is the exit status, 0 only if all was there."""
    narrator.heading("How long it took")
    narrator.table(
        [
            *((title, seconds, "s") for title, seconds in narrator.durations),
            ("in all", sum(seconds for _, seconds in narrator.durations), "s"),
        ]
    )
    if narrator.missing:
        narrator.heading("Missing")
        for what in narrator.missing:
            narrator.say(f"- {what}")
        return 1
    narrator.heading("Nothing is missing; nothing was left behind.")
    return 0
