"""The account that the drill is held in: an emulated one, or the owner's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from operate.account import session_of
from operate.emulated.loopback import is_loopback

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from operate.emulated.aws_clients import Clients


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The services that the drill needs.

    Attributes:
        emulated: Whether AWS measures nothing by itself there (no AWS/Lambda, no AWS/SQS).
    """

    cloudformation: CloudFormationClient
    cloudwatch: CloudWatchClient
    functions: LambdaClient
    sns: SNSClient
    sqs: SQSClient
    emulated: bool

    @classmethod
    def emulated_by(cls, aws: Clients) -> Account:
        """An emulator's account."""
        return cls(
            cloudformation=aws.client("cloudformation"),
            cloudwatch=aws.client("cloudwatch"),
            functions=aws.client("lambda"),
            sns=aws.client("sns"),
            sqs=aws.client("sqs"),
            emulated=True,
        )

    @classmethod
    def of_the_owner(cls) -> Account:
        """The account that the environment's credentials are for, as for any AWS tool."""
        session = session_of()
        cloudwatch = session.client("cloudwatch")
        return cls(
            cloudformation=session.client("cloudformation"),
            cloudwatch=cloudwatch,
            functions=session.client("lambda"),
            sns=session.client("sns"),
            sqs=session.client("sqs"),
            emulated=is_loopback(cloudwatch.meta.endpoint_url),
        )

    def outputs(self, stack: str) -> dict[str, str]:
        """The stack's outputs by name."""
        (described,) = self.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}

    def resources(self, stack: str, kind: str) -> dict[str, str]:
        """The stack's resources of one type: physical id by logical id."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for page in pages
            for each in page["StackResourceSummaries"]
            if each["ResourceType"] == kind
        }
