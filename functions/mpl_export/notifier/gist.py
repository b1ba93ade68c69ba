"""The gist of an error text: the one line of it that a person can use.

Error texts begin with names of classes, hold stack traces, whole web pages or the JSON of some
API, and end with what the tenant adds to all of them.  What is left out here stands in the archive.
"""

import html
import re
from collections.abc import Iterator
from typing import Any

import orjson

from mpl_export.notifier.phrases import in_few_words
from mpl_export.notifier.plain import one_line, plain

_LOOKED_AT = 8_000
"""Characters; who has not said it by then does not say it."""
_GIST_CHARACTERS = 1_000
_DEEPEST = 8

_ADDED_BY_THE_TENANT = re.compile(
    r"The MPL ID for the failed message is\b[\s:]*[\w-]*\.?"
    r"|For more details please check (?:the )?tail log\.?",
    re.IGNORECASE,
)
_FRAME = re.compile(r"\s*(?:at\s+[\w$.<>/@-]+\(.*|\.{3}\s*\d+\s+(?:more|common frames).*)")
_CLASS = re.compile(
    r"(?:Caused by: *|Exception in thread \"[^\"]*\" *|nested exception is *)?"
    r"(?:[a-zA-Z_$][\w$]*\.){2,}(?:[\w$]+\$)?([A-Z][\w]*)(?=[\s:;,@]|$)[\s:;,-]*"
)
_SAYS_NOTHING = re.compile(
    r"(?:Exception occurred during execution on the exchange\b.*|Unexpected error\.?|Error:?"
    r"|Caused by:|Message History|Stacktrace|null)\s*$",
    re.IGNORECASE,
)
_OF_JSON = (
    "message",
    "value",
    "errormessage",
    "error_description",
    "detail",
    "details",
    "description",
    "faultstring",
    "reason",
    "title",
    "error",
    "errors",
    "fault",
    "exception",
    "statustext",
    "text",
    "code",
)
"""Members that say what went wrong, the best first; names in small letters."""
_PIECE_OF_JSON = re.compile(
    r'"(?:message|error_?message|error_description|detail|description|faultstring|value|reason)"'
    r'\s*:\s*"((?:[^"\\]|\\.)+)"',
    re.IGNORECASE,
)
_ANY = re.IGNORECASE | re.DOTALL
_MARKUP = re.compile(
    r"<(?:!DOCTYPE|\?xml|html|(?:[A-Za-z][\w-]*:)?(?:Envelope|Fault|error)\b)", re.IGNORECASE
)
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", _ANY)
_OF_MARKUP = (
    re.compile(
        r"<(?:[\w-]+:)?(?:faultstring|Text|message|ErrorMessage)\b[^>]*>(.{0,1000}?)</", _ANY
    ),
    re.compile(r"<title\b[^>]*>(.{0,1000}?)</", _ANY),
    re.compile(r"<h[12]\b[^>]*>(.{0,1000}?)</", _ANY),
)
_TAG = re.compile(r"<[^<>]*>")


def gist(text: str) -> str:
    """What a person can use of an error text, on one line; empty if it says nothing."""
    text = _ADDED_BY_THE_TENANT.sub("", plain(text[:_LOOKED_AT]))
    fallback = ""
    for start, line in _lines(text):
        name, rest = _without_classes(line)
        said = _unwrapped(rest, text[start + len(line) :])
        if said and not _SAYS_NOTHING.match(said):
            # A single word, such as a host, is explained by the kind of error.
            said = in_few_words(said)
            return (f"{name}: {said}" if name and " " not in said else said)[:_GIST_CHARACTERS]
        fallback = fallback or name or said
    return fallback[:_GIST_CHARACTERS]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that may say something, with where they begin: no frames of a stack, no rulers."""
    start = 0
    for line in text.split("\n"):
        if any(each.isalnum() for each in line) and not _FRAME.match(line):
            yield start, line
        start += len(line) + 1


def _without_classes(line: str) -> tuple[str, str]:
    """The simple name of the last class that a line begins with, and what follows."""
    name, line = "", line.lstrip()
    while (match := _CLASS.match(line)) and match.end():
        name, line = match[1], line[match.end() :]
    return name, line.strip()


def _unwrapped(line: str, below: str) -> str:
    """A line with the JSON or the page that begins in it replaced by what that says."""
    starts = [at for at in (_start_of_markup(line), _start_of_json(line)) if at is not None]
    if not starts:
        return one_line(line)
    start = min(starts)
    wrapped = line[start:] + below
    said = _said_by_markup(wrapped) if wrapped[0] == "<" else _said_by_json(wrapped)
    before = one_line(line[:start]).rstrip(" :,;-")
    if not said:
        return before
    return f"{before}: {said}" if before else said


def _start_of_markup(line: str) -> int | None:
    match = _MARKUP.search(line)
    return None if match is None else match.start()


def _start_of_json(line: str) -> int | None:
    match = re.search(r"[{\[]\s*(?:[{\"]|$)", line)
    return None if match is None else match.start()


def _said_by_json(text: str) -> str:
    for end in (len(text), text.rfind("}") + 1, text.rfind("]") + 1):
        try:
            said = _said_by(orjson.loads(text[:end]))
        except orjson.JSONDecodeError:
            continue
        if said:
            return said
    match = _PIECE_OF_JSON.search(text)
    if match is None:
        return one_line(text.split("\n", 1)[0])
    try:
        return one_line(orjson.loads(f'"{match[1]}"'))
    except orjson.JSONDecodeError:
        return one_line(match[1])


def _said_by(value: Any, depth: int = 0) -> str:  # noqa: ANN401 - any JSON
    """What a value of JSON says; empty if it says nothing."""
    if isinstance(value, str):
        return one_line(value)
    if depth == _DEEPEST:
        return ""
    if isinstance(value, list):
        return next((said for each in value if (said := _said_by(each, depth + 1))), "")
    if not isinstance(value, dict):
        return ""
    members = {str(name).lower().replace("-", "_"): each for name, each in value.items()}
    named = (members[name] for name in _OF_JSON if name in members)
    nested = (each for each in members.values() if isinstance(each, dict | list))
    return next((said for each in (*named, *nested) if (said := _said_by(each, depth + 1))), "")


def _said_by_markup(text: str) -> str:
    text = _UNSEEN.sub(" ", text)
    said: list[str] = []
    for pattern in _OF_MARKUP:
        found = pattern.search(text)
        words = "" if found is None else one_line(html.unescape(_TAG.sub(" ", found[1])))
        if any(each.isalpha() for each in words) and words not in said:
            said.append(words)
        if said and pattern is _OF_MARKUP[0]:
            break
    if said:
        return ": ".join(said)
    return one_line(html.unescape(_TAG.sub(" ", text)))[:200]
