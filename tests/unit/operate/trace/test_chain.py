"""Which messages belong together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from operate.trace.chain import MOST_MESSAGES, Link, chain_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_IDS = st.sampled_from("abcdefgh")
_LINKS = st.lists(
    st.builds(
        Link,
        _IDS,
        st.one_of(st.none(), st.sampled_from("ABC")),
        st.one_of(st.none(), _IDS),
    ),
    min_size=1,
    max_size=12,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Links that are all known."""

    links: Collection[Link]

    def naming(self, ids: Collection[str]) -> Iterable[Link]:
        """Those that name any of these."""
        return [link for link in self.links if not set(ids).isdisjoint(link)]


@given(links=_LINKS)
def test_a_chain_is_whatever_hangs_together_however_it_is_entered(links: list[Link]) -> None:
    """The same messages, whichever of them is asked for."""
    together = set(links[0]) - {None}
    while (
        more := {each for link in links if not together.isdisjoint(link) for each in link if each}
        - together
    ):
        together |= more

    chain = chain_of([links[0]], Known(links))

    assert chain.guids == {link.guid for link in links if not together.isdisjoint(link)}
    for guid in chain.guids:
        entered = [link for link in links if link.guid == guid]
        assert chain_of(entered, Known(links)).guids == chain.guids
    named = {link.predecessor for link in links if link.guid in chain.guids} - {None}
    assert set(chain.broken) == named - chain.guids


def test_a_batch_is_cut_and_says_so() -> None:
    """One correlation for a hundred thousand messages is no story."""
    links = [Link(f"{number:05}", "all", None) for number in range(MOST_MESSAGES + 50)]

    chain = chain_of(links[:1], Known(links))

    assert chain.cut
    assert len(chain.guids) == MOST_MESSAGES


def test_the_message_that_was_asked_for_is_never_cut_off() -> None:
    """Of a batch, it is the one that counts."""
    links = [Link(f"{number:05}", "all", None) for number in range(MOST_MESSAGES + 50)]

    assert links[-1].guid in chain_of(links[-1:], Known(links)).guids
