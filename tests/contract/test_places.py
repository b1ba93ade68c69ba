"""One suite for an archive in a bucket and for a local copy of one: a reader sees the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from operate.archive.bucket import Bucket
from operate.archive.folder import Folder
from operate.archive.places import GoneError, Place, Stored, tenant_in
from operate.endings import StoppedError

if TYPE_CHECKING:
    from pathlib import Path

    from operate.emulated.emulator import Emulator

DAY = "mpl/v1/tenant=acme/dt=2026-11-22/"
HELD = {
    f"{DAY}11Z-0000.jsonl.gz": b"one",
    f"{DAY}12Z-0000.jsonl.gz": b"three",
    "mpl/v1/tenant=acme/dt=undated/0000.jsonl.gz": b"two",
    "sources/tenant=acme.json": b"{}",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A place with objects in it."""

    place: Place
    cache: Path


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.emulator)])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Held:
    """The same objects in either place."""
    cache = tmp_path / "cache"
    cache.mkdir()
    if request.param == "folder":
        for key, body in HELD.items():
            path = tmp_path / "copy" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        return Held(Folder.open(tmp_path / "copy"), cache)
    aws: Emulator = request.getfixturevalue("aws")
    bucket = f"archive-{uuid4()}"
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    for key, body in HELD.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    return Held(Bucket(s3, bucket), cache)


def test_a_day_is_listed_with_sizes_in_the_order_of_keys(held: Held) -> None:
    """The price is told from sizes, and parts are read in their order."""
    assert list(held.place.objects(DAY)) == [
        Stored(f"{DAY}11Z-0000.jsonl.gz", 3),
        Stored(f"{DAY}12Z-0000.jsonl.gz", 5),
    ]
    assert list(held.place.objects("mpl/v1/tenant=acme/dt=2026-11-23/")) == []


def test_it_is_listed_when_each_object_arrived(held: Held) -> None:
    """To the millisecond, as seals write it; what is not there is an empty list."""
    entries = list(held.place.entries(DAY))

    assert [(entry.key, entry.size) for entry in entries] == list(held.place.objects(DAY))
    for entry in entries:
        assert entry.arrived.tzinfo is not None
        assert entry.arrived.microsecond % 1000 == 0
        assert abs(entry.arrived - datetime.now(UTC)) < timedelta(minutes=5)
    assert list(held.place.entries("seals/v1/")) == []


def test_days_are_listed_without_their_parts(held: Held) -> None:
    """Ten years have 3,650 days; asking for each of a span would be as many requests."""
    assert held.place.folders("mpl/v1/tenant=acme/") == ["dt=2026-11-22", "dt=undated"]
    assert held.place.folders("mpl/v1/tenant=other/") == []


def test_an_object_is_read_or_known_to_be_gone(held: Held) -> None:
    """A part may expire between its listing and its reading."""
    assert held.place.read("sources/tenant=acme.json") == b"{}"
    assert b"".join(held.place.chunks(f"{DAY}12Z-0000.jsonl.gz")) == b"three"
    for read in (
        held.place.read,
        lambda key: held.place.local(key, held.cache),
        lambda key: list(held.place.chunks(key)),
    ):
        with pytest.raises(GoneError):
            read(f"{DAY}13Z-0000.jsonl.gz")


def test_a_part_becomes_a_file(held: Held) -> None:
    """Twice the same one: parts never change."""
    for _ in range(2):
        path = held.place.local(f"{DAY}12Z-0000.jsonl.gz", held.cache)
        assert path.read_bytes() == b"three"


def test_the_only_tenant_need_not_be_named(held: Held) -> None:
    """Where there is no other, it is meant."""
    assert tenant_in(held.place, None) == "acme"
    assert tenant_in(held.place, "acme") == "acme"
    with pytest.raises(StoppedError, match="nothing of the tenant other: there is acme"):
        tenant_in(held.place, "other")
