"""One table: what it becomes, or what is wrong with it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from mpl_export.rules.lines import Lines
from mpl_export.rules.masking import HeaderMask, PatternMask
from mpl_export.rules.matching import Facts
from mpl_export.rules.tables import Table

if TYPE_CHECKING:
    from mpl_export.rules.problems import Problem


def table(text: str) -> tuple[Table, list[Problem]]:
    """The first table of a text, and where its problems are noted."""
    ((name, (values, *_)),) = tomllib.loads(text).items()
    problems: list[Problem] = []
    return Table(name, 0, values, Lines(text), problems), problems


def test_a_route_asks_for_all_that_it_names() -> None:
    """Members and headers alike; a header's name goes in any case."""
    read, problems = table(
        "[[route]]\nteam = ['a', 'b']\nreceiver = 'CRM'\nheader = {Country = 'D?'}\n"
    )
    route = read.route()

    assert problems == []
    assert route is not None
    assert route.teams == ("a", "b")
    assert route.condition.holds(Facts(receiver="CRM", headers=[("COUNTRY", "DE")]))
    assert not route.condition.holds(Facts(receiver="CRM", headers=[("Country", "FR")]))
    assert not route.condition.holds(Facts(receiver="WMS", headers=[("Country", "DE")]))


def test_a_mute_may_have_held_since_ever() -> None:
    """Its end is mandatory, its beginning is not."""
    read, problems = table(
        "[[mute]]\nname = 'n'\nreason = 'r'\nartifact = '*'\nuntil = 2026-12-01T06:00:00Z\n"
    )
    mute = read.mute()

    assert problems == []
    assert mute is not None
    assert mute.since is None
    assert mute.until.isoformat() == "2026-12-01T06:00:00+00:00"


def test_a_mask_is_of_a_pattern_or_of_a_header() -> None:
    """A pattern reaches every place unless some are named."""
    of_pattern = table("[[mask]]\nname = 'm'\npattern = 'DE\\d{20}'\nin = 'Raw'\n")[0].mask()
    of_header = table("[[mask]]\nname = 'm'\nheader = 'Token'\nleave_out = true\n")[0].mask()

    assert isinstance(of_pattern, PatternMask)
    assert of_pattern.places == {"Raw"}
    assert isinstance(of_header, HeaderMask)
    assert of_header.leaves_out


def test_what_is_wrong_is_noted_by_line_and_nothing_is_made() -> None:
    """All of it, so that one look is enough."""
    text = "[[mute]]\nname = 'a b'\nreason = ''\nuntil = 2026-12-01\nmember = 1\n"
    read, problems = table(text)

    assert read.mute() is None
    assert sorted(problem.line for problem in problems) == [2, 3, 4, 5]
