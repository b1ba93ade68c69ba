"""Every object that the seals name, read and hashed beside each other, and what lies there else."""

import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from mpl_export.archive.layout import part_of_key, parts_prefix
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.sealing.facts import facts_of
from mpl_export.sealing.sealer import SLACK
from operate.endings import StoppedError
from operate.verify.deep import WindowVersions
from operate.verify.findings import Fault, Findings
from operate.verify.history import BEHIND, Due, History
from operate.verify.sources import READ_AT_ONCE, Source, whole

_IN_FLIGHT = 4 * READ_AT_ONCE
_TELL_SECONDS = 2.0

Asked = Callable[[str], bool]
"""Whether the caller asked for the day that a key lies in."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be read.

    Attributes:
        jobs: Keys that are read one after the other: of a window where records are looked at.
    """

    jobs: list[list[str]]
    count: int
    size: int


@dataclass(slots=True)
class _Looked:
    """What became of one job."""

    checked: int = 0
    rows: int = 0
    size: int = 0
    faults: list[Fault] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def plan_objects(
    source: Source, history: History, asked: Asked, now: datetime, findings: Findings
) -> Plan:
    """List what lies there, hold it against what should, and say what has to be read."""
    due = {key: each for key, each in history.due.items() if asked(key)}
    findings.named = len(due)
    there = _listed(source, due, history, asked, findings)
    for key, each in due.items():
        if key not in there:
            _note_missing(key, each, history, now, findings)
    groups: Mapping[object, list[str]] = {key: [key] for key in there}
    if findings.deep:
        groups = defaultdict(list)
        for key in there:
            groups[part_of_key(key) and part_of_key(key)[0]].append(key)  # type: ignore[index]
    return Plan(list(groups.values()), len(there), sum(due[key].size for key in there))


def _listed(
    source: Source, due: Mapping[str, Due], history: History, asked: Asked, findings: Findings
) -> list[str]:
    """The keys that are to be read."""
    to_read = []
    until = findings.until
    for entry in source.entries(parts_prefix(findings.tenant)):
        known = due.get(entry.key)
        if known is not None:
            to_read.append(entry.key)
        elif entry.key not in history.due and asked(entry.key):
            if until is not None and entry.arrived < until - SLACK:
                findings.fault("added", entry.key, "is older than the last seal, and none names it")
            else:
                findings.waiting.append(entry.key)
    return to_read


def _note_missing(key: str, due: Due, history: History, now: datetime, findings: Findings) -> None:
    if not history.has_expired(due, now):
        findings.fault("missing", key, f"is named by seal {due.seal} and is not there")
    elif history.expiry_is_vouched_for(due, now):
        findings.expired += 1
    else:
        findings.unread.append(
            f"{key} is gone, by a retention that only seals behind your head note ({BEHIND})"
        )


def check_objects(
    source: Source,
    history: History,
    plan: Plan,
    findings: Findings,
    *,
    now: datetime,
    tell: Callable[[str], None],
) -> None:
    """Read and hash what the plan says, beside each other."""
    begun = told = time.monotonic()

    def look(keys: list[str]) -> _Looked:
        return _look(source, history.due, keys, deep=findings.deep)

    with (
        ThreadPoolExecutor(READ_AT_ONCE, thread_name_prefix="verify") as threads,
        closing(_in_any_order(threads, look, plan.jobs)) as done,
    ):
        for looked in done:
            _take(looked, history, now, findings)
            if time.monotonic() - told >= _TELL_SECONDS:
                told = time.monotonic()
                tell(_progress(findings, plan, told - begun))


def _take(looked: _Looked, history: History, now: datetime, findings: Findings) -> None:
    findings.checked += looked.checked
    findings.rows += looked.rows
    findings.size += looked.size
    findings.unread += looked.unread
    for fault in looked.faults:
        if fault.kind == "missing":  # gone between the listing and now
            _note_missing(fault.what, history.due[fault.what], history, now, findings)
        else:
            findings.faults.append(fault)


def _in_any_order[J, R](
    threads: ThreadPoolExecutor, work: Callable[[J], R], jobs: Iterable[J]
) -> Generator[R]:
    """The results as they come; few jobs wait at a time, so that Ctrl-C ends soon."""
    flying: set[Future[R]] = set()
    try:
        for job in jobs:
            flying.add(threads.submit(work, job))
            if len(flying) >= _IN_FLIGHT:
                ready, flying = wait(flying, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in ready)
        yield from (each.result() for each in flying)
    finally:
        for each in flying:
            each.cancel()


def _look(source: Source, due: Mapping[str, Due], keys: list[str], *, deep: bool) -> _Looked:
    """Hold objects against what should lie there."""
    looked = _Looked()
    place = part_of_key(keys[0])
    # An erasure gives leave to empty rows.  What was there before is gone for good, so the rows
    # that it left are held against their own versions, always.
    inside = deep or any(due[key].erased for key in keys)
    versions = WindowVersions(place[0]) if inside and place is not None else None
    for key in keys:
        try:
            _look_at(source, key, due[key], versions, looked)
        except NoSuchObjectError:
            looked.faults.append(Fault("missing", key, ""))
        except StoppedError as error:
            looked.unread.append(str(error))
    return looked


def _look_at(
    source: Source, key: str, due: Due, versions: WindowVersions | None, looked: _Looked
) -> None:
    looked.checked += 1
    if versions is None and not due.erased:
        size, digest = 0, sha256()
        for chunk in source.chunks(key):
            size += len(chunk)
            digest.update(chunk)
        if digest.hexdigest() != due.sha256:
            looked.faults.append(_altered(key, due, size))
    else:
        size = _look_inside(source, key, due, versions, looked)
    looked.size += size
    looked.rows += due.rows or 0


def _look_inside(
    source: Source, key: str, due: Due, versions: WindowVersions | None, looked: _Looked
) -> int:
    body = whole(source, key)
    facts = facts_of([body])
    if facts.sha256 != due.sha256:
        looked.faults.append(_altered(key, due, facts.size))
    elif (facts.rows, facts.versions) != (due.rows, due.versions):
        looked.faults.append(
            Fault("seal", key, f"has other rows than seal {due.seal} says, although its bytes fit")
        )
    elif versions is not None:
        problems = (Fault("record", key, problem) for problem in versions.problems_in(body))
        looked.faults += problems
    return len(body)


def _altered(key: str, due: Due, size: int) -> Fault:
    sizes = "" if size == due.size else f" ({size:,} instead of {due.size:,})"
    return Fault("altered", key, f"has other bytes{sizes} than seal {due.seal} says")


def _progress(findings: Findings, plan: Plan, seconds: float) -> str:
    speed = findings.size / seconds
    left = (plan.size - findings.size) / speed if speed else 0
    faults = f", {len(findings.faults)} faults" if findings.faults else ""
    return (
        f"{findings.checked:,} of {plan.count:,} objects, {speed / 1e6:.0f} MB/s, "
        f"{left:.0f} s left{faults}"
    )
