"""What the seals say, from the first to the last: the chain itself, and what should lie there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mpl_export.archive.layout import number_of_seal, seal_key, seals_prefix
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.checkpoint import SealHead
from mpl_export.sealing.seal import (
    Erasure,
    NotASealError,
    Seal,
    SealedObject,
    StoredSeal,
    read_seal,
)
from operate.verify.findings import Findings
from operate.verify.signatures import Signed
from operate.verify.sources import Source, whole

BEHIND = "whoever may write seals could have added them; a newer head would tell, or PUBLIC_KEY"
"""Why an excuse counts for nothing that no head and no key reaches."""


@dataclass(slots=True)
class Due:
    """What should lie under a key.

    Attributes:
        first: The number of the seal that named it first.
        seal: That of the one that says what it is now.
        versions: What the ids in it have always been, whatever was erased.
        erased: How many rows in it were erased.
        has_been: The hashes that were true before erasures.
    """

    size: int
    sha256: str
    rows: int | None
    arrived: datetime
    first: int
    seal: int
    versions: str | None
    erased: int = 0
    has_been: list[str] = field(default_factory=list)


@dataclass(slots=True)
class History:
    """What all seals together say.

    Attributes:
        due: What should lie where, by key.
        last: The last seal.
        keeps: For each seal by its number, the shortest retention that it or a later one notes.
        reach: The last seal that the caller's head vouches for; None if there is no head, or a key,
            which vouches for the last seal there is.
        kept_in_reach: As ``keeps``, but without what is noted behind that seal.
    """

    due: dict[str, Due] = field(default_factory=dict)
    last: StoredSeal | None = None
    keeps: Mapping[int, timedelta | None] = field(default_factory=dict)
    reach: int | None = None
    kept_in_reach: Mapping[int, timedelta | None] = field(default_factory=dict)

    def has_expired(self, due: Due, now: datetime) -> bool:
        """Whether an object that is gone was due to go."""
        kept = self.keeps.get(due.seal)
        return kept is not None and due.arrived + kept <= now

    def expiry_is_vouched_for(self, due: Due, now: datetime) -> bool:
        """Whether the seals that the head reaches let it go, too, if they name it."""
        if self.reach is None or due.first > self.reach:
            return True
        kept = self.kept_in_reach.get(due.first)
        return kept is not None and due.arrived + kept <= now


def read_history(
    source: Source, tenant: str, head: SealHead | None, signed: Signed, findings: Findings
) -> History:
    """Read every seal, and note what is wrong with the chain."""
    history = History(reach=None if head is None or signed.keys else head.number)
    retentions: list[tuple[int, timedelta | None]] = []
    before: StoredSeal | None = None
    for number, stored in _seals(source, tenant, findings):
        key = seal_key(tenant, number)
        if stored is None:
            before = None
            continue
        findings.seals += 1
        _check_link(before, stored, number, key, findings)
        signed.look(stored, key)
        _take(history, stored.seal, key, findings)
        retentions.append((number, stored.seal.retention))
        if head is not None and number == head.number and stored.sha256 != head.sha256:
            findings.fault("head", key, f"is not the seal of the head {head.number}:{head.sha256}")
        history.last = before = stored
    history.keeps = _shortest(retentions)
    if history.reach is not None:
        history.kept_in_reach = _shortest([each for each in retentions if each[0] <= history.reach])
    last = history.last
    if last is not None:
        findings.head = SealHead(number=last.seal.number, sha256=last.sha256)
        findings.until = last.seal.until
    if head is not None and (last is None or last.seal.number < head.number):
        there = "there is none" if last is None else f"the last one is {last.seal.number}"
        key = seal_key(tenant, head.number)
        findings.fault("head", key, f"was made, and {there}: the end of the chain was cut off")
    return history


def _seals(
    source: Source, tenant: str, findings: Findings
) -> Iterator[tuple[int, StoredSeal | None]]:
    """Each seal by its number, rising; None for one that cannot be read or is not there."""
    expected = 1
    for entry in source.entries(seals_prefix(tenant)):
        number = number_of_seal(entry.key)
        if number is None or number < 1:
            findings.fault("seal", entry.key, "lies among the seals and is none")
            continue
        if number > expected:
            upto = f", and all up to {number - 1}" if number > expected + 1 else ""
            problem = f"is missing in the chain{upto}"
            findings.fault("seal", seal_key(tenant, expected), problem)
            yield expected, None
        expected = number + 1
        try:
            yield number, read_seal(entry.key, whole(source, entry.key), tenant)
        except NotASealError as error:
            findings.fault("seal", entry.key, str(error))
            yield number, None
        except NoSuchObjectError:
            findings.fault("seal", entry.key, "was removed while it was looked at")
            yield number, None


def _check_link(
    before: StoredSeal | None, stored: StoredSeal, number: int, key: str, findings: Findings
) -> None:
    seal = stored.seal
    if number == 1 and seal.previous is not None:
        findings.fault("chain", key, "is the first seal, and names one before it")
    if before is None:
        return
    if seal.previous != before.sha256:
        problem = f"does not follow seal {before.seal.number} as it is: one of the two was altered"
        findings.fault("chain", key, problem)
    if seal.until < before.seal.until:
        findings.fault("chain", key, f"ends before seal {before.seal.number} does")


def _take(history: History, seal: Seal, key: str, findings: Findings) -> None:
    for each in seal.objects:
        _take_object(history, seal, each, findings)
    for erasure in seal.erased:
        _take_erasure(history, seal, erasure, key, findings)
    if seal.evidence is not None:
        findings.evidence.append(seal.evidence)


def _take_object(history: History, seal: Seal, sealed: SealedObject, findings: Findings) -> None:
    facts, known = sealed.facts, history.due.get(sealed.key)
    if known is None:
        history.due[sealed.key] = Due(
            size=facts.size,
            sha256=facts.sha256,
            rows=facts.rows,
            arrived=sealed.arrived,
            first=seal.number,
            seal=seal.number,
            versions=facts.versions,
        )
    elif known.sha256 != facts.sha256:
        findings.fault(
            "altered",
            sealed.key,
            f"was replaced: seal {known.seal} names it, and seal {seal.number} with other bytes",
        )
    else:
        known.arrived, known.seal = max(known.arrived, sealed.arrived), seal.number


def _take_erasure(
    history: History, seal: Seal, erasure: Erasure, key: str, findings: Findings
) -> None:
    now = erasure.now
    known = history.due.get(now.key)
    if known is None or erasure.was not in {known.sha256, *known.has_been}:
        problem = f"says that {now.key} was erased, and no seal names what it was"
        findings.fault("erasure", key, problem)
        return
    if now.facts.rows != known.rows or now.facts.versions != known.versions:
        problem = f"says that {now.key} was erased, but it holds other rows or versions now"
        findings.fault("erasure", key, problem)
        return
    if now.facts.erased < known.erased:
        findings.fault("erasure", key, f"says that {now.key} was erased, but fewer rows of it are")
        return
    if history.reach is not None and known.first <= history.reach < seal.number:
        findings.unread.append(
            f"{now.key} was erased, and only seals behind your head say so ({BEHIND})"
        )
    known.has_been.append(known.sha256)
    known.size, known.sha256, known.erased = now.facts.size, now.facts.sha256, now.facts.erased
    known.arrived, known.seal = now.arrived, seal.number
    findings.erased.append(
        {"key": now.key, "seal": seal.number, "was": erasure.was, "is": known.sha256,
         "rows": now.facts.erased, "reason": erasure.reason}
    )  # fmt: skip


def _shortest(retentions: list[tuple[int, timedelta | None]]) -> Mapping[int, timedelta | None]:
    """The shortest retention from each seal on; None where nothing expires."""
    shortest: dict[int, timedelta | None] = {}
    least: timedelta | None = None
    for number, kept in reversed(retentions):
        least = min((each for each in (least, kept) if each is not None), default=None)
        shortest[number] = least
    return shortest
