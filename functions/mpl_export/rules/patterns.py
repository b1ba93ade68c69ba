"""Patterns that people write: wildcards, and regular expressions that cannot stall a run.

A backtracking engine takes exponential time for an innocent mistake such as ``(a+)+b``, and texts
come from foreign systems.  So only a subset is taken, which a scan of the pattern can judge:

* no groups, alternatives, references or look-around: a list of patterns says "or";
* what repeats shares no character with what follows, so to go back is vain at the first try;
* what repeats without a bound is the first or the last piece; other repetitions end somewhere, and
  their bounds add up to ``MOST_STEPS`` at most.

So a search takes at most the length of the text times ``MOST_STEPS`` steps.
"""

import fnmatch
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MOST_CHARACTERS: Final = 300
"""Of a pattern or a wildcard."""
MOST_STEPS: Final = 1_000

_CLASS = r"\[\^?\]?(?:\\.|(?!--|&&|\|\||~~)[^\[\]\\])*\]"
_ATOM = rf"\\[dDwWsSbB]|\\[^A-Za-z0-9]|{_CLASS}|\.|[^()|^$*+?{{}}\[\]\\]"
_PIECE = re.compile(rf"({_ATOM})([*+?]|\{{\d{{1,4}}(?:,\d{{0,4}})?\}})?", re.DOTALL)
_FLAG = "(?i)"
_SAMPLE = "".join(map(chr, (*range(0x250), 0x3B1, 0x416, 0x20AC, 0x4E2D, 0xFF21)))
"""Characters of every kind; that two pieces share one outside of these costs no time."""


class PatternError(ValueError):
    """A pattern cannot be taken; the message says why, and what to write instead."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A character of some kind, so often; None for without a bound."""

    atom: str
    least: int
    most: int | None

    @property
    def takes_nothing(self) -> bool:
        """Whether it is a place between characters."""
        return self.atom in {r"\b", r"\B"}

    @property
    def varies(self) -> bool:
        """Whether it may take more or fewer characters."""
        return self.least != self.most


def wildcard(text: str, *, anywhere: bool = False, any_case: bool = False) -> re.Pattern[str]:
    """A text in which ``*`` stands for any characters and ``?`` for one; to be matched in full.

    Args:
        anywhere: Whether what it is compared with may hold more before and after.

    Raises:
        PatternError: It is empty or too long.
    """
    _check_length(text)
    text = f"*{text}*" if anywhere else text
    # Brackets mean themselves here: names of packages hold them.
    translated = fnmatch.translate(text.replace("[", "[[]"))
    return re.compile(translated, re.IGNORECASE if any_case else 0)


def expression(text: str) -> re.Pattern[str]:
    """A regular expression of the subset above; ``(?i)`` in front ignores case.

    Raises:
        PatternError: It is none, or is outside of the subset.
    """
    _check_length(text)
    any_case = text.startswith(_FLAG)
    flags = re.IGNORECASE if any_case else re.NOFLAG
    body = text.removeprefix(_FLAG)
    pieces = _pieces(body)
    _check(pieces, flags)
    first = pieces[0]
    # A match that begins within a run of the first piece begins at the run's start, too: to look
    # there alone saves a look from each character of the run.
    start = f"(?<!{first.atom})" if first.most is None else ""
    try:
        return re.compile(start + body, flags)
    except re.error as error:
        raise PatternError(f"is no regular expression: {error}") from error


def _check_length(text: str) -> None:
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise PatternError(f"must have 1 to {MOST_CHARACTERS} characters")


def _pieces(body: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    at = 0
    while at < len(body):
        match = _PIECE.match(body, at)
        if match is None:
            raise PatternError(
                f"cannot hold {body[at]!r} at character {at + 1}: groups, alternatives, anchors, "
                "references and look-around are not taken; write several patterns in a list, and "
                "a backslash before a sign that means itself"
            )
        piece = _Piece(match[1], *_bounds(match[2] or ""))
        if piece.takes_nothing and match[2]:
            raise PatternError(f"repeats {match[1]}, which takes no character")
        pieces.append(piece)
        at = match.end()
        if body[at : at + 1] in {"?", "+", "*"}:
            raise PatternError("holds a lazy or possessive repetition, which is not taken")
    if all(piece.takes_nothing or piece.least == 0 for piece in pieces):
        raise PatternError("matches the empty text, and so everything")
    return pieces


def _bounds(text: str) -> tuple[int, int | None]:
    match text:
        case "":
            return 1, 1
        case "*":
            return 0, None
        case "+":
            return 1, None
        case "?":
            return 0, 1
    least, comma, most = text[1:-1].partition(",")
    if not comma:
        return int(least), int(least)
    if most and int(most) < int(least):
        raise PatternError(f"ends a repetition before it begins: {text}")
    return int(least), int(most) if most else None


def _check(pieces: list[_Piece], flags: re.RegexFlag) -> None:
    steps = sum(piece.most or 1 for piece in pieces if not piece.takes_nothing)
    if steps > MOST_STEPS:
        raise PatternError(f"may take {steps:,} characters; {MOST_STEPS:,} is the most")
    for number, piece in enumerate(pieces):
        rest = [each for each in pieces[number + 1 :] if not each.takes_nothing]
        if piece.most is None and number and rest:
            raise PatternError(
                f"repeats {piece.atom} without a bound after one piece and before another: give it "
                "a bound, such as "
                f"{piece.atom}{{1,100}}"
            )
        if not piece.varies:
            continue
        for follower in rest:
            common = _characters(piece.atom, flags) & _characters(follower.atom, flags)
            if common:
                raise PatternError(
                    f"repeats {piece.atom} before {follower.atom}, which may take the same "
                    f"character {min(common)!r}: leave that out of the first, such as "
                    "[^;] instead of . before ;"
                )
            if follower.least:
                break


@lru_cache(maxsize=512)
def _characters(atom: str, flags: re.RegexFlag) -> frozenset[str]:
    """The characters of the sample that a piece takes."""
    try:
        return frozenset(re.findall(atom, _SAMPLE, flags | re.DOTALL))
    except re.error as error:
        raise PatternError(f"holds {atom}, which is no class of characters: {error}") from error
