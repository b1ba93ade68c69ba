"""What a verification says where nothing was tampered with, or where it cannot know."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from operate.command import main
from operate.endings import StoppedError
from operate.verify.run import Days, Request, head_of, verify
from operate.voice import Voice
from tests.support.manual_clock import NOON
from tests.support.sealing.memory_source import MemorySource, verdict_on
from tests.support.sealing.sealed_archive import (
    DAY,
    HOUR,
    TENANT,
    SealedArchive,
    SigningKey,
    three_nights,
)
from tests.unit.samples import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.verify.findings import Findings


def verdict(world: SealedArchive) -> Findings:
    """What is to be said now."""
    return verdict_on(world.objects, TENANT, world.clock.now(), world.head)


def test_what_has_expired_by_rule_is_no_fault() -> None:
    """The lifecycle deletes what is older than the seal says; earlier it was somebody else."""
    world = SealedArchive(retention=40 * DAY)
    first, *_ = world.hours(0, 3)
    world.night()
    world.clock.turn(38 * DAY)
    world.objects.expire(first)
    assert {fault.kind for fault in verdict(world).faults} == {"missing"}

    world.clock.turn(DAY)

    assert (verdict(world).ending, verdict(world).expired) == (0, 1)
    assert "1 have expired by rule" in verdict(world).sentence


def test_a_shorter_retention_reaches_what_was_sealed_before() -> None:
    """A later seal notes it; without one, what is gone was removed."""
    world = SealedArchive()
    first, *_ = world.hours(0, 3)
    world.night()
    world.clock.turn(60 * DAY)
    world.objects.expire(first)
    assert verdict(world).ending == 1

    world.retention = 50 * DAY
    world.hours(10, 1, since=world.clock.now())
    world.night()

    assert verdict(world).ending == 0


def test_a_longer_retention_does_not_keep_what_was_due_to_go() -> None:
    """Its own seal says when."""
    world = SealedArchive(retention=40 * DAY)
    first, *_ = world.hours(0, 3)
    world.night()
    world.retention = None
    world.hours(10, 1, since=NOON)
    world.night()
    world.clock.turn(40 * DAY)
    world.objects.expire(first)

    assert verdict(world).ending == 0


def test_only_the_days_asked_for_are_read() -> None:
    """All seals are, and what is wrong elsewhere is not looked at."""
    world = three_nights()
    (broken, *_) = world.objects.keys("mpl/")
    world.objects.held[broken] = b"other"

    def of(days: Days) -> Findings:
        source = MemorySource(world.objects)
        request = Request(source=source, tenant=TENANT, days=days, keys={})
        return verify(request, Voice(as_json=True), world.clock.now())

    assert of(Days()).ending == 1
    later = of(Days(since=date(2026, 11, 22)))
    assert (later.ending, later.seals, later.named) == (0, 3, 5)
    assert of(Days(since=date(2026, 11, 21), until=date(2026, 11, 22))).ending == 1
    assert of(Days(until=date(2026, 11, 21))).named == 0


def test_deep_finds_what_was_sealed_wrong() -> None:
    """A seal vouches for bytes; whether they are what the exporter writes is another question."""
    world = SealedArchive()
    (part,) = world.store(log(1), log(2), log(3))
    lines = gzip.decompress(world.objects.held[part]).splitlines(keepends=True)
    other = json.loads(lines[1]) | {"Status": "FAILED"}
    elsewhere = part.replace("12Z", "15Z")
    world.objects.held[part] = gzip.compress(
        lines[0] + lines[0] + json.dumps(other).encode() + b"\n" + b'{"Version":"00"}\n'
    )
    world.objects.put_if_absent(elsewhere, gzip.compress(lines[2]), content_type="x")
    world.night()

    faults = {(fault.what, fault.problem.split(" (")[0]) for fault in verdict(world).faults}

    assert faults == {
        (part, "line 2 is stored twice"),
        (part, "line 3 is another row than its version says"),
        (part, "line 4 is another row than its version says"),
        (elsewhere, "line 1 belongs to another window"),
    }


def test_a_row_that_is_kept_as_it_came_is_recomputed_from_that() -> None:
    """Its version is over the row, not over what could be read of it."""
    world = SealedArchive()
    world.store(log(1, Status=7), log(2, Sender=[1]), log(3, CustomHeaderProperties="odd"))
    world.night()

    assert verdict(world).ending == 0
    assert verdict(world).rows == 3


def test_what_cannot_be_read_is_not_called_clean() -> None:
    """Nor altered: nobody knows."""
    world = three_nights()
    (first, *_) = world.objects.keys("mpl/")

    class Frozen(MemorySource):
        """A part lies in an archive storage class."""

        def chunks(self, key: str) -> Iterator[bytes]:
            """Refuse one of them."""
            if key == first:
                raise StoppedError("it has to be restored first")
            yield self.objects.get(key)

    request = Request(source=Frozen(world.objects), tenant=TENANT, days=Days(), keys={})
    findings = verify(request, Voice(as_json=True), world.clock.now())

    assert findings.ending == 2
    assert "restored" in findings.sentence


def test_each_key_is_named_with_its_seals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new key signs on: both together, or the new one alone, vouch for all."""
    old, new = SigningKey(), SigningKey()
    world = three_nights(lambda night: old.sign if night < 3 else new.sign)
    root = world.write(tmp_path / "copy")
    files = {key: str(key.write(tmp_path / f"{key.keyid}.pem")) for key in (old, new)}

    def told(*keys: SigningKey) -> dict[str, object]:
        names = ",".join(files[key] for key in keys)
        words = ("--dir", str(root), "--tenant", TENANT, "--public-key", names)
        main(["verify", "--json", *words])
        report: dict[str, object] = json.loads(capsys.readouterr().out)
        return report

    both = told(old, new)
    assert both["verdict"] == "clean"
    assert both["signed"] == [
        {"keyid": old.keyid, "first": 1, "last": 2},
        {"keyid": new.keyid, "first": 3, "last": 3},
    ]
    assert told(new)["verdict"] == "clean"
    assert told(old)["verdict"] == "altered"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--dir", "nowhere"),
        ("--dir", ".", "--bucket", "b"),
        ("--dir", ".", "--head", "7"),
        ("--dir", ".", "--public-key", "nowhere.pem"),
        ("--dir", ".", "--public-key", __file__),
        ("--dir", "."),
    ],
)
def test_what_makes_no_sense_cannot_tell(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit code 2 is that of a directory without seals, too."""
    monkeypatch.chdir(tmp_path)

    assert main(["verify", "--json", "--tenant", TENANT, *words]) == 2

    assert json.loads(capsys.readouterr().out)["sentence"].startswith("Cannot tell: ")


def test_a_head_is_read_as_it_is_noted() -> None:
    """Blanks and capitals do not matter."""
    head = head_of(f" 12:{'AB' * 32} ")

    assert head is not None
    assert (head.number, head.sha256) == (12, "ab" * 32)
    assert head_of(None) is head_of("") is None


def test_what_shows_up_late_waits_for_the_next_seal() -> None:
    """What is older than the hour that is looked at again was put there by somebody."""
    world = SealedArchive()
    world.hours(0, 2)
    world.night()
    until = world.clock.now() - timedelta(minutes=15)
    key = f"mpl/v1/tenant={TENANT}/late"
    world.objects.put_if_absent(key, b"", content_type="x")

    world.objects.arrived[key] = until - HOUR
    assert (verdict(world).ending, verdict(world).waiting) == (0, [key])
    world.objects.arrived[key] = until - HOUR - timedelta(seconds=1)
    assert [fault.kind for fault in verdict(world).faults] == ["added"]


def test_deep_finds_a_part_that_nobody_can_read() -> None:
    """Sealed as what it was when it arrived; its bytes fit, and no reader gets a row out of it."""
    world = SealedArchive()
    (part,) = world.store(log(1))
    whole = world.objects.held[part]
    world.objects.held[part] = whole + whole  # two members: some readers take both, some one
    world.night()

    assert verdict_on(world.objects, TENANT, world.clock.now(), deep=False).ending == 0
    assert [(fault.kind, fault.what) for fault in verdict(world).faults] == [("record", part)]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("bytes", None), ("bytes", "7"), ("bytes", -1), ("bytes", True), ("rows", "2"),
        ("rows", -2), ("key", 7), ("key", None), ("sha256", 7), ("versions", 7), ("first", 7),
        ("by_status", {"FAILED": "2"}), ("by_status", [["FAILED", 2]]),
    ],
)  # fmt: skip
def test_a_seal_that_says_nonsense_is_named(member: str, value: object) -> None:
    """And nothing breaks: who looks at an archive in the hands of others has to get a verdict."""
    world = three_nights()
    key = world.seals()[-1]
    members = orjson.loads(world.objects.held[key])
    members["objects"][0][member] = value
    world.objects.held[key] = orjson.dumps(members)

    found = verdict_on(world.objects, TENANT, world.clock.now())

    assert ("seal", key) in {(fault.kind, fault.what) for fault in found.faults}
    assert found.as_json()["verdict"] == "altered"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("number", 3.0), ("retention_days", -1), ("retention_days", 0), ("retention_days", "9"),
        ("retention_days", 10**9), ("previous", 7), ("release", None),
        ("evidence", {"day": "2026-11-22T12:00:00.000Z"}), ("evidence", 7), ("evidence_day", 7),
        ("erased", [{"was": 1}]),
    ],
)  # fmt: skip
def test_a_seal_with_nonsense_around_its_objects_is_named(member: str, value: object) -> None:
    """A retention of less than a day would let everything expire."""
    world = three_nights()
    key = world.seals()[-1]
    world.objects.held[key] = orjson.dumps(orjson.loads(world.objects.held[key]) | {member: value})

    found = verdict_on(world.objects, TENANT, world.clock.now())

    assert ("seal", key) in {(fault.kind, fault.what) for fault in found.faults}
    assert found.as_json()["verdict"] == "altered"


def test_members_of_a_later_release_do_not_matter() -> None:
    """A seal may say more than this release understands; its hash is over all of it."""
    world = three_nights()
    key = world.seals()[-1]
    members = orjson.loads(world.objects.held[key])
    members["objects"][0]["of_a_later_release"] = 7
    world.objects.held[key] = orjson.dumps(members | {"of_a_later_release": {}})

    assert verdict_on(world.objects, TENANT, world.clock.now()).ending == 0


@pytest.mark.parametrize("name", [b"13Z-\xff.jsonl.gz", "13Z-\u202e0000.gz".encode(), b"a\nb"])
def test_a_name_that_is_no_text_is_told(
    name: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A copy may hold any name that a file can have."""
    root = three_nights().write(tmp_path / "copy")
    path = os.fsencode(root / "mpl" / f"v1/tenant={TENANT}/dt=2026-11-21") + b"/" + name
    Path(os.fsdecode(path)).write_bytes(b"")
    os.utime(path, (0, 0))

    for form in ([], ["--json"]):
        assert main(["verify", *form, "--dir", str(root), "--tenant", TENANT]) == 1
        told = capfd.readouterr()
        assert "added" in told.out + told.err


def test_an_empty_object_is_an_object() -> None:
    """Of no bytes and no rows; sealed like any other, and missed like any other."""
    world = SealedArchive()
    world.hours(0, 1)
    key = f"mpl/v1/tenant={TENANT}/dt=2026-11-22/"
    world.objects.put_if_absent(key, b"", content_type="x")
    world.night()

    assert verdict(world).ending == 0
    del world.objects.held[key]
    assert [(fault.kind, fault.what) for fault in verdict(world).faults] == [("missing", key)]
