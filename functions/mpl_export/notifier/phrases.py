"""What adapters of Cloud Integration say in many words, in few: a subject has room for sixty.

The phrases are those of the HTTP, OData and XML adapters and of Camel below them.
"""

import re

_NOTHING_NEW = re.compile(
    r"(?:An internal server error occurr?ed: "
    r"|Message processing failed\. (?=\S)"
    r"|Error during type conversion from type: \S+ to the required type: \S+"
    r"(?: with value .{0,200}?)? due to "
    r"|lineNumber: \d+; columnNumber: \d+; )",
    re.IGNORECASE,
)
_CLASS_WITHIN = re.compile(
    r"\b(?:[a-z_]\w{0,63}\.){2,12}[A-Z]\w{0,99}(?:Exception|Error|Fault): ", re.ASCII
)
_INVOKING = re.compile(
    r"HTTP operation failed invoking https?://([^\s/?#]+)\S* with statusCode: (\d{3})\.?"
    r"(?:, (?:response ?body|response|body):?)?[\s:,]*",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"HTTP Request failed with error ?: ?(.{0,80}?) ?, ?(?:HTTP status code ?: ?)?(\d{3})"
    r"(?: ?, ?response)?[\s:,]*",
    re.IGNORECASE,
)
_TWICE = re.compile(r"(.{3,200}?) \(\1\)")
"""Of Java's sockets: "Connection refused (Connection refused)"."""
_AT_LINE = re.compile(r"(?<=\S)@ line (?=\d)")
"""Of Groovy, which puts no blank before it."""


def in_few_words(said: str) -> str:
    """What is said, on one line, without what every message of its kind says."""
    said = _CLASS_WITHIN.sub("", said)
    while match := _NOTHING_NEW.match(said):
        said = said[match.end() :]
    said = _AT_LINE.sub(" at line ", said)
    if match := _TWICE.fullmatch(said):
        return match[1]
    if match := _INVOKING.match(said):
        return _with(f"HTTP {match[2]} from {match[1]}", said[match.end() :])
    if match := _REQUEST.match(said):
        return _with(f"HTTP {match[2]}", said[match.end() :] or match[1])
    return said


def _with(what: str, why: str) -> str:
    return f"{what}: {why}" if why else what
