"""What is tried on a stack of one's own: what must be refused, what must change nothing."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from operate.account import asking, code_of
from operate.deployed import Deployed
from operate.prove.seen import Record

if TYPE_CHECKING:
    from collections.abc import Callable

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


def try_to_damage(stack: Deployed, record: Record) -> None:
    """Overwrite a part and delete it, as an administrator might by mistake.

    With the part's own bytes and without naming its version: if it is not refused, nothing is lost.
    """
    s3, bucket = stack.account.client("s3"), stack.outputs["ArchiveBucket"]
    prefix = f"mpl/v1/tenant={stack.tenant}/"
    with asking("s3:ListBucket", f"list the parts in {bucket}"):
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("Contents", [])
    claims = ("S3 refuses to overwrite a part", "S3 refuses to delete a part")
    if not found:
        for claim in claims:
            record.note(claim, held=None, what="the archive has no part yet")
        return
    key = found[0].get("Key", "")
    with asking("s3:GetObject", f"read {key}"):
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    tries: tuple[Callable[[], object], ...] = (
        lambda: s3.put_object(Bucket=bucket, Key=key, Body=body),
        lambda: s3.delete_object(Bucket=bucket, Key=key),
    )
    for claim, attempt in zip(claims, tries, strict=True):
        try:
            attempt()
        except ClientError as error:
            code = code_of(error)
            record.note(claim, held=code in _DENIED or None, what=f"{code} for {key}")
        else:
            record.note(claim, held=False, what=f"it took it, for {key}")


def export_again(stack: Deployed, record: Record) -> None:
    """Export the last day once more: nothing may be stored twice."""
    report = _invoked(stack, {"since": "P1D", "purpose": "backfill"})
    stored = report.get("versions_stored")
    record.note(
        "a second export of the last day stores nothing twice",
        held=None if stored is None else stored == 0,
        what=f"{report.get('rows_read', 'no')} rows read, {stored} versions stored"
        if stored is not None
        else str(report.get("errorMessage", report)),
    )


def look_at_settings(stack: Deployed, record: Record) -> None:
    """What an emulator drops silently: encryption, versions, recovery of the table."""
    s3, bucket = stack.account.client("s3"), stack.outputs["ArchiveBucket"]
    dynamodb, table = stack.account.client("dynamodb"), stack.outputs["CheckpointTable"]

    def encrypted() -> str:
        answer = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
        return str(answer["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])

    def versioned() -> str:
        status = s3.get_bucket_versioning(Bucket=bucket).get("Status", "")
        return status if status == "Enabled" else ""

    def recoverable() -> str:
        answer = dynamodb.describe_continuous_backups(TableName=table)
        described = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        status = described.get("PointInTimeRecoveryStatus", "")
        return status if status == "ENABLED" else ""

    for claim, look in (
        ("the archive is encrypted", encrypted),
        ("the archive keeps old versions", versioned),
        ("the checkpoint's table can be recovered to any second", recoverable),
    ):
        try:
            what = look()
        except ClientError as error:
            record.note(claim, held=None, what=code_of(error))
        else:
            record.note(claim, held=bool(what), what=what or "it is not switched on")


def _invoked(stack: Deployed, event: dict[str, str]) -> dict[str, Any]:
    function = stack.outputs["ExporterFunction"]
    with asking("lambda:InvokeFunction", f"invoke {function}"):
        answer = stack.account.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
    return payload
