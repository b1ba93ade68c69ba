"""Find the rows, empty them under the same keys, and leave no older version behind.

The new object is put over the old one, which is atomic: whenever this is broken off, each key holds
all of its rows.  What may be left are older versions, which the next call deletes.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import batched
from typing import TYPE_CHECKING, Any

from mpl_export.archive.layout import parts_prefix
from mpl_export.archive.records import DamagedPartError
from mpl_export.sealing.erasures import REASON, SEAL, WAS
from operate.account import asking
from operate.archive.bucket import Bucket
from operate.endings import Ending, StoppedError
from operate.erase.lines import Part, Wanted, emptied, look_into
from operate.verify.findings import Findings
from operate.verify.history import History, read_history
from operate.verify.signatures import Signed
from operate.verify.sources import READ_AT_ONCE, whole
from operate.voice import Voice

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MOST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be erased.

    Attributes:
        reason: Why; it is written into the seals, so it names no person.
        asked: Whether a key is of the days asked for.
    """

    source: Bucket
    tenant: str
    wanted: Wanted
    reason: str
    asked: Callable[[str], bool]

    def check(self) -> None:
        """See that the reason can be written down.

        Raises:
            StoppedError: It cannot.
        """
        if not self.reason.strip() or not self.reason.isascii() or not self.reason.isprintable():
            raise StoppedError("give a reason in plain ASCII text (REASON=...)", Ending.USAGE)
        if len(self.reason) > _MOST_REASON:
            raise StoppedError(f"the reason is longer than {_MOST_REASON} characters", Ending.USAGE)


@dataclass(slots=True)
class Found:
    """What was found.

    Attributes:
        hit: Parts with rows to be emptied.
        emptied: Parts with rows that were emptied before.
    """

    hit: dict[str, Part]
    emptied: list[str]
    looked_at: int


def find(request: Request, voice: Voice) -> Found:
    """Look through all parts of the days asked for."""
    entries = [
        entry
        for entry in request.source.entries(parts_prefix(request.tenant))
        if request.asked(entry.key)
    ]
    size = sum(entry.size for entry in entries)
    voice.progress(f"{len(entries):,} parts are to be read: {size / 1e6:,.1f} MB")
    found = Found({}, [], len(entries))
    with (
        voice.waiting("looking through the parts"),
        ThreadPoolExecutor(READ_AT_ONCE, thread_name_prefix="erase") as threads,
    ):
        for some in batched((entry.key for entry in entries), 256, strict=False):
            for key, part in zip(some, threads.map(lambda k: _look(request, k), some), strict=True):
                if part is not None and part.hit:
                    found.hit[key] = part
                elif part is not None and part.erased:
                    found.emptied.append(key)
    return found


def erase(request: Request, found: Found, voice: Voice) -> list[dict[str, object]]:
    """Empty what was found; the answer is the record of it.

    Raises:
        StoppedError: The bucket's policy does not let it, or a part is not as it was sealed.
    """
    s3 = request.source.client
    history = _history(request)
    done = []
    for key, part in found.hit.items():
        done.append(_erase(request, history, key, part.hit))
        _delete_older(s3, request.source.bucket, key)
        voice.progress(f"{len(done):,} of {len(found.hit):,}: {key}, {part.hit} rows")
    for key in found.emptied:  # what a call that was broken off has left
        _delete_older(s3, request.source.bucket, key)
    return done


def _look(request: Request, key: str) -> Part | None:
    """A part; None for what is none."""
    try:
        return look_into(whole(request.source, key), request.wanted)
    except DamagedPartError:
        return None


def _history(request: Request) -> History:
    findings = Findings(tenant=request.tenant, place=request.source.name)
    return read_history(request.source, request.tenant, None, Signed({}, findings), findings)


def _erase(request: Request, history: History, key: str, rows: int) -> dict[str, object]:
    bucket, s3 = request.source.bucket, request.source.client
    with asking("s3:GetObject", f"read s3://{bucket}/{key}"):
        answer = s3.get_object(Bucket=bucket, Key=key)
        body, tag = answer["Body"].read(), answer["ETag"]
    was, reason = sha256(body).hexdigest(), request.reason
    due, before = history.due.get(key), answer.get("Metadata", {})
    if due is not None and was != due.sha256:
        if before.get(WAS) != due.sha256:
            raise StoppedError(
                f"{key} is not as seal {due.seal} names it: find out why by make verify, before "
                "anything is erased in it"
            )
        # Erased today already: the next seal tells both as one.
        was, reason = due.sha256, f"{before.get(REASON, '')}; {reason}"
    notes = {WAS: was, REASON: reason}
    if due is not None:
        notes[SEAL] = str(due.seal)
    now = emptied(body, request.wanted)
    with asking("s3:PutObject", f"replace s3://{bucket}/{key} (docs/erasure.md: open the bucket)"):
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=now,
            ContentType="application/gzip",
            Metadata=notes,
            IfMatch=tag,
        )
    return {
        "key": key,
        "rows": rows,
        "was": was,
        "is": sha256(now).hexdigest(),
        "seal": due.seal if due is not None else None,
        "reason": reason,
    }


def _delete_older(s3: "S3Client", bucket: str, key: str) -> None:
    """Delete what the key held before.

    Raises:
        StoppedError: The policy, or a lock, does not let it.
    """
    for version in list(_older(s3, bucket, key)):
        what = f"delete version {version} of s3://{bucket}/{key} (docs/erasure.md: open the bucket)"
        with asking("s3:DeleteObjectVersion", what):
            s3.delete_object(Bucket=bucket, Key=key, VersionId=version)


def _older(s3: "S3Client", bucket: str, key: str) -> Iterator[str]:
    with asking("s3:ListBucketVersions", f"list the versions of s3://{bucket}/{key}"):
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
        for page in pages:
            each: Any
            for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                if each["Key"] == key and not each["IsLatest"]:
                    yield each["VersionId"]
