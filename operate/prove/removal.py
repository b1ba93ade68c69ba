"""Delete a stack, and what it leaves behind on purpose."""

from botocore.exceptions import WaiterError

from operate.account import asking
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError

_EVERY_SECONDS = 5
_MOST_LOOKS = 240


def delete_stack(stack: Deployed) -> list[str]:
    """Delete the stack; what stays is named: it holds what one would miss.

    Raises:
        StoppedError: CloudFormation could not delete it.
    """
    cloudformation = stack.account.client("cloudformation")
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
    return [
        f"bucket {stack.outputs['ArchiveBucket']}",
        f"table {stack.outputs['CheckpointTable']}",
        f"secret {stack.outputs['ServiceKeySecret']}",
    ]


def delete_what_stayed(stack: Deployed) -> None:
    """Delete archive, checkpoint and service key of a stack that is gone.

    The bucket's policy denies it, so the policy goes first.
    """
    s3, bucket = stack.account.client("s3"), stack.outputs["ArchiveBucket"]
    with asking(
        "s3:DeleteBucketPolicy, s3:DeleteObjectVersion, s3:DeleteBucket", f"delete {bucket}"
    ):
        s3.delete_bucket_policy(Bucket=bucket)
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(
                    Bucket=bucket, Key=each.get("Key", ""), VersionId=each.get("VersionId", "")
                )
        s3.delete_bucket(Bucket=bucket)
    dynamodb, table = stack.account.client("dynamodb"), stack.outputs["CheckpointTable"]
    with asking("dynamodb:UpdateTable, dynamodb:DeleteTable", f"delete {table}"):
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=table)
        dynamodb.delete_table(TableName=table)
    secret = stack.outputs["ServiceKeySecret"]
    with asking("secretsmanager:DeleteSecret", f"delete {secret}"):
        stack.account.client("secretsmanager").delete_secret(
            SecretId=secret, ForceDeleteWithoutRecovery=True
        )
