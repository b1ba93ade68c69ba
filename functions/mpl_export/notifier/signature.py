"""What makes two failures the same failure: the gist of the error without what varies."""

import re
from hashlib import blake2b

import orjson

_BLANK = "#"

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_VARYING = re.compile(
    "|".join(
        (
            # A date in words, such as "Sun Nov 22 14:05:00 UTC 2026" or "22 Nov 2026".
            rf"\b{_DAY},? (?={_MONTH}\b|\d)",
            rf"\b{_MONTH}(?= \d)|(?<=\d ){_MONTH}\b",
            # Ids: GUIDs, hexadecimal, and what the tenant makes of base64.
            r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b",
            r"\b0[xX][0-9A-Fa-f]+\b",
            r"\b(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{8,}\b",
            r"(?<![\w-])(?=[A-Za-z_-]*\d)[\w-]{16,}(?![\w-])",
            # A number; also a time, which is numbers with signs between them.
            r"\d+(?:[.,:]\d+)*",
        )
    ),
    re.ASCII,
)
_RUN = re.compile(rf"{_BLANK}(?:[\s:.,T+-]*{_BLANK})+Z?")


def blanked(line: str) -> str:
    """A line with numbers, ids and times replaced by ``#``."""
    return _RUN.sub(_BLANK, _VARYING.sub(_BLANK, line))


def signature_of(artifact: str, status: str, error: str) -> str:
    """The signature of a failure, 16 hex digits: its artifact and its error, blanked.

    Without an error it is the artifact and the status.

    Args:
        error: The gist of its error text; empty if there is none.
    """
    parts = [artifact, blanked(error)] if error else [artifact, None, status]
    return blake2b(orjson.dumps(parts), digest_size=8).hexdigest()
