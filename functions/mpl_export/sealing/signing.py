"""Seals signed by a key of KMS that nobody can read, not even those who may use it.

Source: KMS, "Sign": with ``MessageType`` ``DIGEST`` the caller hashes, so that a message of any
length can be signed; ``ECDSA_SHA_256`` gives the signature in DER.
"""

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from mpl_export.aws import every_aws_error
from mpl_export.sealing.dsse import Signature, enveloped, to_be_signed

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KmsSigner:
    """Signs with one key.

    Args:
        key: Its ARN; an ECC_NIST_P256 key for SIGN_VERIFY.
    """

    def __init__(self, client: "KMSClient", key: str) -> None:
        self._client = client
        self._key = key

    def signed(self, payload: bytes) -> bytes:
        """The envelope of a payload, with a signature that differs at each call.

        Raises:
            AwsRefusedError, AwsUnavailableError: KMS does not sign, for good or for now.
        """
        digest = hashlib.sha256(to_be_signed(payload)).digest()
        with every_aws_error("sign with", f"the key {self._key}"):
            signature = self._client.sign(
                KeyId=self._key,
                Message=digest,
                MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256",
            )["Signature"]
        return enveloped(payload, [Signature(keyid=self.keyid, sig=signature)])

    @cached_property
    def keyid(self) -> str:
        """SHA-256 of the public key as KMS gives it (DER, SubjectPublicKeyInfo), in hex."""
        with every_aws_error("get the public half of", f"the key {self._key}"):
            public = self._client.get_public_key(KeyId=self._key)["PublicKey"]
        return hashlib.sha256(public).hexdigest()
