"""The envelope that carries a signature beside what is signed.

Source: DSSE v1.0.2 (secure-systems-lab/dsse), "protocol.md" (what is signed: ``PAE``) and
"envelope.md" (the JSON).
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

PAYLOAD_TYPE = "application/vnd.mpl-export.seal+json"


class NotAnEnvelopeError(ValueError):
    """The bytes are no envelope for a seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature of an envelope.

    Attributes:
        keyid: SHA-256 of the public key (DER, SubjectPublicKeyInfo) in hex; a hint, not a proof.
        sig: The signature; ECDSA in DER.
    """

    keyid: str
    sig: bytes


def to_be_signed(payload: bytes) -> bytes:
    """The bytes that a signature is over: type and payload, each with its length."""
    kind = PAYLOAD_TYPE.encode()
    return b" ".join((b"DSSEv1", b"%d" % len(kind), kind, b"%d" % len(payload), payload))


def enveloped(payload: bytes, signatures: Sequence[Signature]) -> bytes:
    """The envelope as it is stored."""
    return orjson.dumps(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {"keyid": each.keyid, "sig": base64.b64encode(each.sig).decode()}
                for each in signatures
            ],
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def opened(body: bytes) -> tuple[bytes, tuple[Signature, ...]] | None:
    """Payload and signatures of an envelope; None if the bytes are JSON but no envelope.

    Nothing is verified by that.

    Raises:
        NotAnEnvelopeError: They are no JSON object, or a broken envelope, or one for something
            else.
    """
    try:
        members = orjson.loads(body)
        if not isinstance(members, dict):
            raise NotAnEnvelopeError("it is no JSON object")
        if "payload" not in members:
            return None
        if members["payloadType"] != PAYLOAD_TYPE:
            raise NotAnEnvelopeError("the envelope carries something else")
        payload = base64.b64decode(members["payload"], validate=True)
        signatures = tuple(
            Signature(keyid=str(each["keyid"]), sig=base64.b64decode(each["sig"], validate=True))
            for each in members["signatures"]
        )
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, AttributeError) as error:
        raise NotAnEnvelopeError("it is no envelope that can be read") from error
    return payload, signatures
