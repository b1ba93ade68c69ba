"""A seal: what it says, how it is written, and how it is read back.

The chain is over the bytes as they are stored: each seal holds the SHA-256 of the object before it,
its envelope and signature included.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from mpl_export.archive.layout import number_of_seal
from mpl_export.evidence import Evidence
from mpl_export.instants import iso_instant, parse_instant
from mpl_export.sealing.dsse import NotAnEnvelopeError, Signature, opened
from mpl_export.sealing.facts import Facts
from mpl_export.sealing.members import number, numbers, text, unless_none

FORMAT = "mpl-export seal v1"


class NotASealError(ValueError):
    """An object among the seals is none, or says something else than its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject:
    """An object that a seal names.

    Attributes:
        arrived: When S3 took it.
    """

    key: str
    arrived: datetime
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An object that was replaced, so that rows in it are gone.

    Attributes:
        was: SHA-256 of the object before, as an earlier seal has it.
        seal: The number of that seal.
        reason: Why, in the words of the operator who did it.
        now: What lies under the key since.
    """

    was: str
    seal: int
    reason: str
    now: SealedObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What arrived since the seal before.

    Attributes:
        number: Seals of a tenant are numbered densely from 1.
        previous: SHA-256 of the seal before, as it is stored; None for the first.
        sealed_at: When it was made.
        until: All that arrived before this is named by this seal or an earlier one, except what
            waits because a seal names 2,000 objects at most: that arrived at this instant or later.
        retention: After how long the archive deletes; None for never.
        release: The version of the code that made it.
        evidence: What the tenant said of a day that is over, beside what was read of it.
        evidence_day: The last day for which the chain holds evidence, this seal included.
    """

    tenant: str
    number: int
    previous: str | None
    sealed_at: datetime
    until: datetime
    retention: timedelta | None
    release: str
    objects: Sequence[SealedObject]
    erased: Sequence[Erasure] = ()
    evidence: Evidence | None = None
    evidence_day: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSeal:
    """A seal as it was read.

    Attributes:
        sha256: Of the bytes as they are stored, in hex: what the next seal and a head name.
        payload: What its signatures are over.
    """

    seal: Seal
    sha256: str
    payload: bytes
    signatures: Sequence[Signature]


def payload_of(seal: Seal) -> bytes:
    """The bytes of a seal, before an envelope is put around them."""
    return orjson.dumps(
        {
            "format": FORMAT,
            "tenant": seal.tenant,
            "number": seal.number,
            "previous": seal.previous,
            "sealed_at": iso_instant(seal.sealed_at),
            "until": iso_instant(seal.until),
            "retention_days": None if seal.retention is None else seal.retention.days,
            "release": seal.release,
            "evidence_day": _text(seal.evidence_day),
            "evidence": seal.evidence and seal.evidence.as_json(),
            "erased": [
                {
                    "was": each.was,
                    "is": each.now.facts.sha256,
                    "seal": each.seal,
                    "reason": each.reason,
                    **_object_json(each.now),
                }
                for each in seal.erased
            ],
            "objects": [_object_json(each) for each in seal.objects],
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def read_seal(key: str, body: bytes, tenant: str) -> StoredSeal:
    """Understand a seal; no signature is verified by that.

    Raises:
        NotASealError: It is none, or belongs to another tenant or under another key.
    """
    try:
        inside = opened(body)
        payload, signatures = (body, ()) if inside is None else inside
        seal = _seal_of(orjson.loads(payload))
    except NotAnEnvelopeError as error:
        raise NotASealError(f"{key} is no seal: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise NotASealError(f"{key} is no seal that this version can read") from error
    if seal.number != number_of_seal(key):
        raise NotASealError(f"{key} holds the seal of another number ({seal.number})")
    if seal.tenant != tenant:
        raise NotASealError(f"{key} holds a seal of the tenant {seal.tenant!r}")
    digest = hashlib.sha256(body).hexdigest()
    return StoredSeal(seal=seal, sha256=digest, payload=payload, signatures=signatures)


def _object_json(sealed: SealedObject) -> dict[str, object]:
    facts = sealed.facts
    return {
        "key": sealed.key,
        "arrived": iso_instant(sealed.arrived),
        "bytes": facts.size,
        "sha256": facts.sha256,
        "rows": facts.rows,
        "by_status": facts.by_status,
        "first": facts.first,
        "last": facts.last,
        "versions": facts.versions,
    }


def _seal_of(members: Mapping[str, Any]) -> Seal:
    if members["format"] != FORMAT:
        raise ValueError("another format")
    days = members["retention_days"]
    return Seal(
        tenant=text(members["tenant"]),
        number=number(members["number"]),
        previous=unless_none(text, members["previous"]),
        sealed_at=parse_instant(members["sealed_at"]),
        until=parse_instant(members["until"]),
        retention=None if days is None else timedelta(days=number(days, least=1)),
        release=text(members["release"]),
        objects=[_object_of(each) for each in members["objects"]],
        erased=[
            Erasure(
                was=text(each["was"]),
                seal=number(each["seal"]),
                reason=text(each["reason"]),
                now=_object_of(each),
            )
            for each in members["erased"]
        ],
        evidence=members["evidence"] and _evidence_of(members["evidence"]),
        evidence_day=_instant(members["evidence_day"]),
    )


def _object_of(members: Mapping[str, Any]) -> SealedObject:
    return SealedObject(
        key=text(members["key"]),
        arrived=parse_instant(members["arrived"]),
        facts=Facts(
            size=number(members["bytes"]),
            sha256=text(members["sha256"]),
            rows=unless_none(number, members["rows"]),
            by_status=numbers(members["by_status"]),
            first=unless_none(text, members["first"]),
            last=unless_none(text, members["last"]),
            versions=unless_none(text, members["versions"]),
        ),
    )


def _evidence_of(members: Mapping[str, Any]) -> Evidence:
    return Evidence(
        day=parse_instant(members["day"]),
        before=unless_none(number, members["count_before"]),
        after=unless_none(number, members["count_after"]),
        read=number(members["rows_read"]),
        stepped_over=number(members["stepped_over"]),
        unreadable=number(members["unreadable"]),
        ties_unresolved=number(members["ties_unresolved"]),
        held=unless_none(number, members["versions_held"]),
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else iso_instant(instant)


def _instant(value: str | None) -> datetime | None:
    return None if value is None else parse_instant(value)
