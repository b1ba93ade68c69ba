"""Read a file of rules: all of it is understood, or it is refused with every line and reason."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mpl_export.rules.lines import Lines
from mpl_export.rules.masking import OTHER_MEMBERS, PLACES, HeaderMask, Masks, PatternMask
from mpl_export.rules.matching import AnyOf, Condition
from mpl_export.rules.mutes import LONGEST, Mute
from mpl_export.rules.patterns import PatternError, expression, wildcard
from mpl_export.rules.rules import Rules
from mpl_export.rules.teams import UNASSIGNED, Owner, Route
from mpl_export.version import REST, STATE

MOST_BYTES = 128 << 10
MOST_RULES = 500
"""Of one kind."""

_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", re.ASCII)
_MOST_REASON = 300
_OF_SYNTAX = re.compile(r"(.*) \(at line (\d+), column \d+\)", re.DOTALL)
_MEMBERS = ("artifact", "package", "sender", "receiver", "status", "text")
_OF_A_DIGEST = frozenset({*STATE, *REST, "IntegrationArtifact"})
_LISTS = ("route", "mute", "mask")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong with a line of the file; lines begin at 1."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class RulesError(ValueError):
    """The file is refused as a whole.

    Attributes:
        problems: All that is wrong with it, by line.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


class _WrongError(ValueError):
    """A value is wrong; the message is the reason."""


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
    """Reads one document, and notes what is wrong instead of stopping at it."""

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
        default: Sequence[str] = ()
        if "default" in self._document:
            try:
                default = _teams(self._document["default"])
            except _WrongError as error:
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
                owners.append(Owner(package=_any_of(package, "package"), teams=_teams(teams)))
            except _WrongError as error:
                self._wrong(self._lines.of("owners", 0, package), f"{package!r} {error}")
        return owners

    def _tables(self, name: str) -> "list[_Table]":
        found = self._document.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self._wrong(self._lines.of(name), f"{name} is a list of tables: write [[{name}]]")
            return []
        if len(found) > MOST_RULES:
            self._wrong(self._lines.of(name), f"there are more than {MOST_RULES} of [[{name}]]")
            return []
        tables = [
            _Table(name, index, each, self._lines, self._problems)
            for index, each in enumerate(found)
        ]
        seen: set[str] = set()
        for table in tables:
            own = table.values.get("name")
            if isinstance(own, str) and own in seen:
                table.wrong("name", f"{own!r} is the name of another {name}")
            seen.add(own if isinstance(own, str) else "")
        return tables


class _Table:
    """One table of a list, such as the third ``[[mute]]``."""

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
        self._before = len(problems)

    def wrong(self, key: str, reason: str) -> None:
        """Note what is wrong with a key."""
        self._problems.append(Problem(self._lines.of(self._name, self._index, key), reason))

    @property
    def _is_wrong(self) -> bool:
        return len(self._problems) > self._before

    def route(self) -> Route | None:
        """A route; None if something is wrong with it."""
        self._know({"team", "header", *_MEMBERS})
        teams = self._read("team", _teams)
        condition = self._condition("goes to a team")
        if self._is_wrong or teams is None:
            return None
        return Route(condition=condition, teams=teams)

    def mute(self) -> Mute | None:
        """A mute; None if something is wrong with it."""
        self._know({"name", "reason", "from", "until", "header", *_MEMBERS})
        name, reason = self._read("name", _name), self._read("reason", _reason)
        since = self._read("from", _instant) if "from" in self.values else None
        until = self._read(
            "until",
            _instant,
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
        name = self._read("name", _name)
        if ("pattern" in self.values) == ("header" in self.values):
            self.wrong("name", "a mask has either a pattern or a header")
            return None
        if "header" in self.values:
            if "in" in self.values:
                self.wrong("in", "a header is masked by its name wherever it is: leave out in")
            names = self._read("header", _header_names)
            leaves_out = self.values.get("leave_out", False)
            if not isinstance(leaves_out, bool):
                self.wrong("leave_out", "leave_out is true or false")
            if self._is_wrong or name is None or names is None:
                return None
            return HeaderMask(name=name, names=names, leaves_out=bool(leaves_out))
        if "leave_out" in self.values:
            self.wrong("leave_out", "only a header can be left out")
        patterns = self._read("pattern", _expressions)
        places = self._read("in", _places) if "in" in self.values else frozenset(PLACES)
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
        except _WrongError as error:
            self.wrong(key, f"{key} {error}")
            return None

    def _condition(self, what: str) -> Condition:
        members: dict[str, AnyOf] = {}
        for key in _MEMBERS:
            if key in self.values:
                try:
                    members[key] = _any_of(self.values[key], key)
                except _WrongError as error:
                    self.wrong(key, f"{key} {error}")
        headers = self.values.get("header", {})
        if not isinstance(headers, dict):
            self.wrong("header", 'header is a table, such as header = { Country = "DE" }')
            headers = {}
        wanted: dict[str, AnyOf] = {}
        for header, value in headers.items():
            try:
                wanted[header.lower()] = _any_of(value, "header")
            except _WrongError as error:
                self.wrong("header", f"header {header} {error}")
        if not (members or wanted) and not self._is_wrong:
            self.wrong(
                "",
                f"the {self._name} does not say what {what}: name at least one of "
                f'{", ".join(_MEMBERS)} or header, such as artifact = "*" for all',
            )
        return Condition(members=members, headers=wanted)


def _strings(value: object) -> list[str]:
    values: list[object] = value if isinstance(value, list) else [value]
    texts = [each for each in values if isinstance(each, str) and each]
    if not texts or len(texts) < len(values):
        raise _WrongError("must be a text, or a list of texts")
    return texts


def _teams(value: object) -> tuple[str, ...]:
    teams = tuple(dict.fromkeys(_strings(value)))
    for team in teams:
        if _TEAM.fullmatch(team) is None:
            raise _WrongError(
                f"names {team!r}: a team is 1 to 40 letters, digits, hyphens or underscores"
            )
        if team == UNASSIGNED:
            raise _WrongError(f"names {team!r}, which is told of what no rule gives to a team")
    return teams


def _any_of(value: object, member: str) -> AnyOf:
    """One or several wildcards, and regular expressions between slashes."""
    whole: list[re.Pattern[str]] = []
    within: list[re.Pattern[str]] = []
    of_text = member == "text"
    for each in _strings(value):
        try:
            if len(each) > 1 and each[0] == each[-1] == "/":
                within.append(expression(each[1:-1]))
            else:
                whole.append(wildcard(each, anywhere=of_text, any_case=of_text))
        except PatternError as error:
            raise _WrongError(f"{each!r} {error}") from error
    return AnyOf(whole=whole, within=within)


def _expressions(value: object) -> list[re.Pattern[str]]:
    found: list[re.Pattern[str]] = []
    for each in _strings(value):
        try:
            found.append(expression(each))
        except PatternError as error:
            raise _WrongError(f"{each!r} {error}") from error
    return found


def _header_names(value: object) -> list[re.Pattern[str]]:
    names = _strings(value)
    for name in names:
        if (odd := next((m for m in _OF_A_DIGEST if m.lower() == name.lower()), None)) is not None:
            raise _WrongError(_why_not(odd))
    try:
        return [wildcard(name, any_case=True) for name in names]
    except PatternError as error:
        raise _WrongError(str(error)) from error


def _places(value: object) -> frozenset[str]:
    places = frozenset(_strings(value))
    for place in sorted(places - set(PLACES)):
        if place in _OF_A_DIGEST:
            raise _WrongError(_why_not(place))
        raise _WrongError(
            f"names {place!r}; masks reach {', '.join(PLACES)} ({OTHER_MEMBERS}: what is not known)"
        )
    return places


def _why_not(member: str) -> str:
    return (
        f"names {member}, which is part of what tells two versions of a log apart: masked, every "
        "row that is read again would be new and stored again"
    )


def _name(value: object) -> str:
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise _WrongError("must be 1 to 60 letters, digits, dots, hyphens or underscores")
    return value


def _reason(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _MOST_REASON:
        raise _WrongError(f"must be a text of 1 to {_MOST_REASON} characters")
    if not value.isprintable():
        raise _WrongError("must be one line without control characters")
    return value.strip()


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _WrongError(
            "must be an instant with its zone and without quotes, such as 2026-12-01T06:00:00Z "
            "or 2026-12-01T07:00:00+01:00"
        )
    return value.astimezone(UTC)
