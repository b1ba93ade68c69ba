"""How ``plan`` and ``backfill`` are called."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from operate.archive.where import instant_option, utc_now
from operate.backfill import run
from operate.endings import Ending, StoppedError
from operate.options import Where, somewhere, speaking
from operate.voice import Voice


def of_a_span(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say what is exported."""

    @click.option("--since", help="The beginning: an instant, or a duration before now (P30D).")
    @click.option("--until", help="The end; by default now.")
    @click.option(
        "--slice-rows",
        type=click.IntRange(100, 1_000_000),
        help="Rows of one slice; by default 50,000.  Fewer for a slow tenant.",
    )
    @wraps(command)
    def with_span(
        *args: object,
        since: str | None,
        until: str | None,
        slice_rows: int | None,
        **options: object,
    ) -> int:
        asked = {"since": since, "until": until or None, "slice_rows": slice_rows}
        for name, value in (("--since", since), ("--until", until)):
            instant_option(name, value or None, utc_now())  # before a state machine starts
        given = {name: value for name, value in asked.items() if value}
        return command(*args, asked=given, **options)

    return with_span


@click.command()
@of_a_span
@somewhere
@speaking
def plan(*, asked: dict[str, Any], where: Where, voice: Voice) -> int:
    """Say what a backfill takes: slices, requests, minutes, dollars.  Nothing is written."""
    return run.plan(where.deployed(), _with_since(asked), voice)


@click.command()
@of_a_span
@click.option("--execution", help="An execution to watch, instead of starting one.")
@somewhere
@speaking
def backfill(*, asked: dict[str, Any], execution: str | None, where: Where, voice: Voice) -> int:
    """Export a span again, or for the first time, and watch it.  Nothing is stored twice."""
    if not execution:
        _with_since(asked)
    return run.backfill(where.deployed(), asked, voice, follow=execution or None)


def _with_since(asked: dict[str, Any]) -> dict[str, Any]:
    if "since" not in asked:
        raise StoppedError("say where to begin: --since (make: SINCE=P30D)", Ending.USAGE)
    return asked
