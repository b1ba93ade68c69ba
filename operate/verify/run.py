"""One verification, from what the caller gave to the verdict."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mpl_export.checkpoint import SealHead
from operate.endings import Ending, StoppedError
from operate.verify.findings import UNKNOWN, Findings
from operate.verify.history import read_history
from operate.verify.objects import Asked, Plan, check_objects, plan_objects
from operate.verify.signatures import PublicKeys, Signed
from operate.verify.sources import Source
from operate.voice import Voice

_HEAD = re.compile(r"([1-9]\d{0,7}):([0-9a-f]{64})", re.ASCII)
_DAY = re.compile(r"/dt=([^/]+)/", re.ASCII)
_SHOWN = 20

# List prices of S3, Standard, us-east-1; within AWS's own network, transfer is free.
_DOLLARS_A_GET = 0.0004 / 1000
_DOLLARS_A_LIST = 0.005 / 1000
_DOLLARS_A_BYTE_OUT = 0.09 / 1e9
_LISTED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """The days of ``dt`` that are asked for, half-open; None for no bound."""

    since: date | None = None
    until: date | None = None

    def asks_for(self, key: str) -> bool:
        """Whether a part is of such a day; those without a day are, if there is no bound."""
        if self.since is None and self.until is None:
            return True
        day = _DAY.search(key)
        try:
            at = date.fromisoformat(day[1] if day is not None else "")
        except ValueError:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be verified.

    Attributes:
        head: The seal that has to be there; None to take the last one as it is.
    """

    source: Source
    tenant: str
    days: Days
    head: SealHead | None = None
    keys: PublicKeys
    deep: bool = False


def head_of(text: str | None) -> SealHead | None:
    """Read a head as it is noted: number and SHA-256 of a seal.

    Raises:
        StoppedError: It is none.
    """
    if not text:
        return None
    match = _HEAD.fullmatch(text.strip().lower())
    if match is None:
        raise StoppedError(
            "a head is the number of a seal, a colon and 64 hex digits, as the exporter logs it",
            Ending.USAGE,
        )
    return SealHead(number=int(match[1]), sha256=match[2])


def files_of(text: tuple[str, ...]) -> list[Path]:
    """The files of the option that may be given twice, or once with commas."""
    return [Path(each.strip()) for one in text for each in one.split(",") if each.strip()]


def verify(request: Request, voice: Voice, now: datetime) -> Findings:
    """Look at everything, and say what that means.

    Raises:
        StoppedError: Nothing can be said: what has to be listed cannot be.
    """
    findings = Findings(
        tenant=request.tenant,
        place=request.source.name,
        head_demanded=request.head is not None,
        keys_given=bool(request.keys),
        is_bucket=request.source.remote,
        deep=request.deep,
    )
    signed = Signed(request.keys, findings)
    history = read_history(request.source, request.tenant, request.head, signed, findings)
    signed.end()
    if history.last is None:
        return findings
    asked: Asked = request.days.asks_for
    plan = plan_objects(request.source, history, asked, now, findings)
    voice.progress(_costs(plan, findings, len(history.due)))
    check_objects(request.source, history, plan, findings, now=now, tell=voice.progress)
    return findings


def show(findings: Findings, voice: Voice) -> int:
    """Tell the verdict; the answer is the exit code."""
    if findings.faults:
        rows = [tuple(fault) for fault in findings.faults[:_SHOWN]]
        voice.table("Not as it was sealed", rows, header=("kind", "where", "what"))
        if len(findings.faults) > _SHOWN:
            voice.say(f"... and {len(findings.faults) - _SHOWN:,} more (--json lists all)")
    for each in findings.erased:
        what = f"{each['key']}, {each['rows']} rows ({each['reason']})"
        voice.say(f"erased: {what}, told by seal {each['seal']}")
    for evidence in findings.evidence:
        if evidence.gap:
            day = evidence.day.date()
            voice.say(f"{day}: the tenant counted {evidence.gap} logs that it did not show")
    uncounted = sum(each.gap is None for each in findings.evidence)
    if uncounted:
        voice.say(f"for {uncounted} days the tenant could not count what it has")
    voice.say(findings.sentence, style="bold" if findings.ending == 0 else "bold red")
    if findings.head is not None:
        voice.say(f"head: {findings.head.number}:{findings.head.sha256}")
    voice.document(findings.as_json())
    return findings.ending


def cannot_tell(error: StoppedError, voice: Voice) -> int:
    """Tell why nothing can be said."""
    sentence = f"Cannot tell: {error}."
    voice.say(sentence, style="bold red")
    voice.document({"verdict": "cannot tell", "ending": UNKNOWN, "sentence": sentence})
    return UNKNOWN


def _costs(plan: Plan, findings: Findings, listed: int) -> str:
    what = (
        f"{findings.seals:,} seals name {findings.named:,} objects; "
        f"{plan.count:,} are to be read: {plan.size / 1e6:,.1f} MB"
    )
    if not findings.is_bucket:
        return what
    inside = (plan.count + findings.seals) * _DOLLARS_A_GET
    inside += (listed / _LISTED_AT_ONCE + 1) * _DOLLARS_A_LIST
    outside = inside + plan.size * _DOLLARS_A_BYTE_OUT
    return f"{what}, about ${inside:.4f} from within AWS, ${outside:.4f} over the internet"
