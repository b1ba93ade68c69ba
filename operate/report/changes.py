"""What is different from the week before, the most urgent first.

Each threshold has two halves, a factor and an amount: neither 1 failure instead of 0 nor 5,010
instead of 5,000 is news.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from operate.report.failures import Kind
from operate.report.timing import Durations

Tone = Literal["bad", "good", "neutral"]

_MORE: Final = 2.0
_MORE_FAILURES: Final = 5
_MORE_MESSAGES: Final = 50
_SILENT_BEFORE: Final = 10
_SLOWER: Final = 1.5
_SLOWER_SECONDS: Final = 1.0
_TIMED: Final = 20
_MOST_ERRORS: Final = 15


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        kind: In a word or two, such as ``new error``.
        artifact: What it is about, by its id.
        what: The error, where it is about one.
        before, now: What is compared, as numbers of ``unit``.
        unit: ``messages``, ``failures`` or ``seconds (p95)``.
    """

    kind: str
    tone: Tone
    artifact: str
    what: str
    before: float
    now: float
    unit: str


Counts = Mapping[str, tuple[int, int]]


def changes(
    new: Sequence[Kind],
    kinds: Sequence[Kind],
    now: Counts,
    before: Counts,
    timed: Sequence[Durations],
) -> list[Change]:
    """Compare the last week with the one before.

    Args:
        new: The kinds of failures that were first seen in the last week.
        now, before: Messages and failed ones of each artifact in either week.
    """
    return [
        *_new_errors(new),
        *_silent(now, before),
        *_more_failures(now, before),
        *_slower(timed),
        *_volume(now, before),
        *_new_artifacts(now, before),
        *_gone(kinds, now),
    ]


def _new_errors(new: Sequence[Kind]) -> list[Change]:
    return [
        Change("new error", "bad", kind.artifact, _said(kind), 0, kind.in_week, "failures")
        for kind in new[:_MOST_ERRORS]
    ]


def _silent(now: Counts, before: Counts) -> list[Change]:
    return [
        Change("silent", "bad", artifact, "", messages, 0, "messages")
        for artifact, (messages, _) in _most(before)
        if messages >= _SILENT_BEFORE and artifact not in now
    ]


def _more_failures(now: Counts, before: Counts) -> list[Change]:
    found = []
    for artifact, (_, failed) in sorted(now.items(), key=lambda each: (-each[1][1], each[0])):
        earlier = before.get(artifact, (0, 0))[1]
        if artifact in before and failed - earlier >= _MORE_FAILURES and failed >= _MORE * earlier:
            found.append(Change("more failures", "bad", artifact, "", earlier, failed, "failures"))
    return found


def _slower(timed: Sequence[Durations]) -> list[Change]:
    found = []
    for each in timed:
        if each.p95_before is None or min(each.messages, each.messages_before) < _TIMED:
            continue
        if each.p95 >= _SLOWER * each.p95_before and each.p95 - each.p95_before >= _SLOWER_SECONDS:
            found.append(_timed("slower", "bad", each, each.p95_before))
        elif (
            each.p95_before >= _SLOWER * each.p95 and each.p95_before - each.p95 >= _SLOWER_SECONDS
        ):
            found.append(_timed("faster", "good", each, each.p95_before))
    return found


def _timed(kind: str, tone: Tone, each: Durations, before: float) -> Change:
    return Change(kind, tone, each.artifact, "", before, each.p95, "seconds (p95)")


def _volume(now: Counts, before: Counts) -> list[Change]:
    found = []
    for artifact, (messages, _) in _most(now):
        earlier = before.get(artifact, (0, 0))[0]
        if not earlier or abs(messages - earlier) < _MORE_MESSAGES:
            continue
        if messages >= _MORE * earlier:
            found.append(
                Change("more messages", "neutral", artifact, "", earlier, messages, "messages")
            )
        elif earlier >= _MORE * messages:
            found.append(
                Change("fewer messages", "bad", artifact, "", earlier, messages, "messages")
            )
    return found


def _new_artifacts(now: Counts, before: Counts) -> list[Change]:
    return [
        Change("new or back", "neutral", artifact, "", 0, messages, "messages")
        for artifact, (messages, _) in _most(now)
        if artifact not in before
    ]


def _gone(kinds: Sequence[Kind], now: Counts) -> list[Change]:
    """Errors that are over; those of an artifact that fell silent are not, as far as one knows."""
    gone = [
        kind
        for kind in kinds
        if not kind.in_week and kind.in_before >= _MORE_FAILURES and kind.artifact in now
    ]
    gone.sort(key=lambda kind: (-kind.in_before, kind.artifact, kind.signature))
    return [
        Change("error is gone", "good", kind.artifact, _said(kind), kind.in_before, 0, "failures")
        for kind in gone[:_MOST_ERRORS]
    ]


def _said(kind: Kind) -> str:
    return kind.error or f"({kind.status}, no text)"


def _most(counts: Counts) -> list[tuple[str, tuple[int, int]]]:
    return sorted(counts.items(), key=lambda each: (-each[1][0], each[0]))
