"""Watch an execution: how far it is, how fast, how long it may take; Ctrl-C asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from operate.backfill.execution import Execution, Progress
from operate.voice import Voice

_LOOK_SECONDS = 3.0
_LINE_SECONDS = 15.0
"""How often a line is printed where no bar can be drawn."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the time passes: replaced in tests."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def watch(execution: Execution, voice: Voice, pace: Pace | None = None) -> dict[str, Any] | None:
    """Wait for the end of an execution.

    Returns:
        How it ended, as Step Functions describes it; None if only the watching was ended.
    """
    pace = pace or Pace()
    begun = pace.now()
    while True:
        try:
            return _watched(execution, voice, pace, begun)
        except KeyboardInterrupt:
            match _asked(voice):
                case "stop":
                    execution.stop()
                    voice.say(
                        "Stopped.  Slices that are being exported end their run by themselves."
                    )
                    return execution.described()
                case "leave":
                    return None
                case _:
                    continue


def line_of(progress: Progress, seconds: float) -> str:
    """How far it is, in one line."""
    if not progress.slices:
        return "planning"
    rate = progress.rows / seconds if seconds > 0 else 0.0
    parts = [
        f"{progress.done} of {progress.slices} slices",
        f"{progress.rows:,} rows read",
        f"{progress.stored:,} versions stored",
    ]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.rows:
        parts.append(f"{rate:,.0f} rows a second")
    left = _seconds_left(progress, seconds)
    if left is not None:
        parts.append(f"about {_time(left)} left")
    return ", ".join(parts)


def _seconds_left(progress: Progress, seconds: float) -> float | None:
    """By rows where they are counted, else by slices; None before the first has ended."""
    if not progress.done or progress.done == progress.slices:
        return None
    done, total = progress.done, progress.slices
    if progress.rows and progress.expected > progress.rows:
        done, total = progress.rows, progress.expected
    return seconds * (total - done) / done


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _watched(execution: Execution, voice: Voice, pace: Pace, begun: float) -> dict[str, Any]:
    printed = ""
    due = pace.now()
    with voice.moving() as show:
        while True:
            described = execution.described()
            line = line_of(execution.look(), pace.now() - begun)
            ended = described["status"] != "RUNNING"
            show(line)
            if line != printed and (ended or pace.now() >= due) and not voice.draws:
                voice.progress(line)
                printed, due = line, pace.now() + _LINE_SECONDS
            if ended:
                return described
            pace.sleep(_LOOK_SECONDS)


def _asked(voice: Voice) -> str:
    """What Ctrl-C was meant to end; where nobody can answer, the watching."""
    if not voice.draws:
        return "leave"
    try:
        answer = click.prompt(
            "\nEnd the backfill (stop), only the watching (leave), or neither (on)?",
            type=click.Choice(["stop", "leave", "on"]),
            default="leave",
            err=True,
        )
    except (click.Abort, KeyboardInterrupt):
        return "leave"
    return str(answer)
