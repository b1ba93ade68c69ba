"""Delete a stack, and what it leaves behind on purpose."""

from dataclasses import dataclass

from botocore.exceptions import WaiterError

from operate.account import asking
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError

_EVERY_SECONDS = 5
_MOST_LOOKS = 240
_KEY_ENDS_AFTER_DAYS = 7
"""KMS knows no shorter time; what the key has signed can be verified for ever after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What outlives a stack on purpose, by physical names.

    Attributes:
        key: The one that signs seals; None if the stack made none.
    """

    buckets: tuple[str, ...]
    table: str
    secret: str
    key: str | None

    def named(self) -> list[str]:
        """In words."""
        return [
            *(f"bucket {name}" for name in self.buckets),
            f"table {self.table}",
            f"secret {self.secret}",
            *([f"key {self.key}"] if self.key else []),
        ]


def delete_stack(stack: Deployed) -> Leftovers:
    """Delete the stack, and find what stays: it holds what one would miss.

    Raises:
        StoppedError: CloudFormation could not delete it.
    """
    cloudformation = stack.account.client("cloudformation")
    resources = stack.resources()
    made = [name for kind, name in resources.values() if kind == "AWS::S3::Bucket"]
    with asking("cloudformation:DeleteStack", f"delete the stack {stack.name}"):
        cloudformation.delete_stack(StackName=stack.name)
        try:
            cloudformation.get_waiter("stack_delete_complete").wait(
                StackName=stack.name,
                WaiterConfig={"Delay": _EVERY_SECONDS, "MaxAttempts": _MOST_LOOKS},
            )
        except WaiterError as error:
            raise StoppedError(
                f"the stack {stack.name} could not be deleted: see its events in CloudFormation's"
                " console",
                Ending.FAULT,
            ) from error
    with asking("s3:ListAllMyBuckets", "see which buckets are left"):
        there = {each.get("Name") for each in stack.account.client("s3").list_buckets()["Buckets"]}
    return Leftovers(
        buckets=tuple(name for name in made if name in there),
        table=stack.outputs["CheckpointTable"],
        secret=stack.outputs["ServiceKeySecret"],
        key=resources["SealKey"][1] if "SealKey" in resources else None,
    )


def delete_what_stayed(stack: Deployed, leftovers: Leftovers) -> None:
    """Delete archive, checkpoint, service key and the seals' key of a stack that is gone."""
    for bucket in leftovers.buckets:
        _delete_bucket(stack, bucket)
    dynamodb, table = stack.account.client("dynamodb"), leftovers.table
    with asking("dynamodb:UpdateTable, dynamodb:DeleteTable", f"delete {table}"):
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=table)
        dynamodb.delete_table(TableName=table)
    with asking("secretsmanager:DeleteSecret", f"delete {leftovers.secret}"):
        stack.account.client("secretsmanager").delete_secret(
            SecretId=leftovers.secret, ForceDeleteWithoutRecovery=True
        )
    if leftovers.key is not None:
        with asking("kms:ScheduleKeyDeletion", f"delete the key {leftovers.key}"):
            stack.account.client("kms").schedule_key_deletion(
                KeyId=leftovers.key, PendingWindowInDays=_KEY_ENDS_AFTER_DAYS
            )


def _delete_bucket(stack: Deployed, bucket: str) -> None:
    """Delete a bucket with every version in it; its policy denies that, so it goes first."""
    s3 = stack.account.client("s3")
    rights = "s3:DeleteBucketPolicy, s3:DeleteObjectVersion, s3:DeleteBucket"
    with asking(rights, f"delete {bucket}"):
        s3.delete_bucket_policy(Bucket=bucket)
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(
                    Bucket=bucket, Key=each.get("Key", ""), VersionId=each.get("VersionId", "")
                )
        s3.delete_bucket(Bucket=bucket)
