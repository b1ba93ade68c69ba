"""The grammar of $filter, as far as the tenant is known to understand it.

Everything else is a 400, never an empty page: functions, ``not``, arithmetic, properties that
nobody was seen to filter by, ids compared by anything but ``eq``, and a null date.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast

from operate.sap_tenant.columns import COLUMNS, EQUALITY_ONLY, FILTERABLE
from operate.sap_tenant.literals import micros_of_literal, text_of_literal
from operate.sap_tenant.odata_errors import ODataError, refused

type Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]
type Expression = Comparison | Junction

_OPERATORS: Final = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_DEEPEST: Final = 40
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<datetime>datetime'[^']*')
          |(?P<text>'(?:[^']|'')*')
          |(?P<word>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
          |(?P<open>\()
          |(?P<close>\)))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``path operator value``; the value is text, true microseconds, or null."""

    path: str
    operator: Operator
    value: str | int | None


@dataclass(frozen=True, slots=True)
class Junction:
    """Two or more expressions joined by ``and``, or by ``or``."""

    word: Literal["and", "or"]
    parts: tuple[Expression, ...]


@lru_cache(maxsize=1024)
def parse_filter(text: str, *, null_dates: bool = False) -> Expression:
    """Read the decoded value of $filter.

    Args:
        null_dates: Let ``LogEnd eq null`` pass, which nobody has seen the real one do.

    Raises:
        ODataError: The tenant would refuse it (400).
    """
    parser = _Parser(text, null_dates=null_dates)
    expression = parser.junction("or", 0)
    parser.end()
    return expression


class _Parser:
    """A cursor over the tokens, one method per rule of the grammar."""

    def __init__(self, text: str, *, null_dates: bool) -> None:
        self._text = text
        self._null_dates = null_dates
        self._tokens = self._tokenize(text)
        self._next = 0

    def _tokenize(self, text: str) -> list[tuple[str, str]]:
        tokens = []
        position = 0
        end = len(text.rstrip())
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise self._refusal()
            tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()
        return tokens

    def junction(self, word: Literal["and", "or"], depth: int) -> Expression:
        """Read expressions joined by ``or``, each of expressions joined by ``and``."""
        parts = [self._part(word, depth)]
        while self._peek() == ("word", word):
            self._next += 1
            parts.append(self._part(word, depth))
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def end(self) -> None:
        """Refuse anything that is left."""
        if self._next != len(self._tokens):
            raise self._refusal()

    def _part(self, word: Literal["and", "or"], depth: int) -> Expression:
        return self.junction("and", depth) if word == "or" else self._primary(depth)

    def _primary(self, depth: int) -> Expression:
        if self._peek()[0] != "open":
            return self._comparison()
        if depth >= _DEEPEST:
            raise self._refusal()
        self._next += 1
        inner = self.junction("or", depth + 1)
        self._take("close")
        return inner

    def _comparison(self) -> Comparison:
        path = self._take("word")
        if path.partition("/")[0] not in COLUMNS:
            raise refused(f"Could not find property with name: '{path}'.")
        operator = self._take("word")
        if path not in FILTERABLE or operator not in _OPERATORS:
            raise self._refusal()
        if path in EQUALITY_ONLY and operator != "eq":
            raise self._refusal()
        return Comparison(path, cast("Operator", operator), self._literal(path, operator))

    def _literal(self, path: str, operator: str) -> str | int | None:
        kind, literal = self._peek()
        self._next += 1
        is_date = COLUMNS.get(path) == "Edm.DateTime"
        if kind == "datetime" and is_date:
            return micros_of_literal(literal)
        if kind == "text" and not is_date:
            return text_of_literal(literal)
        if (kind, literal) == ("word", "null") and operator in {"eq", "ne"} and self._null_dates:
            return None
        raise self._refusal()

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "")

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise self._refusal()
        self._next += 1
        return text

    def _refusal(self) -> ODataError:
        return refused(f"Invalid filter expression: '{self._text}'.")
