"""A seal signed by KMS; its answers are those of a key that is at hand here."""

from __future__ import annotations

import base64
import re
import subprocess
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mpl_export.errors import AwsRefusedError, AwsUnavailableError
from mpl_export.sealing.dsse import opened, to_be_signed
from mpl_export.sealing.signing import KmsSigner
from operate.template import PROJECT
from tests.support.sealing.sealed_archive import SigningKey

if TYPE_CHECKING:
    from pathlib import Path

KEY = "arn:aws:kms:eu-central-1:111122223333:key/9"


class ScriptedKms:
    """KMS with one key."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.key = SigningKey()
        self.fails = fails
        self.public_keys = 0

    def sign(
        self,
        *,
        KeyId: str,  # noqa: N803 - as the SDK has it
        Message: bytes,  # noqa: N803
        MessageType: str,  # noqa: N803
        SigningAlgorithm: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Sign a digest."""
        assert (KeyId, MessageType, SigningAlgorithm) == (KEY, "DIGEST", "ECDSA_SHA_256")
        if self.fails is not None:
            raise self.fails
        algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA256()))
        return {"Signature": self.key.private.sign(Message, algorithm)}

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803
        """The public half."""
        assert KeyId == KEY
        self.public_keys += 1
        public = self.key.private.public_key()
        return {"PublicKey": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}


def test_the_signature_is_over_type_and_payload_and_names_its_key() -> None:
    """So that a signature of something else can never pass for one of a seal."""
    kms = ScriptedKms()
    signer = KmsSigner(kms, KEY)  # type: ignore[arg-type]

    inside = opened(signer.signed(b"{}"))

    assert inside is not None
    payload, (signature,) = inside
    assert payload == b"{}"
    assert signature.keyid == kms.key.keyid
    public = kms.key.private.public_key()
    public.verify(signature.sig, to_be_signed(b"{}"), ec.ECDSA(hashes.SHA256()))


def test_the_public_half_is_asked_for_once() -> None:
    """It does not change."""
    kms = ScriptedKms()
    signer = KmsSigner(kms, KEY)  # type: ignore[arg-type]

    assert signer.signed(b"1") != signer.signed(b"1")
    assert kms.public_keys == 1


def test_openssl_agrees(tmp_path: Path) -> None:
    """Whoever verifies needs none of our code: by the very words of the page."""
    page = (PROJECT / "docs" / "proof.md").read_text()
    (script,) = re.findall(r"```sh\n(python3 -c .*?)```", page, re.DOTALL)
    kms = ScriptedKms()
    kms.key.write(tmp_path / "seal-key.pem")
    seal = KmsSigner(kms, KEY).signed(b'{"number":1}\n')  # type: ignore[arg-type]

    def verdict(body: bytes) -> int:
        (tmp_path / "seal.json").write_bytes(body)
        return subprocess.run(
            ["sh", "-c", script], cwd=tmp_path, check=False, capture_output=True, timeout=30
        ).returncode

    assert verdict(seal) == 0
    envelope = orjson.loads(seal)
    envelope["payload"] = base64.b64encode(b'{"number":2}\n').decode()
    assert verdict(orjson.dumps(envelope)) != 0


@pytest.mark.parametrize(
    "code", ["DisabledException", "KMSInvalidStateException", "NotFoundException", "AccessDenied"]
)
def test_a_key_that_does_not_serve_is_an_operators_matter(code: str) -> None:
    """Named in full, so that it can be found."""
    kms = ScriptedKms(ClientError({"Error": {"Code": code, "Message": "kms:Sign"}}, "Sign"))

    with pytest.raises(AwsRefusedError, match=KEY):
        KmsSigner(kms, KEY).signed(b"{}")  # type: ignore[arg-type]


def test_kms_that_does_not_answer_is_nobodys_matter() -> None:
    """The next night tries again."""
    kms = ScriptedKms(EndpointConnectionError(endpoint_url="https://kms"))

    with pytest.raises(AwsUnavailableError, match=r"\bsign with the key\b"):
        KmsSigner(kms, KEY).signed(b"{}")  # type: ignore[arg-type]
