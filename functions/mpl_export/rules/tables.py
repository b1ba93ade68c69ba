"""Read one table of a file of rules: a route, a mute or a mask."""

from collections.abc import Callable
from typing import Any

from mpl_export.rules.lines import Lines
from mpl_export.rules.masking import PLACES, HeaderMask, PatternMask
from mpl_export.rules.matching import AnyOf, Condition
from mpl_export.rules.mutes import LONGEST, Mute
from mpl_export.rules.problems import Problem
from mpl_export.rules.teams import Route
from mpl_export.rules.values import (
    WrongError,
    any_of,
    expressions,
    header_names,
    instant_in,
    name_in,
    places_in,
    reason_in,
    teams_in,
)

_MEMBERS = ("artifact", "package", "sender", "receiver", "status", "text")


class Table:
    """One table of a list, such as the third ``[[mute]]``; what is wrong with it is noted.

    Attributes:
        values: As TOML has them, by key.
    """

    def __init__(
        self,
        name: str,
        index: int,
        values: dict[str, Any],
        lines: Lines,
        problems: list[Problem],
    ) -> None:
        self._name = name
        self._index = index
        self.values = values
        self._lines = lines
        self._problems = problems
        self._is_wrong = False

    def wrong(self, key: str, reason: str) -> None:
        """Note what is wrong with a key."""
        self._is_wrong = True
        self._problems.append(Problem(self._lines.of(self._name, self._index, key), reason))

    def route(self) -> Route | None:
        """A route; None if something is wrong with it."""
        self._know({"team", "header", *_MEMBERS})
        teams = self._read("team", teams_in)
        condition = self._condition("goes to a team")
        if self._is_wrong or teams is None:
            return None
        return Route(condition=condition, teams=teams)

    def mute(self) -> Mute | None:
        """A mute; None if something is wrong with it."""
        self._know({"name", "reason", "from", "until", "header", *_MEMBERS})
        name, reason = self._read("name", name_in), self._read("reason", reason_in)
        since = self._read("from", instant_in) if "from" in self.values else None
        until = self._read(
            "until",
            instant_in,
            missing="a mute has to end: say until when, such as 2026-12-01T06:00:00Z",
        )
        if since is not None and until is not None:
            if until <= since:
                self.wrong("until", "the mute ends before it begins")
            elif until - since > LONGEST:
                self.wrong("until", f"a mute ends within {LONGEST.days} days")
        condition = self._condition("is muted")
        if self._is_wrong or name is None or reason is None or until is None:
            return None
        return Mute(name=name, reason=reason, condition=condition, since=since, until=until)

    def mask(self) -> PatternMask | HeaderMask | None:
        """A mask; None if something is wrong with it."""
        self._know({"name", "pattern", "in", "header", "leave_out"})
        name = self._read("name", name_in)
        if ("pattern" in self.values) == ("header" in self.values):
            self.wrong("name", "a mask has either a pattern or a header")
            return None
        if "header" in self.values:
            if "in" in self.values:
                self.wrong("in", "a header is masked by its name wherever it is: leave out in")
            names = self._read("header", header_names)
            leaves_out = self.values.get("leave_out", False)
            if not isinstance(leaves_out, bool):
                self.wrong("leave_out", "leave_out is true or false")
            if self._is_wrong or name is None or names is None:
                return None
            return HeaderMask(name=name, names=names, leaves_out=bool(leaves_out))
        if "leave_out" in self.values:
            self.wrong("leave_out", "only a header can be left out")
        patterns = self._read("pattern", expressions)
        places = self._read("in", places_in) if "in" in self.values else frozenset(PLACES)
        if self._is_wrong or name is None or patterns is None or places is None:
            return None
        return PatternMask(name=name, patterns=patterns, places=places)

    def _know(self, keys: set[str]) -> None:
        for key in self.values.keys() - keys:
            self.wrong(key, f"a {self._name} has no {key!r}; it may have {', '.join(sorted(keys))}")

    def _read[T](self, key: str, read: Callable[[object], T], *, missing: str = "") -> T | None:
        if key not in self.values:
            self.wrong(key, missing or f"the {self._name} lacks {key!r}")
            return None
        try:
            return read(self.values[key])
        except WrongError as error:
            self.wrong(key, f"{key} {error}")
            return None

    def _condition(self, what: str) -> Condition:
        members: dict[str, AnyOf] = {}
        for key in _MEMBERS:
            if key in self.values:
                try:
                    members[key] = any_of(self.values[key], key)
                except WrongError as error:
                    self.wrong(key, f"{key} {error}")
        headers = self.values.get("header", {})
        if not isinstance(headers, dict):
            self.wrong("header", 'header is a table, such as header = { Country = "DE" }')
            headers = {}
        wanted: dict[str, AnyOf] = {}
        for header, value in headers.items():
            try:
                wanted[header.lower()] = any_of(value, "header")
            except WrongError as error:
                self.wrong("header", f"header {header} {error}")
        if not (members or wanted) and not self._is_wrong:
            self.wrong(
                "",
                f"the {self._name} does not say what {what}: name at least one of "
                f'{", ".join(_MEMBERS)} or header, such as artifact = "*" for all',
            )
        return Condition(members=members, headers=wanted)
