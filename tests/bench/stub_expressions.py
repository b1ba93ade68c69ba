"""Expressions of DynamoDB, as far as exporters and notifiers write them.

Source: DynamoDB Developer Guide, "Condition and filter expressions" and "Update expressions".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

type Value = dict[str, Any]
type Item = dict[str, Value]

_TOKENS: Final = re.compile(r"\s*(<>|<=|>=|[()=<>,+-]|[#:]?[\w.]+)")
_CLAUSES: Final = frozenset({"SET", "REMOVE", "ADD", "DELETE"})


class Expression:
    """One expression with its names and values, to be read once from left to right.

    Raises:
        ValueError: It holds something that this stub does not know.
    """

    def __init__(self, text: str, names: Mapping[str, str], values: Mapping[str, Value]) -> None:
        self._tokens = _TOKENS.findall(text)
        if "".join(self._tokens) != "".join(text.split()):
            raise ValueError(f"unknown expression: {text}")
        self._at = 0
        self._names, self._values = names, values

    # -- conditions ----------------------------------------------------------------------

    def holds(self, item: Item) -> bool:
        """Tell whether it holds as a condition."""
        result = self._any(item)
        if self._at != len(self._tokens):
            raise ValueError(f"unknown from {self._tokens[self._at :]} on")
        return result

    def _any(self, item: Item) -> bool:
        result = self._all(item)
        while self._took("OR"):
            result = self._all(item) or result
        return result

    def _all(self, item: Item) -> bool:
        result = self._one(item)
        while self._took("AND"):
            result = self._one(item) and result
        return result

    def _one(self, item: Item) -> bool:
        if self._took("NOT"):
            return not self._one(item)
        if self._took("("):
            result = self._any(item)
            self._must(")")
            return result
        word = self._peek()
        if word in {"attribute_exists", "attribute_not_exists", "begins_with", "contains"}:
            return self._call(item)
        left = self._operand(item)
        operator = self._next()
        if operator.upper() == "BETWEEN":
            low = self._operand(item)
            self._must("AND")
            return _compared(left, ">=", low) and _compared(left, "<=", self._operand(item))
        if operator.upper() == "IN":
            self._must("(")
            options = [self._operand(item)]
            while self._took(","):
                options.append(self._operand(item))
            self._must(")")
            return left in options
        return _compared(left, operator, self._operand(item))

    def _call(self, item: Item) -> bool:
        function = self._next()
        self._must("(")
        name = self._name(self._next())
        value = item.get(name)
        wanted = self._operand(item) if self._took(",") else None
        self._must(")")
        if function == "attribute_exists":
            return value is not None
        if function == "attribute_not_exists":
            return value is None
        if value is None or wanted is None:
            return False
        [(kind, text)], [(_, part)] = value.items(), wanted.items()
        if function == "begins_with":
            return str(text).startswith(part)
        return part in text if kind == "S" or len(kind) > 1 else False

    # -- updates -------------------------------------------------------------------------

    def update(self, item: Item) -> Item:
        """Give the item with it applied as an update."""
        new = dict(item)
        while self._at < len(self._tokens):
            clause = self._next().upper()
            if clause not in _CLAUSES:
                raise ValueError(f"unknown clause: {clause}")
            self._change(clause, item, new)
            while self._took(","):
                self._change(clause, item, new)
        return new

    def _change(self, clause: str, item: Item, new: Item) -> None:
        name = self._name(self._next())
        if clause == "REMOVE":
            new.pop(name, None)
            return
        if clause == "SET":
            self._must("=")
            value = self._operand(item)
            while (sign := self._peek()) in {"+", "-"}:
                self._next()
                value = _sum(value, self._operand(item), sign)
            if value is None:
                raise ValueError(f"nothing to set {name} to")
            new[name] = value
            return
        given = self._operand(item)
        assert given is not None
        new[name] = _added(new.get(name), given, clause)
        if not next(iter(new[name].values())):
            del new[name]

    # -- words ---------------------------------------------------------------------------

    def _operand(self, item: Item) -> Value | None:
        word = self._next()
        if word.startswith(":"):
            return self._values[word]
        if word == "if_not_exists":
            self._must("(")
            there = item.get(self._name(self._next()))
            self._must(",")
            default = self._operand(item)
            self._must(")")
            return default if there is None else there
        if word in {"size", "list_append"}:
            raise ValueError(f"unknown function: {word}")
        return item.get(self._name(word))

    def _name(self, word: str) -> str:
        return self._names[word] if word.startswith("#") else word

    def _peek(self) -> str:
        return str(self._tokens[self._at]) if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    def _took(self, word: str) -> bool:
        if self._peek().upper() != word:
            return False
        self._at += 1
        return True

    def _must(self, word: str) -> None:
        if not self._took(word):
            raise ValueError(f"{word} expected, not {self._peek()}")


def _compared(left: Value | None, operator: str, right: Value | None) -> bool:
    if left is None or right is None:
        return False
    [(kind, mine)], [(other, its)] = left.items(), right.items()
    if operator == "=":
        return left == right
    if operator == "<>":
        return left != right
    if kind != other:
        return False
    if kind == "N":
        mine, its = float(mine), float(its)
    return bool({"<": mine < its, "<=": mine <= its, ">": mine > its, ">=": mine >= its}[operator])


def _sum(left: Value | None, right: Value | None, sign: str) -> Value:
    if left is None or right is None:
        raise ValueError("arithmetic with nothing")
    total = float(left["N"]) + (float(right["N"]) if sign == "+" else -float(right["N"]))
    return {"N": str(int(total)) if total.is_integer() else str(total)}


def _added(there: Value | None, given: Value, clause: str) -> Value:
    [(kind, value)] = given.items()
    if kind == "N":
        return _sum(there or {"N": "0"}, given, "+")
    held = list(there[kind]) if there else []
    if clause == "ADD":
        return {kind: held + [each for each in value if each not in held]}
    return {kind: [each for each in held if each not in value]}
