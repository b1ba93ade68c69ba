"""Put a story together: look, follow the chain, and look further where it leads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from mpl_export.instants import parse_instant
from mpl_export.model import Span, created_at
from operate.trace.chain import Chain, chain_of
from operate.trace.source import Found, Source
from operate.trace.wanted import Wanted, days_of

_MOST_EXTENSIONS: Final = 12


@dataclass(frozen=True, slots=True)
class Message:
    """One message and its versions, oldest first."""

    guid: str
    versions: Sequence[Found]

    @property
    def newest(self) -> dict[str, Any]:
        """Its newest version."""
        return self.versions[-1].record

    @property
    def started(self) -> datetime | None:
        """When it began, as far as its versions or its id tell."""
        shown = [each.record["LogStart"] for each in self.versions if each.record.get("LogStart")]
        return parse_instant(min(shown)) if shown else created_at(self.guid)


@dataclass(frozen=True, slots=True)
class Story:
    """A chain of messages.

    Attributes:
        span: What was looked through.
        messages: By their start.
        chain: What the chain says of itself.
    """

    wanted: Wanted
    span: Span
    messages: Sequence[Message]
    chain: Chain

    @property
    def versions(self) -> int:
        """How many there are."""
        return sum(len(message.versions) for message in self.messages)


def tell(
    source: Source,
    wanted: Wanted,
    *,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
) -> Story:
    """Find the story of a message.

    Without bounds, what is read is the time that the ids themselves tell, and the retention after
    it; a chain that leads to older or younger messages leads to their days.  Bounds bind.

    Raises:
        StoppedError: Something cannot be read.
    """
    first, last = days_of([wanted.created], now) if wanted.created else (now, now)
    span = _span(since or first, until or last)
    source.cover(span)
    chain = Chain()
    for _ in range(_MOST_EXTENSIONS):
        seeds = source.seeds()
        if not seeds:
            break
        chain = chain_of(seeds, source)
        wider = _wider(span, chain, since=since, until=until, now=now)
        if wider == span:
            break
        span = wider
        source.cover(span)
    return Story(wanted, span, _messages(source.versions(chain.guids)), chain)


def _wider(
    span: Span, chain: Chain, *, since: datetime | None, until: datetime | None, now: datetime
) -> Span:
    """The span in which all versions of the chain's messages lie, as far as bounds allow.

    Correlations count, too: one begins with the first message of its chain.
    """
    created = [
        instant
        for each in chain.named
        if (instant := created_at(each)) is not None and instant < now
    ]
    if not created:
        return span
    first, last = days_of(created, now)
    return _span(
        span.since if since else min(span.since, first),
        span.until if until else max(span.until, last),
    )


def _span(since: datetime, until: datetime) -> Span:
    return Span(since=since, until=max(until, since + timedelta(milliseconds=1)))


def _messages(found: Iterable[Found]) -> list[Message]:
    """Versions by message; a version that lies in two parts, which never happens, counts once."""
    unique = {each.record["Version"]: each for each in found}
    by_guid = sorted(unique.values(), key=lambda each: (_guid(each), *_age(each)))
    messages = [Message(guid, list(group)) for guid, group in groupby(by_guid, key=_guid)]
    return sorted(messages, key=lambda each: (each.started is None, each.started, each.guid))


def _guid(found: Found) -> str:
    return str(found.record["MessageGuid"])


def _age(found: Found) -> tuple[str, str, str]:
    """By the record's own rule: a null ``LogEnd`` is older than any, then ``ReadAt`` counts."""
    record = found.record
    return (record.get("LogEnd") or "", record["ReadAt"], record["Version"])
