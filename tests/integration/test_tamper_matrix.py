"""Every way to tamper with an archive, with and without head and signature: each verdict is right.

What cannot be seen without a head or a key is held here, too: the verdict has to say so.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest

from mpl_export.archive.layout import seal_key, seals_prefix
from operate.command import main
from tests.support.sealing.sealed_archive import (
    TENANT,
    SealedArchive,
    SigningKey,
    Stored,
    three_nights,
    unsigned,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PART: Final = f"mpl/v1/tenant={TENANT}/dt=2026-11-21/13Z-0000.jsonl.gz"
OTHER: Final = f"mpl/v1/tenant={TENANT}/dt=2026-11-22/12Z-0000.jsonl.gz"
OWNER, STRANGER = SigningKey(), SigningKey()


@dataclass(frozen=True)
class Tampering:
    """A copy of the archive in the hands of somebody who may write everything."""

    root: Path
    world: SealedArchive

    def read(self, key: str) -> bytes:
        """An object."""
        return (self.root / key).read_bytes()

    def write(self, key: str, body: bytes) -> None:
        """Put an object; it gets the time of the one before, or that of some days ago."""
        path = self.root / key
        old = path.stat().st_mtime if path.exists() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        written = self.world.objects.arrived[PART].timestamp() if old is None else old
        os.utime(path, (written, written))

    def remove(self, key: str) -> None:
        """Delete an object."""
        (self.root / key).unlink()

    def seal(self, number: int) -> str:
        """The key of a seal."""
        return seal_key(TENANT, number)

    def payload(self, number: int) -> dict[str, Any]:
        """What a seal says."""
        members: dict[str, Any] = json.loads(self.read(self.seal(number)))
        if "payload" in members:
            members = json.loads(base64.b64decode(members["payload"]))
        return members

    def reseal(self, number: int, members: dict[str, Any], stored: Stored | None = None) -> None:
        """Write a seal anew; without a key its envelope keeps the old signature."""
        payload = orjson.dumps(members)
        if stored is not None:
            self.write(self.seal(number), stored(payload))
            return
        old = json.loads(self.read(self.seal(number)))
        if "payload" in old:
            old["payload"] = base64.b64encode(payload).decode()
            payload = orjson.dumps(old)
        self.write(self.seal(number), payload)

    def rewrite_all(self, stored: Stored) -> None:
        """Alter a part, and make all seals anew, so that they agree with it."""
        edit_a_line(self)
        again = SealedArchive(clock=self.world.clock)
        for key, arrived in self.world.objects.arrived.items():
            if key.startswith("mpl/"):
                again.objects.held[key], again.objects.arrived[key] = self.read(key), arrived
        again.seal(stored)
        for key in self.world.seals():
            self.remove(key)
        for key in again.seals():
            self.write(key, again.objects.held[key])


def flip_a_bit(it: Tampering) -> None:
    """One bit of a part."""
    body = bytearray(it.read(PART))
    body[len(body) // 2] ^= 1
    it.write(PART, bytes(body))


def edit_a_line(it: Tampering) -> None:
    """One status in one line; the object is a part as good as any."""
    lines = gzip.decompress(it.read(PART)).replace(b'"FAILED"', b'"COMPLETED"')
    it.write(PART, gzip.compress(lines, mtime=0))


def reorder_lines(it: Tampering) -> None:
    """The same lines in another order."""
    lines = gzip.decompress(it.read(PART)).splitlines(keepends=True)
    it.write(PART, gzip.compress(b"".join(reversed(lines)), mtime=0))


def pack_anew(it: Tampering) -> None:
    """The same lines, packed by something else: a seal is over the stored bytes."""
    it.write(PART, gzip.compress(gzip.decompress(it.read(PART)), compresslevel=1, mtime=0))


def remove_a_part(it: Tampering) -> None:
    """A part is gone."""
    it.remove(PART)


def add_an_old_part(it: Tampering) -> None:
    """A part that is older than the seals, and that none names."""
    it.write(PART.replace("0000", "0001"), it.read(PART))


def add_something_strange(it: Tampering) -> None:
    """Something that is no part."""
    it.write(f"mpl/v1/tenant={TENANT}/notes.txt", b"hello")


def rename_a_part(it: Tampering) -> None:
    """A part under another key."""
    it.write(PART.replace("0000", "0007"), it.read(PART))
    it.remove(PART)


def swap_two_parts(it: Tampering) -> None:
    """Two parts, each under the key of the other."""
    one, other = it.read(PART), it.read(OTHER)
    it.write(PART, other)
    it.write(OTHER, one)


def alter_a_seal(it: Tampering) -> None:
    """A seal in the middle forgets a part, which is removed, too."""
    members = it.payload(1)
    members["objects"] = [each for each in members["objects"] if each["key"] != PART]
    it.reseal(1, members)
    it.remove(PART)


def alter_the_last_seal(it: Tampering) -> None:
    """No seal names the last one, so nothing contradicts it but its signature, or a head."""
    members = it.payload(3)
    members["release"] = "0.0.0"
    it.reseal(3, members)


def let_the_last_seal_forget(it: Tampering) -> None:
    """A part is taken out of the last seal and out of the archive."""
    members = it.payload(3)
    gone = members["objects"].pop()
    it.reseal(3, members)
    it.remove(gone["key"])


def break_a_seal(it: Tampering) -> None:
    """A seal is cut short."""
    it.write(it.seal(2), it.read(it.seal(2))[:-40])


def remove_a_seal(it: Tampering) -> None:
    """A seal in the middle."""
    it.remove(it.seal(2))


def remove_the_first_seal(it: Tampering) -> None:
    """The chain begins later."""
    it.remove(it.seal(1))


def swap_two_seals(it: Tampering) -> None:
    """Two seals, each under the number of the other."""
    one, other = it.read(it.seal(1)), it.read(it.seal(2))
    it.write(it.seal(1), other)
    it.write(it.seal(2), one)


def bring_another_tenants_seal(it: Tampering) -> None:
    """A seal that is good, elsewhere."""
    it.reseal(3, it.payload(3) | {"tenant": "another"})


def leave_something_among_the_seals(it: Tampering) -> None:
    """An object that is no seal."""
    it.write(f"{seals_prefix(TENANT)}copy of 00000001.json", it.read(it.seal(1)))


def cut_the_tail(it: Tampering) -> None:
    """The last two seals are gone, and what they named."""
    for number in (2, 3):
        for each in it.payload(number)["objects"]:
            it.remove(each["key"])
        it.remove(it.seal(number))


def remove_all_seals(it: Tampering) -> None:
    """There is no seal."""
    for number in (1, 2, 3):
        it.remove(it.seal(number))


def rewrite_all_unsigned(it: Tampering) -> None:
    """A part is altered, and all seals made anew, without a signature."""
    it.rewrite_all(unsigned)


def rewrite_all_with_another_key(it: Tampering) -> None:
    """The same, signed by a key of one's own."""
    it.rewrite_all(STRANGER.sign)


def sign_the_last_with_another_key(it: Tampering) -> None:
    """The last seal says what it said, signed by somebody else."""
    it.reseal(3, it.payload(3), STRANGER.sign)


def name_a_part_twice(it: Tampering) -> None:
    """A part is replaced, and the last seal names it as if it had arrived."""
    edit_a_line(it)
    members = it.payload(3)
    old = next(each for each in it.payload(1)["objects"] if each["key"] == PART)
    body = it.read(PART)
    members["objects"].append(old | {"sha256": sha256(body).hexdigest(), "bytes": len(body)})
    it.reseal(3, members)


ALWAYS: Final = frozenset({"off", "off+head", "plain", "head", "key", "both"})
"""The views: seals without and with signatures, without and with a head and the public key."""
HEAD: Final = frozenset({"off+head", "head", "both"})
HEAD_OR_KEY: Final = HEAD | {"key"}

MATRIX: Final[list[tuple[Callable[[Tampering], None], frozenset[str], str, str]]] = [
    (flip_a_bit, ALWAYS, "altered", PART),
    (edit_a_line, ALWAYS, "altered", PART),
    (reorder_lines, ALWAYS, "altered", PART),
    (pack_anew, ALWAYS, "altered", PART),
    (remove_a_part, ALWAYS, "missing", PART),
    (add_an_old_part, ALWAYS, "added", PART.replace("0000", "0001")),
    (add_something_strange, ALWAYS, "added", "notes.txt"),
    (rename_a_part, ALWAYS, "missing", PART),
    (rename_a_part, ALWAYS, "added", PART.replace("0000", "0007")),
    (swap_two_parts, ALWAYS, "altered", PART),
    (swap_two_parts, ALWAYS, "altered", OTHER),
    (alter_a_seal, ALWAYS, "chain", seal_key(TENANT, 2)),
    (alter_the_last_seal, HEAD_OR_KEY, "", seal_key(TENANT, 3)),
    (let_the_last_seal_forget, HEAD_OR_KEY, "", seal_key(TENANT, 3)),
    (break_a_seal, ALWAYS, "seal", seal_key(TENANT, 2)),
    (remove_a_seal, ALWAYS, "seal", seal_key(TENANT, 2)),
    (remove_the_first_seal, ALWAYS, "seal", seal_key(TENANT, 1)),
    (swap_two_seals, ALWAYS, "seal", seal_key(TENANT, 1)),
    (bring_another_tenants_seal, ALWAYS, "seal", seal_key(TENANT, 3)),
    (leave_something_among_the_seals, ALWAYS, "seal", "copy of"),
    (cut_the_tail, HEAD, "head", seal_key(TENANT, 3)),
    (remove_all_seals, HEAD, "head", seal_key(TENANT, 3)),
    (rewrite_all_unsigned, HEAD_OR_KEY, "", "seals/"),
    (rewrite_all_with_another_key, HEAD_OR_KEY, "", "seals/"),
    (sign_the_last_with_another_key, HEAD_OR_KEY, "", seal_key(TENANT, 3)),
    (name_a_part_twice, ALWAYS, "altered", PART),
]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, tuple[SealedArchive, Path]]:
    """The archive whose seals are not signed, and the one whose are."""
    made = {False: three_nights(), True: three_nights(lambda _: OWNER.sign)}
    return {
        signed: (world, world.write(tmp_path_factory.mktemp(f"archive-{signed}")))
        for signed, world in made.items()
    }


def view_of(
    worlds: dict[bool, tuple[SealedArchive, Path]], view: str, tmp_path: Path
) -> tuple[Tampering, list[str]]:
    """A copy to tamper with, and the words of the command that looks at it so."""
    world, kept = worlds[not view.startswith("off")]
    root = tmp_path / "copy"
    shutil.copytree(kept, root, copy_function=shutil.copy2)
    words = ["verify", "--json", "--dir", str(root), "--tenant", TENANT]
    if view in HEAD:
        words += ["--head", f"{world.head.number}:{world.head.sha256}"]
    if view in {"key", "both"}:
        words += ["--public-key", str(OWNER.write(tmp_path / "public.pem"))]
    return Tampering(root, world), words


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Exit code and report of a verification."""
    ending = main(words)
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["ending"] == ending
    return ending, report


@pytest.mark.parametrize("view", sorted(ALWAYS))
@pytest.mark.parametrize(
    ("tamper", "seen_by", "kind", "where"),
    MATRIX,
    ids=[f"{row[0].__name__}-{row[2] or 'any'}" for row in MATRIX],
)
def test_whatever_is_tampered_with_is_named(
    *,
    tamper: Callable[[Tampering], None],
    seen_by: frozenset[str],
    kind: str,
    where: str,
    view: str,
    worlds: dict[bool, tuple[SealedArchive, Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By everybody who can see it; and whom it escapes is told what the verdict does not cover."""
    it, words = view_of(worlds, view, tmp_path)
    tamper(it)

    ending, report = told(words, capsys)

    if view in seen_by:
        assert ending == 1, report["sentence"]
        assert report["verdict"] == "altered"
        assert any(
            where in fault["what"] and kind in {"", fault["kind"]} for fault in report["faults"]
        ), report["faults"]
        return
    assert not report["faults"]
    if not list(it.root.glob("seals/**/*.json")):
        assert (ending, report["verdict"]) == (2, "cannot tell")
        return
    assert (ending, report["verdict"]) == (0, "clean")
    assert "a cut tail cannot be seen without HEAD" in report["sentence"]
    if view == "off":
        assert "are not signed" in report["sentence"] or "nobody looked at" in report["sentence"]
    if view == "plain":
        assert "nobody looked at without PUBLIC_KEY" in report["sentence"] or (
            "are not signed" in report["sentence"]
        )


@pytest.mark.parametrize("deep", [[], ["--deep"]])
@pytest.mark.parametrize("view", sorted(ALWAYS))
def test_nothing_is_held_against_a_clean_archive(
    view: str,
    deep: list[str],
    worlds: dict[bool, tuple[SealedArchive, Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Late parts and rows without a time included."""
    _, words = view_of(worlds, view, tmp_path)

    ending, report = told([*words, *deep], capsys)

    assert (ending, report["faults"], report["objects"]["checked"]) == (0, [], 11)
    assert report["signatures_verified"] == (view in {"key", "both"})


def test_what_is_younger_than_the_last_seal_waits(
    worlds: dict[bool, tuple[SealedArchive, Path]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is sealed in the night; the verdict counts it and does not vouch for it."""
    it, words = view_of(worlds, "both", tmp_path)
    young = it.root / PART.replace("0000", "0009")
    young.write_bytes(it.read(PART))  # now, by the clock of this machine
    later = it.world.clock.true_now().timestamp()
    os.utime(young, (later, later))

    ending, report = told(words, capsys)

    assert ending == 0
    assert report["objects"]["waiting"] == 1
    assert "1 objects are younger" in report["sentence"]
    assert "which anybody can set" in report["sentence"]
