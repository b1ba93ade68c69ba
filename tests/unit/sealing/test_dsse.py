"""The envelope: what is signed, and what is no envelope."""

import base64

import orjson
import pytest

from mpl_export.sealing.dsse import (
    PAYLOAD_TYPE,
    NotAnEnvelopeError,
    Signature,
    enveloped,
    opened,
    to_be_signed,
)

SIGNATURE = Signature(keyid="ab", sig=b"\x00\x01")


def test_what_is_signed_is_as_dsse_says() -> None:
    """``DSSEv1``, then type and payload, each behind its length in bytes."""
    assert to_be_signed(b"hello world") == (
        b"DSSEv1 36 application/vnd.mpl-export.seal+json 11 hello world"
    )


def test_an_envelope_gives_back_what_was_put_into_it() -> None:
    """With one signature, with several, with none."""
    for signatures in ([], [SIGNATURE], [SIGNATURE, SIGNATURE]):
        assert opened(enveloped(b"{}", signatures)) == (b"{}", tuple(signatures))


def test_an_envelope_ends_like_a_line() -> None:
    """Whoever prints it, or joins several, gets one line each."""
    assert enveloped(b"{}", [SIGNATURE]) == (
        b'{"payload":"e30=","payloadType":"application/vnd.mpl-export.seal+json",'
        b'"signatures":[{"keyid":"ab","sig":"AAE="}]}\n'
    )


def test_other_json_is_no_envelope() -> None:
    """A seal that is not signed is stored as it is."""
    assert opened(b'{"number": 1}') is None


UNREADABLE = "it is no envelope that can be read"
ANOTHER = "the envelope carries something else"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"payload": "*"}, UNREADABLE),
        ({"payload": 7}, UNREADABLE),
        ({"payloadType": PAYLOAD_TYPE + "x"}, ANOTHER),
        ({"payloadType": None}, ANOTHER),
        ({"signatures": None}, UNREADABLE),
        ({"signatures": [7]}, UNREADABLE),
        ({"signatures": [{"keyid": "ab"}]}, UNREADABLE),
        ({"signatures": [{"keyid": "ab", "sig": "*"}]}, UNREADABLE),
    ],
)
def test_a_broken_envelope_is_refused(changes: dict[str, object], problem: str) -> None:
    """Also one that carries something else."""
    whole = {
        "payload": base64.b64encode(b"{}").decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [],
    }
    assert opened(orjson.dumps(whole)) == (b"{}", ())

    with pytest.raises(NotAnEnvelopeError, match=f"^{problem}$"):
        opened(orjson.dumps(whole | changes))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", UNREADABLE),
        (b"{", UNREADABLE),
        (b"[]", "it is no JSON object"),
        (b"7", "it is no JSON object"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes, problem: str) -> None:
    """It is neither a seal nor an envelope."""
    with pytest.raises(NotAnEnvelopeError, match=f"^{problem}$"):
        opened(body)
