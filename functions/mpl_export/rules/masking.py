"""Masks: what never reaches the archive, nor anything that is read from there.

Masked are the error text, the values of custom headers and adapter attributes, members that are not
known, and the text of rows that could not be read.  Never masked are the members of a version's
digest (``version``): each row that is read again would be another version, and stored again.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from mpl_export.properties import ARTIFACT, ARTIFACT_TEXTS, DATES, FLAGS, LISTS, OURS, TEXTS

ERROR_TEXT = "ErrorText"
RAW = "Raw"
OTHER_MEMBERS = "other members"
PLACES = (ERROR_TEXT, *LISTS, OTHER_MEMBERS, RAW)
"""Where masks reach."""

_KNOWN = frozenset({*TEXTS, *DATES, *FLAGS, *LISTS, *OURS, ARTIFACT})
_DEEPEST = 64

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternMask:
    """What fits a pattern, in some places.

    Attributes:
        places: Some of ``PLACES``.
    """

    name: str
    patterns: Sequence[re.Pattern[str]]
    places: frozenset[str]

    def masked(self, text: str) -> str:
        """The text without what fits."""
        for pattern in self.patterns:
            text = pattern.sub(_sign(self.name), text)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderMask:
    """The value of a header, an adapter attribute or a member that is not known, by its name.

    Attributes:
        names: Wildcards for names, which ignore case.
        leaves_out: Whether the name goes, too.
    """

    name: str
    names: Sequence[re.Pattern[str]]
    leaves_out: bool

    def is_about(self, header: object) -> bool:
        """Whether a header of this name is masked."""
        return isinstance(header, str) and any(each.match(header) for each in self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masks:
    """All masks of a tenant."""

    patterns: Sequence[PatternMask] = ()
    headers: Sequence[HeaderMask] = ()

    def __bool__(self) -> bool:
        return bool(self.patterns or self.headers)

    def text(self, text: str, place: str) -> str:
        """A text of a place without what is masked there."""
        for mask in self.patterns:
            if place in mask.places:
                text = mask.masked(text)
        return text

    def record(self, record: Mapping[str, Any]) -> Json:
        """A record, or the members of one, without what is masked; the members of its digest stay.

        To mask what is masked already changes nothing but for patterns that fit the signs which
        stand for what was masked.
        """
        masked: Json = {}
        for name, value in record.items():
            if name == RAW and isinstance(value, str):
                masked[name] = self.raw(value)
            elif name == ERROR_TEXT and isinstance(value, str):
                masked[name] = self.text(value, ERROR_TEXT)
            elif name in LISTS:
                masked[name] = self._value(value, partial(self.text, place=name))
            elif name == ARTIFACT and isinstance(value, dict):
                masked[name] = {
                    **{known: value[known] for known in ARTIFACT_TEXTS if known in value},
                    **self._unknown({k: v for k, v in value.items() if k not in ARTIFACT_TEXTS}),
                }
            elif name in _KNOWN:
                masked[name] = value
            else:
                masked |= self._unknown({name: value})
        return masked

    def raw(self, text: str) -> str:
        """The text of a row that could not be read, in the same form.

        Looked into as JSON, because a text in there is written with escapes.
        """
        try:
            value = self._value(json.loads(text), partial(self.text, place=RAW))
        except (ValueError, RecursionError):
            return self.text(text, RAW)
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"), sort_keys=True)

    def _unknown(self, members: Json) -> Json:
        value: Json = self._value(members, partial(self.text, place=OTHER_MEMBERS))
        return value

    def _value(self, value: Any, text: Callable[[str], str], depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """A value of JSON without what is masked, by its text or by the name that it goes by."""
        if isinstance(value, str):
            return text(value)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):  # an account's number may come as one
            written = str(value)
            return value if text(written) == written else text(written)
        if depth > _DEEPEST:
            return text(json.dumps(value))
        if isinstance(value, list):
            kept = (each for each in value if not self._is_left_out(_name_in(each)))
            return [self._value(each, text, depth + 1) for each in kept]
        named = _name_in(value)
        masked: Json = {}
        for name, member in value.items():
            # Of a pair the value is masked by the name that stands beside it.
            goes_by = name if named is None else named if name == "Value" else None
            mask = self._mask_of(goes_by)
            if mask is None or member is None:
                masked[name] = self._value(member, text, depth + 1)
            elif not mask.leaves_out:
                masked[name] = _sign(mask.name)
        return masked

    def _mask_of(self, name: object) -> HeaderMask | None:
        return next((mask for mask in self.headers if mask.is_about(name)), None)

    def _is_left_out(self, name: object) -> bool:
        mask = self._mask_of(name)
        return mask is not None and mask.leaves_out


NO_MASKS = Masks()


def _name_in(value: object) -> object:
    """The name of a pair of name and value."""
    return value.get("Name") if isinstance(value, dict) and "Value" in value else None


def _sign(name: str) -> str:
    """What stands for what was masked."""
    return f"[masked: {name}]"
