"""Foreign text made fit for people: nothing in it hides, moves or breaks what stands around it.

Error texts and names come from foreign systems.  SNS refuses a message with some of these
characters, terminals obey others, and bidirectional overrides make a text read as another.
"""

import re

_CUT = "\n[cut]\n"

_ESCAPE_SEQUENCE = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\))")
_LINE_END = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNFIT = re.compile(
    "["
    "\0-\x08\x0e-\x1f\x7f-\x9f"  # control characters; tab and line feed stay
    "\u00ad\u200b\ufeff\u2060-\u2064"  # invisible
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # marks, embeddings, overrides of direction
    "\ud800-\udfff\ufff9-\ufffb\ufffe\uffff"  # no characters of a text
    "\U000e0000-\U000e007f"  # tags, which hide a second text
    "]"
)


def plain(text: str) -> str:
    """The text without what only a machine obeys; every line ends with a line feed."""
    if text.isprintable():  # most are; of what is printable nothing above is a part
        return text
    text = _ESCAPE_SEQUENCE.sub("", text)
    return _UNFIT.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """The text on one line, its blanks made single."""
    return " ".join(plain(text).split())


def cut(text: str, most_bytes: int) -> str:
    """A text that fits, in UTF-8 and without breaking a character; one that was cut says so."""
    body = text.encode("utf-8", "replace")
    if len(body) <= most_bytes:
        return body.decode()
    return body[: most_bytes - len(_CUT)].decode("utf-8", "ignore") + _CUT
