"""What a verdict says, word by word: people act on the sentence, programs on the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mpl_export.checkpoint import SealHead
from mpl_export.evidence import Evidence
from operate.verify.findings import Findings, KeyRange
from tests.support.manual_clock import NOON
from tests.support.sealing.sealed_archive import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = SealHead(number=7, sha256="ab" * 32)
KEYS = [
    KeyRange(keyid="0123456789abcdef", first=1, last=4),
    KeyRange(keyid="fedcba9876543210", first=5, last=7),
]
SEALED = "Clean: 1,200 objects with 34,000 rows are as they were sealed"
UPTO = "; complete up to seal 7 of 2026-11-22T12:00:00.000Z"
TAIL = f"{UPTO}; a cut tail cannot be seen without HEAD"
UNSIGNED = (
    "; the seals are not signed: this shows accidents, but whoever may write seals could have "
    "written all of them anew."
)


def findings(**members: object) -> Findings:
    """Of a clean archive, with more of them."""
    known: dict[str, Any] = {
        "tenant": "demo",
        "place": "s3://archive",
        "head": HEAD,
        "until": NOON,
        "checked": 1_200,
        "rows": 34_000,
    }
    return Findings(**{**known, **members})


CLEAN: list[tuple[Mapping[str, Any], str]] = [
    ({}, f"{SEALED}{TAIL}{UNSIGNED}"),
    (
        {"head_demanded": True},
        (
            f"{SEALED}{UPTO} at least, and the head that you named is in the chain; the seals are "
            "not signed, so the proof is as good as the place of your head."
        ),
    ),
    (
        {"expired": 2_000, "erased": [{}] * 3},
        (f"{SEALED}, 2,000 have expired by rule, 3 were erased on purpose{TAIL}{UNSIGNED}"),
    ),
    (
        {"signed": KEYS},
        (f"{SEALED}{TAIL}; there are signatures, which nobody looked at without PUBLIC_KEY."),
    ),
    (
        {"signed": KEYS, "keys_given": True},
        (f"{SEALED}{TAIL}; signed by 0123456789ab (seals 1-4), fedcba987654 (seals 5-7)."),
    ),
    (
        {"keys_given": True, "signed": KEYS[:1], "waiting": ["x"] * 1_000},
        (
            f"{SEALED}{TAIL}; signed by 0123456789ab (seals "
            "1-4); 1,000 objects are younger than the last seal."
        ),
    ),
    (
        {"keys_given": True, "signed": KEYS[:1], "waiting": ["x"], "is_bucket": False},
        (
            f"{SEALED}{TAIL}; signed by 0123456789ab (seals "
            "1-4); 1 objects are younger than the last seal by the times of their files, which "
            "anybody can set."
        ),
    ),
]


@pytest.mark.parametrize(("members", "sentence"), CLEAN)
def test_a_clean_archive_is_told_with_what_that_rests_on(
    members: Mapping[str, Any], sentence: str
) -> None:
    """Nobody may take it for more than it is."""
    found = findings(**members)

    assert (found.sentence, found.ending) == (sentence, 0)
    assert found.as_json()["verdict"] == "clean"


def test_what_cannot_be_told_is_told_so() -> None:
    """Neither clean nor altered; the first reason in full, and how many more there are."""
    none, one, more = (
        findings(head=None),
        findings(unread=["a was not read"]),
        findings(unread=["a was not read", "b", "c"]),
    )

    assert none.sentence == "Cannot tell: there is no seal of the tenant demo in s3://archive."
    assert one.sentence == "Cannot tell: a was not read."
    assert more.sentence == "Cannot tell: a was not read and 2 more."
    assert {each.ending for each in (none, one, more)} == {2}
    assert more.as_json()["verdict"] == "cannot tell"


@pytest.mark.parametrize(("number", "rest"), [(1, ""), (3, ""), (4, "; and 1 more")])
def test_faults_outweigh_everything(number: int, rest: str) -> None:
    """By kind, and the first three in full."""
    found = findings(unread=["a was not read"])
    for each in range(number):
        found.fault("missing" if each else "altered", f"key {each}", f"problem {each}")

    shown = "; ".join(f"key {each}: problem {each}" for each in range(min(number, 3)))
    missing = f", {number - 1} x missing" if number > 1 else ""
    assert found.sentence == f"NOT as it was sealed (1 x altered{missing}): {shown}{rest}."
    assert found.ending == 1
    assert found.as_json()["verdict"] == "altered"


def test_the_report_has_all_of_it() -> None:
    """Its members are what programs rely on."""
    counted = Evidence(day=NOON - DAY, before=9, after=8, read=6)
    uncounted = Evidence(day=NOON - 2 * DAY, before=None, after=None, read=6)
    even = Evidence(day=NOON - 3 * DAY, before=6, after=6, read=6)
    found = findings(
        head_demanded=True,
        signed=KEYS[:1],
        seals=7,
        named=1_201,
        size=5,
        expired=1,
        erased=[{"key": "a"}],
        waiting=["b"],
        unread=["c"],
        evidence=[counted, uncounted, even],
        deep=True,
    )
    found.fault("added", "d", "is new")

    assert found.as_json() == {
        "verdict": "altered",
        "ending": 1,
        "sentence": "NOT as it was sealed (1 x added): d: is new.",
        "tenant": "demo",
        "place": "s3://archive",
        "seals": 7,
        "head": f"7:{'ab' * 32}",
        "until": "2026-11-22T12:00:00.000Z",
        "head_demanded": True,
        "signed": [{"keyid": "0123456789abcdef", "first": 1, "last": 4}],
        "signatures_verified": False,
        "deep": True,
        "objects": {"named": 1_201, "checked": 1_200, "expired": 1, "erased": 1, "waiting": 1},
        "rows": 34_000,
        "bytes": 5,
        "evidence": {
            "days": 3,
            "days_without_count": ["2026-11-20"],
            "gaps": {"2026-11-21": 2},
        },
        "erased": [{"key": "a"}],
        "waiting": ["b"],
        "unread": ["c"],
        "faults": [{"kind": "added", "what": "d", "problem": "is new"}],
    }
    assert findings(head=None, until=None).as_json()["head"] is None
