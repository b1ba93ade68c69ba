"""The archive held against its seals, as somebody who trusts nobody does it."""

import json
from datetime import UTC, datetime
from typing import Any

from operate.account import asking
from operate.archive.bucket import Bucket
from operate.deployed import Deployed
from operate.prove.seen import Record
from operate.verify.findings import ALTERED, CLEAN
from operate.verify.run import Days, Request, head_of, verify
from operate.verify.signatures import PublicKeys, public_key_of
from operate.voice import Voice

_CLAIM = "the archive is as it was sealed"


def verify_seals(stack: Deployed, record: Record, voice: Voice) -> None:
    """Seal what is old enough, and read all of it again.

    With the head that the function names and, where seals are signed, with the public half of the
    key as KMS gives it.
    """
    answer = _sealed(stack)
    if "errorMessage" in answer:
        record.note(_CLAIM, held=False, what=f"sealing failed: {answer['errorMessage']}")
        return
    if answer.get("head") is None:
        what = "nothing is sealed yet: what has arrived waits a quarter of an hour"
        record.note(_CLAIM, held=None, what=what)
        return
    findings = verify(
        Request(
            source=Bucket(stack.account.client("s3"), stack.outputs["ArchiveBucket"]),
            tenant=stack.tenant,
            days=Days(),
            head=head_of(answer["head"]),
            keys=_keys(stack),
            deep=True,
        ),
        voice,
        datetime.now(UTC),
    )
    held = {CLEAN: True, ALTERED: False}.get(findings.ending)
    record.note(_CLAIM, held=held, what=findings.sentence)


def _sealed(stack: Deployed) -> dict[str, Any]:
    function = stack.outputs["ExporterFunction"]
    with asking("lambda:InvokeFunction", f"invoke {function}"):
        answer = stack.account.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"seal": True}).encode()
        )
        report: dict[str, Any] = json.loads(answer["Payload"].read())
    return report


def _keys(stack: Deployed) -> PublicKeys:
    """The key that signs seals; none where they are not signed."""
    arn = stack.outputs.get("SealPublicKey")
    if arn is None:
        return {}
    with asking("kms:GetPublicKey", f"get the public half of {arn}"):
        public = stack.account.client("kms").get_public_key(KeyId=arn)["PublicKey"]
    return public_key_of(arn, public)
