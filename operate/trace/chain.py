"""Which messages belong together: by their correlation, and by who came before whom."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

MOST_MESSAGES: Final = 500
"""More than that is a batch, not a story."""


class Link(NamedTuple):
    """What a version of a message says of its place in a chain; None where it says nothing."""

    guid: str
    correlation: str | None
    predecessor: str | None


class Links(Protocol):
    """Where links are looked up."""

    def naming(self, ids: Collection[str]) -> Iterable[Link]:
        """The links that name any of these ids, in whatever place."""


@dataclass(slots=True)
class Chain:
    """The messages of one story.

    Attributes:
        guids: Their ids.
        named: Every id that any of them names, their own and correlations included.
        broken: Messages that are named as predecessors and are not there, with who names them.
        cut: Whether there are more than ``MOST_MESSAGES``, so that some were left out.
    """

    guids: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    cut: bool = False


def chain_of(seeds: Collection[Link], links: Links) -> Chain:
    """All that hangs together with some messages, however many steps away."""
    found = set(seeds)
    asked: set[str] = set()
    chain = Chain(guids={link.guid for link in found})
    while len(chain.guids) <= MOST_MESSAGES:
        ids = {each for link in found for each in link if each} - asked
        if not ids:
            break
        asked |= ids
        found |= set(links.naming(sorted(ids)))
        chain.guids = {link.guid for link in found}
    chain.named = {each for link in found for each in link if each}
    chain.cut = len(chain.guids) > MOST_MESSAGES
    if chain.cut:
        first = {link.guid for link in seeds}
        kept = sorted(chain.guids, key=lambda guid: (guid not in first, guid))[:MOST_MESSAGES]
        chain.guids = chain.named = set(kept)
    chain.broken = {
        link.predecessor: link.guid
        for link in sorted(found, key=lambda link: link.guid)
        if link.predecessor and link.predecessor not in chain.guids and not chain.cut
    }
    return chain
