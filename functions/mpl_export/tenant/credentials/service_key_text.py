"""The text of the secret, down to the members of the service key, wherever in it they stand."""

import json
from collections.abc import Mapping

from mpl_export.errors import ServiceKeyError

_LONGEST_TEXT = 1 << 16  # Secrets Manager stores no more (65,536 bytes)
_MEMBERS = frozenset({"clientid", "clientsecret", "certificate", "key", "tokenurl", "url"})
_WRAPPERS = ("credentials", "oauth")
_REPLACE = (
    "put the service key there: aws secretsmanager put-secret-value --secret-id <the secret> "
    "--secret-string file://key.json"
)
_PASTED: Mapping[int, str | None] = {
    0xFEFF: None,
    0x200B: None,
    0x2060: None,
    0x00A0: " ",
    0x202F: " ",
}
"""What copying from a page or a word processor leaves between the tokens of JSON."""


def members_of(text: str) -> Mapping[str, object]:
    """The members of the service key: at the top, in ``credentials``, in ``oauth``, or in both.

    Where one stands at several depths, the innermost holds.  What is missing inside is looked for
    outside, because owners who add ``key`` to the key of an external certificate do so at the top
    as often as inside ``oauth``.

    Raises:
        ServiceKeyError: The text is no JSON object, holds a member twice, or is the placeholder
            that the stack created.
    """
    outermost = _json_object(text)
    if set(outermost) == {"placeholder"}:
        raise ServiceKeyError(f"is still the placeholder that the stack created; {_REPLACE}")
    if not outermost:
        raise ServiceKeyError(f"is empty; {_REPLACE}")
    members: dict[str, object] = {}
    scope = outermost
    members |= {name: scope[name] for name in _MEMBERS & scope.keys()}
    for wrapper in _WRAPPERS:
        if wrapper in scope:
            inner = scope[wrapper]
            if not isinstance(inner, dict):
                raise ServiceKeyError("is not a JSON object", member=wrapper)
            scope = inner
            members |= {name: scope[name] for name in _MEMBERS & scope.keys()}
    return members


def _json_object(text: str) -> Mapping[str, object]:
    """The outermost object.

    The parser's own error holds the whole text, key material and all, so ours is raised outside
    its ``except`` and does not lead back to it.
    """
    if len(text) > _LONGEST_TEXT:
        raise ServiceKeyError(f"is longer than the {_LONGEST_TEXT} bytes that a secret may hold")
    try:
        # Not strict: a PEM text pasted with its line breaks leaves them raw in the string.
        value = json.loads(text.translate(_PASTED), object_pairs_hook=_unique, strict=False)
    except json.JSONDecodeError as error:
        problem = f"is not JSON (line {error.lineno}, column {error.colno})"
    except (RecursionError, ValueError):  # nested too deep; a number of thousands of digits
        problem = "is not JSON that can be understood"
    else:
        if isinstance(value, dict):
            return value
        raise ServiceKeyError("is not a JSON object: store the key whole, from brace to brace")
    if any(quote in text for quote in "\u201c\u201d\u201e"):
        problem += "; it holds typographic quotation marks: copy it with a plain text editor"
    raise ServiceKeyError(f"{problem}; store it as the BTP cockpit shows it")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """One object of the text; a member that we use must not stand in it twice."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found and (name in _MEMBERS or name in _WRAPPERS):
            raise ServiceKeyError("stands there twice; which one holds cannot be told", member=name)
        found[name] = value
    return found
