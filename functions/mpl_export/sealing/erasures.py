"""An object whose rows were erased, told from one that was merely replaced.

An erasure notes beside the object which seal named it before; the claim is held against that
seal.  What has no such claim, or a wrong one, is sealed as what it is: a key that was sealed with
other bytes, which ``verify`` calls altered.
"""

import re
from collections.abc import Mapping

from mpl_export.sealing.chain import Chain, ChainBrokenError
from mpl_export.sealing.seal import Erasure, SealedObject, StoredSeal

_NUMBER = re.compile(r"[0-9]{1,8}")  # of a seal; S3 refuses to look for a key of many more digits

WAS, SEAL, REASON = "erased-was", "erased-seal", "erased-reason"
"""What is noted beside an object that was erased: hash and seal before, and why."""


def erasure_of(sealed: SealedObject, notes: Mapping[str, str], chain: Chain) -> Erasure | None:
    """The erasure that an object claims to be; None if it claims none, or wrongly."""
    was, number = notes.get(WAS, ""), notes.get(SEAL, "")
    if not sealed.facts.erased or _NUMBER.fullmatch(number) is None:
        return None
    try:
        before = chain.read(int(number))
    except ChainBrokenError:
        return None
    if was not in named_with(before, sealed.key):
        return None
    return Erasure(was=was, seal=int(number), reason=notes.get(REASON, ""), now=sealed)


def named_with(seal: StoredSeal, key: str) -> set[str]:
    """The hashes with which a seal names a key; empty if it does not."""
    names = [*seal.seal.objects, *(each.now for each in seal.seal.erased)]
    return {each.facts.sha256 for each in names if each.key == key}
