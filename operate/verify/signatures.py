"""Signatures of seals, checked with the public keys that the caller trusts, offline."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from mpl_export.sealing.dsse import to_be_signed
from mpl_export.sealing.seal import StoredSeal
from operate.endings import Ending, StoppedError
from operate.verify.findings import Findings, KeyRange

type PublicKeys = Mapping[str, ec.EllipticCurvePublicKey]
"""By the id under which they sign: SHA-256 of their DER, in hex."""


def read_public_keys(paths: list[Path]) -> PublicKeys:
    """The keys in these files, PEM or DER.

    Raises:
        StoppedError: One is no such key.
    """
    keys: dict[str, ec.EllipticCurvePublicKey] = {}
    for path in paths:
        try:
            text = path.read_bytes()
        except OSError as error:
            raise StoppedError(
                f"cannot read the public key {path}: {error.strerror}", Ending.USAGE
            ) from error
        key = _key(path, text)
        keys[key_id(key)] = key
    return keys


def public_key_of(name: str, der: bytes) -> PublicKeys:
    """The key that KMS gives.

    Raises:
        StoppedError: It is of another kind than seals have.
    """
    key = _key(name, der)
    return {key_id(key): key}


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """The id of a key."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _key(path: Path | str, text: bytes) -> ec.EllipticCurvePublicKey:
    try:
        read = load_pem_public_key if text.lstrip().startswith(b"-----") else load_der_public_key
        key = read(text)
    except ValueError as error:
        raise StoppedError(
            f"{path} is no public key in PEM or DER; docs/proof.md says how to get it",
            Ending.USAGE,
        ) from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise StoppedError(f"{path} is no key of an elliptic curve, as seals have", Ending.USAGE)
    return key


@dataclass(slots=True)
class Signed:
    """Looks at the signature of each seal, first to last.

    A signature vouches for all seals before, because its seal names them by hash.  So what has to
    be signed by a key that the caller trusts is the last seal.
    """

    keys: PublicKeys
    findings: Findings
    covered: int = 0
    _unvouched: list[tuple[int, str, str]] = field(default_factory=list)

    def look(self, stored: StoredSeal, key: str) -> None:
        """Verify what can be, and note which key signed."""
        number = stored.seal.number
        vouched = False
        for each in stored.signatures:
            public = self.keys.get(each.keyid)
            if public is None:
                if not self.keys:
                    self._note(each.keyid, number)
            elif _verifies(public, each.sig, stored.payload):
                self._note(each.keyid, number)
                vouched = True
            else:
                problem = f"its signature by {each.keyid[:12]} is wrong"
                self.findings.fault("signature", key, problem)
        if vouched:
            self.covered, self._unvouched = number, []
        elif self.keys:
            whose = ", ".join(each.keyid[:12] for each in stored.signatures)
            why = f"is signed by {whose}, none of the keys given" if whose else "is not signed"
            self._unvouched.append((number, key, why))

    def end(self) -> None:
        """Note what no key vouches for; after the last seal."""
        for _, key, why in self._unvouched:
            self.findings.fault("signature", key, f"{why}, and no seal behind it is by one of them")

    def _note(self, keyid: str, number: int) -> None:
        ranges = self.findings.signed
        if ranges and ranges[-1].keyid == keyid:
            ranges[-1] = KeyRange(keyid=keyid, first=ranges[-1].first, last=number)
        else:
            ranges.append(KeyRange(keyid=keyid, first=number, last=number))


def _verifies(key: ec.EllipticCurvePublicKey, signature: bytes, payload: bytes) -> bool:
    try:
        key.verify(signature, to_be_signed(payload), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
