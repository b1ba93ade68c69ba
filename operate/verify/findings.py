"""What a verification has found, and what that means in one sentence."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from mpl_export.checkpoint import SealHead
from mpl_export.evidence import Evidence
from mpl_export.instants import iso_instant

CLEAN, ALTERED, UNKNOWN = 0, 1, 2
"""The exit codes."""

Kind = Literal[
    "altered", "missing", "added", "seal", "chain", "head", "signature", "erasure", "record"
]

_SHOWN = 3


class Fault(NamedTuple):
    """One thing that is not as it was sealed.

    Attributes:
        what: The key of the object or of the seal.
    """

    kind: Kind
    what: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRange:
    """Seals that one key has signed."""

    keyid: str
    first: int
    last: int


@dataclass(slots=True, kw_only=True)
class Findings:
    """What was looked at, and what was found; counted while it goes on.

    Attributes:
        head: The last seal there is.
        until: Up to when all that arrived is sealed.
        head_demanded: Whether the caller named a head.
        keys_given: Whether the caller gave public keys.
        signed: Which key signed which seals; only what was verified if keys were given.
        named: Objects that the seals name, of the days asked for.
        expired: Those that are gone by the rule that the seals note.
        waiting: Objects that are too young to be sealed.
        unread: What could not be read, and why.
        evidence: What the seals hold of days that are over.
    """

    tenant: str
    place: str
    head: SealHead | None = None
    until: datetime | None = None
    head_demanded: bool = False
    keys_given: bool = False
    is_bucket: bool = True
    signed: list[KeyRange] = field(default_factory=list)
    seals: int = 0
    named: int = 0
    checked: int = 0
    rows: int = 0
    size: int = 0
    expired: int = 0
    erased: list[dict[str, object]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    deep: bool = False

    def fault(self, kind: Kind, what: str, problem: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(kind, what, problem))

    @property
    def ending(self) -> int:
        """The exit code."""
        if self.faults:
            return ALTERED
        return UNKNOWN if self.unread or self.head is None else CLEAN

    @property
    def sentence(self) -> str:
        """The verdict."""
        if self.faults:
            kinds = Counter(fault.kind for fault in self.faults)
            counts = ", ".join(f"{number} x {kind}" for kind, number in sorted(kinds.items()))
            first = "; ".join(f"{each.what}: {each.problem}" for each in self.faults[:_SHOWN])
            more = len(self.faults) - _SHOWN
            rest = f"; and {more} more" if more > 0 else ""
            return f"NOT as it was sealed ({counts}): {first}{rest}."
        if self.head is None:
            return f"Cannot tell: there is no seal of the tenant {self.tenant} in {self.place}."
        if self.unread:
            more = len(self.unread) - 1
            rest = f" and {more} more" if more else ""
            return f"Cannot tell: {self.unread[0]}{rest}."
        return f"Clean: {self._clean()}."

    def _clean(self) -> str:
        assert self.head is not None  # noqa: S101  # nosec B101
        assert self.until is not None  # noqa: S101  # nosec B101
        of = f"{self.checked:,} objects with {self.rows:,} rows are as they were sealed"
        gone = f", {self.expired:,} have expired by rule" if self.expired else ""
        erased = f", {len(self.erased):,} were erased on purpose" if self.erased else ""
        what = f"seal {self.head.number} of {iso_instant(self.until)}"
        if self.head_demanded:
            upto = f"; complete up to {what} at least, and the head that you named is in the chain"
        else:
            upto = f"; complete up to {what}; a cut tail cannot be seen without HEAD"
        return of + gone + erased + upto + self._by_whom() + self._young()

    def _by_whom(self) -> str:
        if self.keys_given:
            ranges = (f"{each.keyid[:12]} (seals {each.first}-{each.last})" for each in self.signed)
            return f"; signed by {', '.join(ranges)}"
        if self.signed:
            return "; there are signatures, which nobody looked at without PUBLIC_KEY"
        if self.head_demanded:
            return "; the seals are not signed, so the proof is as good as the place of your head"
        return (
            "; the seals are not signed: this shows accidents, but whoever may write seals could "
            "have written all of them anew"
        )

    def _young(self) -> str:
        if not self.waiting:
            return ""
        told = "" if self.is_bucket else " by the times of their files, which anybody can set"
        return f"; {len(self.waiting):,} objects are younger than the last seal{told}"

    def as_json(self) -> dict[str, object]:
        """The report."""
        return {
            "verdict": {CLEAN: "clean", ALTERED: "altered", UNKNOWN: "cannot tell"}[self.ending],
            "ending": self.ending,
            "sentence": self.sentence,
            "tenant": self.tenant,
            "place": self.place,
            "seals": self.seals,
            "head": self.head and f"{self.head.number}:{self.head.sha256}",
            "until": self.until and iso_instant(self.until),
            "head_demanded": self.head_demanded,
            "signed": [
                {"keyid": each.keyid, "first": each.first, "last": each.last}
                for each in self.signed
            ],
            "signatures_verified": self.keys_given,
            "deep": self.deep,
            "objects": {
                "named": self.named,
                "checked": self.checked,
                "expired": self.expired,
                "erased": len(self.erased),
                "waiting": len(self.waiting),
            },
            "rows": self.rows,
            "bytes": self.size,
            "evidence": {
                "days": len(self.evidence),
                "days_without_count": [
                    iso_instant(each.day)[:10] for each in self.evidence if each.gap is None
                ],
                "gaps": {
                    iso_instant(each.day)[:10]: each.gap for each in self.evidence if each.gap
                },
            },
            "erased": self.erased,
            "waiting": self.waiting,
            "unread": self.unread,
            "faults": [fault._asdict() for fault in self.faults],
        }
