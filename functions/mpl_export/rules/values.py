"""Read single values of a file of rules: names, patterns, instants.

Every reader raises ``WrongError`` for what it does not take; its message goes on where the key was
named: "until must be an instant ...".
"""

import re
from datetime import UTC, datetime

from mpl_export.rules.masking import OTHER_MEMBERS, PLACES
from mpl_export.rules.matching import AnyOf
from mpl_export.rules.patterns import PatternError, expression, wildcard
from mpl_export.rules.teams import UNASSIGNED
from mpl_export.version import REST, STATE

_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", re.ASCII)
_MOST_REASON = 300
_OF_A_DIGEST = frozenset({*STATE, *REST, "IntegrationArtifact"})


class WrongError(ValueError):
    """A value is wrong; the message is the reason."""


def strings(value: object) -> list[str]:
    """One text, or several."""
    values: list[object] = value if isinstance(value, list) else [value]
    texts = [each for each in values if isinstance(each, str) and each]
    if not texts or len(texts) < len(values):
        raise WrongError("must be a text, or a list of texts")
    return texts


def teams_in(value: object) -> tuple[str, ...]:
    """The teams that are named, each once."""
    teams = tuple(dict.fromkeys(strings(value)))
    for team in teams:
        if _TEAM.fullmatch(team) is None:
            raise WrongError(
                f"names {team!r}: a team is 1 to 40 letters, digits, hyphens or underscores"
            )
        if team == UNASSIGNED:
            raise WrongError(f"names {team!r}, which is told of what no rule gives to a team")
    return teams


def any_of(value: object, member: str) -> AnyOf:
    """One or several wildcards, and regular expressions between slashes."""
    whole: list[re.Pattern[str]] = []
    within: list[re.Pattern[str]] = []
    of_text = member == "text"
    for each in strings(value):
        try:
            if len(each) > 1 and each[0] == each[-1] == "/":
                within.append(expression(each[1:-1]))
            else:
                whole.append(wildcard(each, anywhere=of_text, any_case=of_text))
        except PatternError as error:
            raise WrongError(f"{each!r} {error}") from error
    return AnyOf(whole=whole, within=within)


def expressions(value: object) -> list[re.Pattern[str]]:
    """One or several regular expressions of the subset that is taken."""
    found: list[re.Pattern[str]] = []
    for each in strings(value):
        try:
            found.append(expression(each))
        except PatternError as error:
            raise WrongError(f"{each!r} {error}") from error
    return found


def header_names(value: object) -> list[re.Pattern[str]]:
    """Wildcards for names of headers; none is a member of a version's digest."""
    names = strings(value)
    for name in names:
        if (odd := next((m for m in _OF_A_DIGEST if m.lower() == name.lower()), None)) is not None:
            raise WrongError(_why_not(odd))
    try:
        return [wildcard(name, any_case=True) for name in names]
    except PatternError as error:
        raise WrongError(str(error)) from error


def places_in(value: object) -> frozenset[str]:
    """Places that masks reach; none is a member of a version's digest."""
    places = frozenset(strings(value))
    for place in sorted(places - set(PLACES)):
        if place in _OF_A_DIGEST:
            raise WrongError(_why_not(place))
        raise WrongError(
            f"names {place!r}; masks reach {', '.join(PLACES)} ({OTHER_MEMBERS}: what is not known)"
        )
    return places


def _why_not(member: str) -> str:
    return (
        f"names {member}, which is part of what tells two versions of a log apart: masked, every "
        "row that is read again would be new and stored again"
    )


def name_in(value: object) -> str:
    """The name of a rule."""
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise WrongError("must be 1 to 60 letters, digits, dots, hyphens or underscores")
    return value


def reason_in(value: object) -> str:
    """A reason, on one line."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= _MOST_REASON:
        raise WrongError(f"must be a text of 1 to {_MOST_REASON} characters")
    if not value.isprintable():
        raise WrongError("must be one line without control characters")
    return value.strip()


def instant_in(value: object) -> datetime:
    """An instant that says its zone, in UTC."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise WrongError(
            "must be an instant with its zone and without quotes, such as 2026-12-01T06:00:00Z "
            "or 2026-12-01T07:00:00+01:00"
        )
    return value.astimezone(UTC)
