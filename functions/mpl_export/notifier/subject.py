"""The subject of a digest: one short line of ASCII, which has to say the thing.

SNS takes less than 100 ASCII characters.  So what ASCII cannot show is written another way, and
what cannot be written another way is left out: a row of question marks tells nobody anything.
"""

import unicodedata

from mpl_export.notifier.plain import one_line

SUBJECT_CHARACTERS = 99
_TENANT_CHARACTERS = 20
_NAME_CHARACTERS = 40
_LOST_AT_MOST = 0.3

_WRITTEN = str.maketrans(
    {
        "ß": "ss",
        "ẞ": "SS",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
        "€": "EUR",
        "•": "*",
        "\u00d7": "x",
        **dict.fromkeys("\u2018\u2019\u201a\u2039\u203a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2190\u2192\u21d2\u27a1", ">"),
    }
)


def subject_line(tenant: str, said: str) -> str:
    """The subject of what is said of a tenant."""
    line = f"[{shortened(tenant, _TENANT_CHARACTERS)}] {in_ascii(said) or ''}"
    return shortened(one_line(line), SUBJECT_CHARACTERS)


def in_ascii(text: str) -> str | None:
    """The text in ASCII: accents go.  None if too much of it would get lost."""
    text = one_line(text)
    plain = unicodedata.normalize("NFKD", text.translate(_WRITTEN))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    ascii_only = letters.encode("ascii", "replace").decode()
    lost = sum(not each.isascii() for each in letters)
    if lost > _LOST_AT_MOST * len(letters):
        return None
    return "".join(each for each in ascii_only if each.isprintable())


def name_in_ascii(name: str, artifact: str) -> str:
    """A flow's name as a subject can show it: its id, if its name cannot be shown."""
    return shortened(in_ascii(name) or in_ascii(artifact) or "a flow", _NAME_CHARACTERS)


def shortened(text: str, most: int) -> str:
    """The text within so many characters; one that was cut ends with dots.

    Half a number reads as another number, so one that does not fit is left out whole.
    """
    if len(text) <= most:
        return text
    kept = text[: most - 3]
    if text[most - 3].isdecimal() and len(whole := kept.rstrip("0123456789")) > most / 2:
        kept = whole
    return f"{kept.rstrip()}..."
