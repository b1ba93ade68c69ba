"""Which key signed which seals, what no key vouches for, and what is no public key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mpl_export.sealing.chain import Chain
from mpl_export.sealing.dsse import Signature, enveloped
from mpl_export.sealing.seal import StoredSeal, read_seal
from operate.endings import Ending, StoppedError
from operate.verify.findings import Findings, KeyRange
from operate.verify.signatures import Signed, public_key_of, read_public_keys
from tests.support.sealing.sealed_archive import (
    TENANT,
    SealedArchive,
    SigningKey,
    Stored,
    three_nights,
    unsigned,
)

if TYPE_CHECKING:
    from pathlib import Path

OWNER, NEXT, STRANGER = SigningKey(), SigningKey(), SigningKey()
NIGHTS = (1, 2, 3)


def der_of(key: SigningKey) -> bytes:
    """The public half as KMS gives it."""
    return key.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def looked_at(world: SealedArchive, *trusted: SigningKey) -> Findings:
    """What is found of all seals with these keys."""
    keys = {key.keyid: key.private.public_key() for key in trusted}
    findings = Findings(tenant=TENANT, place="memory")
    signed = Signed(keys, findings)
    for number in NIGHTS:
        stored = Chain(world.objects, TENANT).read(number)
        signed.look(stored, f"seal {number}")
    signed.end()
    return findings


def signed_by(*keys: SigningKey | None) -> SealedArchive:
    """Three seals, each by one of these."""
    stored: dict[int, Stored] = {
        night: unsigned if key is None else key.sign
        for night, key in zip(NIGHTS, keys, strict=True)
    }
    return three_nights(stored.__getitem__)


def ranges(*found: tuple[SigningKey, int, int]) -> list[KeyRange]:
    """Keys with the seals that they signed."""
    return [KeyRange(keyid=key.keyid, first=first, last=last) for key, first, last in found]


def test_keys_are_read_in_either_form_and_known_by_their_id(tmp_path: Path) -> None:
    """PEM with blanks before it, too: it is copied from somewhere."""
    pem, der = OWNER.write(tmp_path / "a.pem"), tmp_path / "b.der"
    pem.write_bytes(b"\n  \n" + pem.read_bytes())
    der.write_bytes(der_of(NEXT))

    keys = read_public_keys([pem, der])

    assert {name: key.public_numbers() for name, key in keys.items()} == {
        key.keyid: key.private.public_key().public_numbers() for key in (OWNER, NEXT)
    }
    assert read_public_keys([]) == {}


def test_the_key_of_kms_is_known_by_its_id() -> None:
    """As the signatures name it."""
    assert list(public_key_of("alias/seals", der_of(OWNER))) == [OWNER.keyid]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what the system says of it."""
    path = tmp_path / "nowhere.pem"

    with pytest.raises(StoppedError) as stopped:
        read_public_keys([path])

    assert str(stopped.value) == f"cannot read the public key {path}: No such file or directory"
    assert stopped.value.ending is Ending.USAGE


@pytest.mark.parametrize("text", [b"", b"hello", b"-----BEGIN PUBLIC KEY-----\nAA\n"])
def test_what_is_no_key_is_named(text: bytes, tmp_path: Path) -> None:
    """And where one may be had."""
    path = tmp_path / "key.pem"
    path.write_bytes(text)

    with pytest.raises(StoppedError) as stopped:
        read_public_keys([path])

    assert str(stopped.value) == (
        f"{path} is no public key in PEM or DER; docs/proof.md says how to get it"
    )
    assert stopped.value.ending is Ending.USAGE


def test_a_key_of_another_kind_is_named() -> None:
    """It cannot have signed a seal."""
    public = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - signs nothing
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(StoppedError) as stopped:
        public_key_of("alias/seals", der)

    assert str(stopped.value) == "alias/seals is no key of an elliptic curve, as seals have"
    assert stopped.value.ending is Ending.USAGE


def test_keys_follow_each_other() -> None:
    """Each with its first and last seal."""
    world = signed_by(OWNER, NEXT, NEXT)

    found = looked_at(world, OWNER, NEXT)

    assert found.faults == []
    assert found.signed == ranges((OWNER, 1, 1), (NEXT, 2, 3))
    assert looked_at(signed_by(OWNER, OWNER, OWNER), OWNER).signed == ranges((OWNER, 1, 3))


def test_without_keys_it_is_told_who_claims_to_have_signed() -> None:
    """Nothing is verified by that, and nothing is missed."""
    found = looked_at(signed_by(OWNER, NEXT, None))

    assert found.faults == []
    assert found.signed == ranges((OWNER, 1, 1), (NEXT, 2, 2))


def test_a_later_seal_vouches_for_those_before() -> None:
    """It names them by hash, whoever signed them."""
    found = looked_at(signed_by(STRANGER, None, OWNER), OWNER)

    assert found.faults == []
    assert found.signed == ranges((OWNER, 3, 3))


def test_what_no_key_vouches_for_is_told_seal_by_seal() -> None:
    """By whom it is signed instead, or that it is not."""
    found = looked_at(signed_by(OWNER, STRANGER, None), OWNER)
    behind = "and no seal behind it is by one of them"

    assert found.faults == [
        (
            "signature",
            "seal 2",
            f"is signed by {STRANGER.keyid[:12]}, none of the keys given, {behind}",
        ),
        ("signature", "seal 3", f"is not signed, {behind}"),
    ]
    assert found.signed == ranges((OWNER, 1, 1))


def test_a_wrong_signature_is_told_even_if_a_later_seal_vouches() -> None:
    """Somebody put it there."""
    good = signed_by(OWNER, OWNER, OWNER)
    stored = Chain(good.objects, TENANT).read(2)
    wrong = Signature(
        keyid=OWNER.keyid, sig=OWNER.private.sign(b"other", ec.ECDSA(hashes.SHA256()))
    )
    good.objects.held[good.seals()[1]] = enveloped(stored.payload, [wrong])

    found = looked_at(good, OWNER)

    assert found.faults == [
        ("signature", "seal 2", f"its signature by {OWNER.keyid[:12]} is wrong")
    ]
    assert found.signed == ranges((OWNER, 1, 3))


def test_one_good_signature_of_several_is_enough() -> None:
    """A stranger's beside it, before or behind, says nothing; all are named where none is good."""
    world = signed_by(None, None, None)
    payload = world.seal_body(3)
    key = world.seals()[2]

    def both(stored: StoredSeal, *by: SigningKey) -> Findings:
        findings = Findings(tenant=TENANT, place="memory")
        signed = Signed({OWNER.keyid: OWNER.private.public_key()}, findings)
        signed.look(stored, key)
        signed.end()
        assert signed.covered == (3 if OWNER in by else 0)
        return findings

    def stored_with(*by: SigningKey) -> StoredSeal:
        signatures = [
            each for one in by for each in read_seal(key, one.sign(payload), TENANT).signatures
        ]
        return read_seal(key, enveloped(payload, signatures), TENANT)

    for by in ((OWNER, STRANGER), (STRANGER, OWNER)):
        found = both(stored_with(*by), *by)
        assert (found.faults, found.signed) == ([], ranges((OWNER, 3, 3)))
    found = both(stored_with(STRANGER, NEXT), STRANGER, NEXT)
    names = f"{STRANGER.keyid[:12]}, {NEXT.keyid[:12]}"
    assert [fault.problem for fault in found.faults] == [
        f"is signed by {names}, none of the keys given, and no seal behind it is by one of them"
    ]
