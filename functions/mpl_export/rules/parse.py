"""Read a file of rules: all of it is understood, or it is refused with every line and reason."""

import re
import tomllib
from typing import Any

from mpl_export.rules.lines import Lines
from mpl_export.rules.masking import HeaderMask, Masks, PatternMask
from mpl_export.rules.problems import Problem, RulesError
from mpl_export.rules.rules import Rules
from mpl_export.rules.tables import Table
from mpl_export.rules.teams import Owner
from mpl_export.rules.values import WrongError, any_of, teams_in

MOST_BYTES = 128 << 10
MOST_RULES = 500
"""Of one kind."""

_OF_SYNTAX = re.compile(r"(.*) \(at line (\d+), column \d+\)", re.DOTALL)
_LISTS = ("route", "mute", "mask")


def parse_rules(text: str) -> Rules:
    """Read the text of a file.

    Raises:
        RulesError: Something in it is not understood, or would not do what it seems to.
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise RulesError([Problem(1, f"the file is larger than {MOST_BYTES >> 10} kB")])
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _OF_SYNTAX.fullmatch(str(error))
        last = max(len(text.splitlines()), 1)
        line, reason = (int(found[2]), found[1]) if found else (last, str(error))
        raise RulesError([Problem(line, f"is no TOML: {reason}")]) from error
    return _Reader(document, Lines(text)).rules()


class _Reader:
    """Reads one document, and collects what is wrong instead of stopping at the first fault."""

    def __init__(self, document: dict[str, Any], lines: Lines) -> None:
        self._document = document
        self._lines = lines
        self._problems: list[Problem] = []

    def rules(self) -> Rules:
        """All of it."""
        for name in self._document.keys() - {"default", "owners", *_LISTS}:
            self._wrong(
                self._lines.of(name) if isinstance(self._document[name], dict | list) else 0,
                f"there is no {name!r} here: known are default, [owners], [[route]], [[mute]] and "
                "[[mask]]",
                key=name,
            )
        default: tuple[str, ...] = ()
        if "default" in self._document:
            try:
                default = teams_in(self._document["default"])
            except WrongError as error:
                self._wrong(0, f"default {error}", key="default")
        owners = self._owners()
        routes = [table.route() for table in self._tables("route")]
        mutes = [table.mute() for table in self._tables("mute")]
        masks = [table.mask() for table in self._tables("mask")]
        if self._problems:
            raise RulesError(sorted(self._problems))
        return Rules(
            routes=[each for each in routes if each is not None],
            owners=owners,
            default=default,
            mutes=[each for each in mutes if each is not None],
            masks=Masks(
                patterns=[each for each in masks if isinstance(each, PatternMask)],
                headers=[each for each in masks if isinstance(each, HeaderMask)],
            ),
        )

    def _wrong(self, line: int, reason: str, *, key: str = "") -> None:
        self._problems.append(Problem(line or self._lines.of("", 0, key), reason))

    def _owners(self) -> list[Owner]:
        table = self._document.get("owners", {})
        if not isinstance(table, dict):
            self._wrong(0, "owners is a table: write [owners]", key="owners")
            return []
        owners: list[Owner] = []
        for package, teams in table.items():
            try:
                owners.append(Owner(package=any_of(package, "package"), teams=teams_in(teams)))
            except WrongError as error:
                self._wrong(self._lines.of("owners", 0, package), f"{package!r} {error}")
        return owners

    def _tables(self, name: str) -> "list[Table]":
        found = self._document.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self._wrong(self._lines.of(name), f"{name} is a list of tables: write [[{name}]]")
            return []
        if len(found) > MOST_RULES:
            self._wrong(self._lines.of(name), f"there are more than {MOST_RULES} of [[{name}]]")
            return []
        tables = [
            Table(name, index, each, self._lines, self._problems)
            for index, each in enumerate(found)
        ]
        seen: set[str] = set()
        for table in tables:
            own = table.values.get("name")
            if isinstance(own, str) and own in seen:
                table.wrong("name", f"{own!r} is the name of another {name}")
            seen.add(own if isinstance(own, str) else "")
        return tables
