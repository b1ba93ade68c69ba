"""A seal as text, and back."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from mpl_export.archive.layout import seal_key
from mpl_export.evidence import Evidence
from mpl_export.sealing.dsse import Signature, enveloped
from mpl_export.sealing.facts import Facts
from mpl_export.sealing.seal import (
    Erasure,
    NotASealError,
    Seal,
    SealedObject,
    payload_of,
    read_seal,
)
from tests.support.manual_clock import NOON

FACTS = Facts(
    size=7,
    sha256="aa",
    rows=2,
    by_status={"COMPLETED": 2},
    first="2026-11-22T11:00:00.000Z",
    last="2026-11-22T12:00:00.000Z",
    versions="bb",
)
OBJECT = SealedObject(key="mpl/v1/tenant=demo/dt=undated/0000.jsonl.gz", arrived=NOON, facts=FACTS)
NO_PART = replace(FACTS, rows=None, by_status={}, first=None, last=None, versions=None)
SEAL = Seal(
    tenant="demo",
    number=7,
    previous="cc",
    sealed_at=NOON + timedelta(hours=1),
    until=NOON,
    retention=timedelta(days=90),
    release="1.2.3",
    objects=[OBJECT, replace(OBJECT, facts=NO_PART)],
    erased=[Erasure(was="dd", seal=3, reason="a request", now=OBJECT)],
    evidence=Evidence(
        day=NOON, before=9, after=8, read=5, stepped_over=1, unreadable=1, ties_unresolved=2, held=6
    ),
    evidence_day=NOON,
)
PLAIN = replace(
    SEAL, number=1, previous=None, retention=None, erased=[], evidence=None, evidence_day=None
)


@pytest.mark.parametrize("seal", [SEAL, PLAIN, replace(SEAL, evidence=replace(SEAL.evidence or Evidence(day=NOON), before=None, held=None))])  # fmt: skip # noqa: E501
def test_a_seal_is_read_as_it_was_written(seal: Seal) -> None:
    """Signed or not: the hash is that of the stored bytes, the payload what was signed."""
    payload = payload_of(seal)
    signature = Signature(keyid="ee", sig=b"x")
    key = seal_key("demo", seal.number)
    for body, signatures in ((payload, ()), (enveloped(payload, [signature]), (signature,))):
        stored = read_seal(key, body, "demo")

        assert stored.seal == seal
        assert stored.sha256 == hashlib.sha256(body).hexdigest()
        assert stored.payload == payload
        assert stored.signatures == signatures


def test_a_seal_says_what_anybody_can_read() -> None:
    """The names are part of the format: who reads seals without this code relies on them."""
    members = orjson.loads(payload_of(SEAL))

    assert list(members) == [
        "format", "tenant", "number", "previous", "sealed_at", "until", "retention_days",
        "release", "evidence_day", "evidence", "erased", "objects",
    ]  # fmt: skip
    assert members["format"] == "mpl-export seal v1"
    assert members["until"] == "2026-11-22T12:00:00.000Z"
    assert members["retention_days"] == 90
    assert members["objects"][0] == {
        "key": OBJECT.key,
        "arrived": "2026-11-22T12:00:00.000Z",
        "bytes": 7,
        "sha256": "aa",
        "rows": 2,
        "by_status": {"COMPLETED": 2},
        "first": FACTS.first,
        "last": FACTS.last,
        "versions": "bb",
    }
    assert members["erased"][0].items() >= {
        "was": "dd", "is": "aa", "seal": 3, "reason": "a request", "key": OBJECT.key
    }.items()  # fmt: skip
    assert members["evidence"] == {
        "day": "2026-11-22T12:00:00.000Z",
        "count_before": 9,
        "count_after": 8,
        "rows_read": 5,
        "stepped_over": 1,
        "unreadable": 1,
        "ties_unresolved": 2,
        "versions_held": 6,
        "gap": 2,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "mpl-export seal v2"},
        {"number": 8},
        {"number": "7"},
        {"tenant": "another"},
        {"objects": None},
        {"objects": [{}]},
        {"until": "soon"},
        {"until": None},
        {"erased": 7},
    ],
)
def test_what_is_no_seal_of_that_name_is_refused(changes: dict[str, object]) -> None:
    """A good seal under another number or of another tenant is none either."""
    members = orjson.loads(payload_of(SEAL)) | changes

    with pytest.raises(NotASealError, match="00000007"):
        read_seal(seal_key("demo", 7), orjson.dumps(members), "demo")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"hello"])
def test_what_is_no_json_is_no_seal(body: bytes) -> None:
    """The error names the object."""
    with pytest.raises(NotASealError, match="00000007"):
        read_seal(seal_key("demo", 7), body, "demo")


def test_a_seal_ends_like_a_line() -> None:
    """Whoever prints it, or joins several, gets one line each."""
    assert payload_of(SEAL).endswith(b"}\n")


def test_a_seal_of_another_format_is_refused_for_that() -> None:
    """Whoever looks into the failure sees that the rest was not looked at."""
    members = orjson.loads(payload_of(SEAL)) | {"format": "mpl-export seal v2"}

    with pytest.raises(NotASealError) as refused:
        read_seal(seal_key("demo", 7), orjson.dumps(members), "demo")

    assert str(refused.value.__cause__) == "another format"


def test_a_retention_is_a_day_at_least() -> None:
    """With none at all, everything would be due to go."""
    members = orjson.loads(payload_of(SEAL))

    def read(days: int) -> timedelta | None:
        body = orjson.dumps(members | {"retention_days": days})
        return read_seal(seal_key("demo", 7), body, "demo").seal.retention

    assert read(1) == timedelta(days=1)
    with pytest.raises(NotASealError):
        read(0)
