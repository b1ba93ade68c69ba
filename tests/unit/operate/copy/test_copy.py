"""An archive in another bucket is the same archive, or the copy says that it is not."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from operate.copy.objects import Ends, copy_all
from operate.copy.run import copy
from operate.endings import Ending, StoppedError
from operate.voice import Voice
from tests.support.manual_clock import NOON
from tests.support.operators.scripted_account import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

PART = "mpl/v1/tenant=acme/dt=2026-11-22/14Z-0000.jsonl.gz"
LATER = "mpl/v1/tenant=acme/dt=2026-11-22/15Z-0000.jsonl.gz"
SEAL = "seals/v1/tenant=acme/00000001.json"
SOURCE = "sources/tenant=acme.json"
OTHERS = "mpl/v1/tenant=other/dt=2026-11-22/14Z-0000.jsonl.gz"


@dataclass
class MemoryS3:
    """One bucket, as its client shows it.

    Attributes:
        held: Key and body of every object.
        order: The keys in the order in which they were written.
        spoils: Keys that change on their way in.
    """

    held: dict[str, bytes]
    order: list[str] = field(default_factory=list)
    spoils: frozenset[str] = frozenset()
    kinds: dict[str, str] = field(default_factory=dict)
    meta: Any = field(default_factory=lambda: SimpleNamespace(endpoint_url="https://s3"))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        """Read."""
        assert Bucket
        if Key not in self.held:
            raise refusal("NoSuchKey")
        return {"Body": io.BytesIO(self.held[Key]), "ContentType": "application/gzip"}

    def put_object(self, **sent: Any) -> None:  # noqa: ANN401 - as the SDK has it
        """Write, if there is none."""
        key, body = sent["Key"], sent["Body"]
        assert sent["IfNoneMatch"] == "*"
        assert sent["ChecksumSHA256"] == b64encode(hashlib.sha256(body).digest()).decode()
        with self.lock:
            if key in self.held:
                raise refusal("PreconditionFailed")
            self.held[key] = b"spoilt" if key in self.spoils else body
            self.kinds[key] = sent["ContentType"]
            self.order.append(key)

    def get_paginator(self, _operation: str) -> MemoryS3:
        """Lists by one page."""
        return self

    def paginate(
        self,
        *,
        Bucket: str,  # noqa: N803
        Prefix: str,  # noqa: N803
        Delimiter: str = "",  # noqa: N803
    ) -> Iterator[dict[str, Any]]:
        """List."""
        assert Bucket
        keys = [key for key in sorted(self.held) if key.startswith(Prefix)]
        if not Delimiter:
            yield {
                "Contents": [
                    {"Key": key, "Size": len(self.held[key]), "LastModified": NOON} for key in keys
                ]
            }
            return
        below = {Prefix + key[len(Prefix) :].partition("/")[0] + "/" for key in keys}
        yield {"CommonPrefixes": [{"Prefix": each} for each in sorted(below)]}


def ends(source: MemoryS3, target: MemoryS3, *, name: str = "target") -> Ends:
    """Both ends of a copy."""
    return Ends(cast("S3Client", source), "source", cast("S3Client", target), name)


def archive(*more: str) -> MemoryS3:
    """An archive of a tenant."""
    return MemoryS3({key: key.encode() * 9 for key in (PART, LATER, SEAL, SOURCE, *more)})


def test_all_that_belongs_to_the_tenant_arrives(capsys: pytest.CaptureFixture[str]) -> None:
    """Parts, rules, seals and whose archive it is; and the document says how many."""
    source, target = archive(), MemoryS3({})

    assert copy(ends(source, target), None, Voice(as_json=True)) == Ending.WELL
    assert target.held == source.held
    assert set(target.kinds.values()) == {"application/gzip"}
    told = json.loads(capsys.readouterr().out)
    assert (told["objects"], told["copied"], told["there"], told["wrong"]) == (4, 4, 0, [])


def test_no_seal_is_begun_before_all_else_has_arrived() -> None:
    """A copy that was broken off must not hold a seal over what is missing."""
    parts = [PART.replace("14Z", f"{n:02}Z") for n in range(24)]
    seals = [SEAL.replace("00000001", f"{n:08}") for n in range(2, 9)]
    source, target = archive(*parts, *seals), MemoryS3({})

    copy(ends(source, target), "acme", Voice())

    assert set(target.order[-8:]) == {SEAL, *seals}
    assert len(target.order) == len(source.held)


def test_another_tenants_objects_stay_where_they_are() -> None:
    """Of several tenants, one is named."""
    source, target = archive(OTHERS), MemoryS3({})

    with pytest.raises(StoppedError, match="several tenants"):
        copy(ends(source, target), None, Voice())
    copy(ends(source, target), "acme", Voice())

    assert OTHERS not in target.held
    assert PART in target.held


def test_a_copy_that_is_started_again_writes_what_is_missing() -> None:
    """What is there is read and compared, which shows that it is whole."""
    source = archive()
    target = MemoryS3({PART: source.held[PART]})

    assert copy(ends(source, target), None, Voice()) == Ending.WELL
    assert PART not in target.order
    assert target.held == source.held


def test_another_object_under_a_key_is_named_and_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It may be the only copy of somebody's logs."""
    source, target = archive(), MemoryS3({PART: b"another archive"})

    assert copy(ends(source, target), None, Voice()) == Ending.FAULT
    assert target.held[PART] == b"another archive"
    assert f"{PART}: differs" in capsys.readouterr().out
    assert LATER in target.held


def test_what_does_not_arrive_as_it_was_sent_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Read back, not believed."""
    target = MemoryS3({}, spoils=frozenset({LATER}))

    assert copy(ends(archive(), target), None, Voice()) == Ending.FAULT
    assert f"{LATER}: damaged" in capsys.readouterr().out


def test_a_copy_onto_itself_is_refused() -> None:
    """It would say that all is there, and prove nothing."""
    source = archive()

    with pytest.raises(StoppedError, match="both ends"):
        copy(ends(source, source, name="source"), None, Voice())


def test_a_target_that_refuses_ends_the_copy() -> None:
    """By the sentence that names the right."""

    class Closed(MemoryS3):
        def put_object(self, **_: Any) -> None:  # noqa: ANN401 - as the SDK has it
            raise refusal("AccessDenied")

    with pytest.raises(StoppedError, match="s3:PutObject"):
        list(copy_all(ends(archive(), Closed({})), [PART] * 100))
