"""Certificates and keys as people paste them, down to what is encoded in them.

Source: RFC 7468, whose grammar is read with all the tolerance that still cannot mistake one thing
for another.
"""

import base64
import re
from dataclasses import dataclass, field

from mpl_export.errors import ServiceKeyError
from mpl_export.tenant.credentials.confidential import Confidential

_LITERAL_BREAKS = re.compile(r"\\+[rnt]")
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_DASHES = dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D), "-")
_BOUNDARY = re.compile(r"- ?(BEGIN|END) ([A-Z0-9 ]{1,40}?) ?-")


@dataclass(frozen=True, slots=True)
class Block(Confidential):
    """What stands between a BEGIN and its END line, on one line.

    Attributes:
        label: What it says to be, such as ``RSA PRIVATE KEY``.
    """

    label: str
    content: str = field(repr=False)

    def der(self, member: str) -> bytes:
        """What it encodes.

        Raises:
            ServiceKeyError: It is not base64.
        """
        digits = self.content.strip("- ").replace(" ", "").rstrip("=")
        try:
            return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
        except ValueError:  # not chained: it may know what it could not decode
            problem = "is damaged: what stands between BEGIN and END is not base64; copy it again"
        raise ServiceKeyError(problem, member=member)


def pem_blocks(text: str, member: str) -> list[Block]:
    r"""The blocks of a PEM text, whatever stands around them and however it was pasted.

    Known from the wild: literal ``\n`` out of the cockpit, CRLF and lone CR, blanks before and
    after lines, non-breaking and zero-width blanks, hyphens made into dashes by a word processor
    (which also changes how many there are), everything on one line.

    Raises:
        ServiceKeyError: There is no block, or one begins and does not end.
    """
    plain = _LITERAL_BREAKS.sub("\n", text).translate(_INVISIBLE).translate(_DASHES)
    plain = re.sub("-{2,}", "--", re.sub(r"\s+", " ", plain))
    pieces = _BOUNDARY.split(plain)[1:]
    bounds = list(zip(pieces[0::3], pieces[1::3], pieces[2::3], strict=True))
    if not bounds:
        raise ServiceKeyError("holds no PEM block (-----BEGIN ...-----)", member=member)
    begins, ends = bounds[0::2], bounds[1::2]
    if [("END", label) for _, label, _ in begins] != [(verb, label) for verb, label, _ in ends] or {
        verb for verb, _, _ in begins
    } != {"BEGIN"}:
        raise ServiceKeyError("is cut: not every BEGIN line has its END line", member=member)
    return [Block(label, content) for _, label, content in begins]
