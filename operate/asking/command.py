"""How ``ask`` is called."""

from datetime import timedelta
from typing import Final

import click

from operate.archive.where import ArchiveWhere, from_archive, instant_option, utc_now
from operate.asking.run import Asked, list_queries, show_statement
from operate.asking.run import ask as answer
from operate.asking.texts import query_named
from operate.options import speaking
from operate.voice import Voice

_BACK: Final = timedelta(days=7)


@click.command()
@click.argument("query", metavar="[QUERY]", required=False)
@click.option("--since", help="Messages from here on: an instant, or a duration before now (P7D).")
@click.option("--until", help="Messages up to here; by default now.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value that the query takes, such as id=... or text=...  May be repeated.",
)
@click.option("--sql", "as_sql", is_flag=True, help="Show the statement instead of running it.")
@click.option(
    "--with",
    "engine",
    type=click.Choice(["auto", "here", "athena"]),
    default="auto",
    show_default=True,
    help="Who answers: Athena for a stack, DuckDB here for a bucket or a copy.",
)
@from_archive
@speaking
def ask(
    *,
    query: str | None,
    since: str | None,
    until: str | None,
    pairs: tuple[str, ...],
    as_sql: bool,
    engine: str,
    where: ArchiveWhere,
    voice: Voice,
) -> int:
    """Answer a question from the archive; without QUERY, list the questions there are."""
    if not query:
        return list_queries(voice)
    now = utc_now()
    last = instant_option("--until", until, now) or now
    first = instant_option("--since", since, now) or last - _BACK
    if first >= last:
        raise click.UsageError("SINCE has to lie before UNTIL, and before now")
    asked = Asked(query=query_named(query), since=first, until=last, values=dict(map(_pair, pairs)))
    if as_sql:
        return show_statement(asked, voice)
    return answer(where, asked, engine, voice)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise click.UsageError(f"--set takes NAME=VALUE, not {text!r}")
    if name in {"since", "until"}:
        raise click.UsageError(f"give {name} by --{name}")
    return name, value
