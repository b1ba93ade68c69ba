"""The archive of a proof is held against its seals, and what stands in the way is no success."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.response import StreamingBody

from operate.endings import Ending, StoppedError
from operate.prove.seals import verify_seals
from operate.prove.seen import Record
from operate.voice import Voice
from tests.support.operators.scripted_account import ScriptedAccount, refusal, scripted_stack
from tests.support.sealing.sealed_archive import TENANT, SigningKey, three_nights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operate.deployed import Deployed
    from tests.support.sealing.sealed_archive import SealedArchive

KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/seals"


def body(content: bytes) -> dict[str, Any]:
    """An answer whose body is read as a stream."""
    return {"Body": StreamingBody(BytesIO(content), len(content))}


def stack_over(
    archive: SealedArchive, answer: Mapping[str, Any], *, kms: object = None
) -> Deployed:
    """A stack whose function answers this when it is to seal, over an archive.

    Args:
        kms: What KMS answers when asked for the public key; None where seals are not signed.
    """
    account = ScriptedAccount()
    held = archive.objects

    def listing(Bucket: str, Prefix: str) -> dict[str, Any]:  # noqa: N803 - as S3 has it
        assert Bucket
        return {
            "Contents": [
                {"Key": entry.key, "Size": entry.size, "LastModified": entry.arrived}
                for entry in held.listing(Prefix).entries
            ]
        }

    def invoked(FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as Lambda
        assert (FunctionName, json.loads(Payload)) == ("exporter", {"seal": True})
        return {"Payload": BytesIO(json.dumps(answer).encode())}

    account.tell("s3.list_objects_v2", listing)
    account.tell("s3.get_object", lambda Bucket, Key: body(held.get(Key)) if Bucket else None)  # noqa: N803
    account.tell("lambda.invoke", invoked)
    account.tell("kms.get_public_key", kms)
    stack = scripted_stack(account)
    outputs = {} if kms is None else {"SealPublicKey": KEY_ARN}
    return replace(
        stack,
        parameters={**stack.parameters, "TenantName": TENANT},
        outputs={**stack.outputs, **outputs},
    )


def seen(stack: Deployed) -> Record:
    """What the proof notes."""
    record = Record()
    verify_seals(stack, record, Voice(as_json=True))
    return record


def head_of(archive: SealedArchive) -> str:
    """The head, as the function's report has it."""
    head = archive.head
    return f"{head.number}:{head.sha256}"


def test_an_archive_as_it_was_sealed_holds() -> None:
    """With the head that the function has just named."""
    archive = three_nights()
    record = seen(stack_over(archive, {"head": head_of(archive)}))

    assert [each.held for each in record.claims] == [True]
    assert record.ending is Ending.WELL


def test_an_archive_that_was_altered_does_not() -> None:
    """However little of it."""
    archive = three_nights()
    head = head_of(archive)
    part = next(key for key in archive.objects.held if key.startswith("mpl/"))
    del archive.objects.held[part]
    record = seen(stack_over(archive, {"head": head}))

    assert record.ending is Ending.FAULT


def test_a_sealer_that_failed_is_a_fault() -> None:
    """Lambda answers 200 all the same."""
    record = seen(stack_over(three_nights(), {"errorMessage": "the chain is broken"}))

    assert record.ending is Ending.FAULT
    assert "the chain is broken" in record.claims[0].what


def test_where_nothing_is_sealed_nothing_is_shown() -> None:
    """What has arrived just now has to settle first."""
    record = seen(stack_over(three_nights(), {"head": None}))

    assert record.ending is Ending.UNCHECKED


def test_signed_seals_are_held_against_the_key_that_kms_gives() -> None:
    """A chain that another key has signed is not the stack's."""
    own, other = SigningKey(), SigningKey()
    archive = three_nights(lambda _: own.sign)
    answer = {"head": head_of(archive)}

    for key, held in ((own, True), (other, False)):
        stack = stack_over(archive, answer, kms={"PublicKey": key.public_der})

        assert [each.held for each in seen(stack).claims] == [held]


def test_a_key_that_may_not_be_read_ends_the_proof() -> None:
    """It cannot be told from one that did not sign."""
    archive = three_nights()
    stack = stack_over(archive, {"head": head_of(archive)}, kms=refusal("AccessDeniedException"))

    with pytest.raises(StoppedError, match="kms:GetPublicKey"):
        seen(stack)
