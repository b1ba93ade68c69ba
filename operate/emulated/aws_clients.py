"""Clients of an emulated AWS, typed by the name of the service.

Everything is passed in, so neither the machine's AWS configuration nor its environment
can send a call elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, overload

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whom requests are from.  They are worth nothing outside the emulator."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


# The emulator's name for the account's root: its requests pass even where roles are enforced.
ROOT: Final = Credentials("test", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Where an emulated AWS is, and clients that know it.

    Attributes:
        endpoint_url: The one address of all its services.
        region: The region that clients sign for.
        ca_bundle: The certificate to trust if the address is an https one, else None.
        credentials: Whom requests are from; by default the account's root.
    """

    endpoint_url: str
    region: str
    ca_bundle: Path | None = None
    credentials: Credentials = ROOT

    @overload
    def client(self, service: Literal["athena"]) -> AthenaClient: ...
    @overload
    def client(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["cloudwatch"]) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> DynamoDBClient: ...
    @overload
    def client(self, service: Literal["events"]) -> EventBridgeClient: ...
    @overload
    def client(self, service: Literal["glue"]) -> GlueClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["logs"]) -> CloudWatchLogsClient: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["kms"]) -> KMSClient: ...
    @overload
    def client(self, service: Literal["scheduler"]) -> EventBridgeSchedulerClient: ...
    @overload
    def client(self, service: Literal["secretsmanager"]) -> SecretsManagerClient: ...
    @overload
    def client(self, service: Literal["sns"]) -> SNSClient: ...
    @overload
    def client(self, service: Literal["sqs"]) -> SQSClient: ...
    @overload
    def client(self, service: Literal["stepfunctions"]) -> SFNClient: ...
    @overload
    def client(self, service: Literal["sts"]) -> STSClient: ...

    def client(self, service: str) -> object:
        """Make a boto3 client of one service, with dummy credentials.

        A synchronous invocation may take as long as a function may, so reading waits
        15 minutes; nothing is retried, so that a test sees what happened.
        """
        return _client(
            service,
            self.endpoint_url,
            self.region,
            None if self.ca_bundle is None else str(self.ca_bundle),
            self.credentials,
        )

    def is_healthy(self) -> bool:
        """Whether the emulator answers a request, by its one cheapest."""
        sts = self.client("sts")
        try:
            sts.get_caller_identity()
        except sts.exceptions.ClientError:
            return False
        return True


@lru_cache(maxsize=64)
def _client(
    service: str, endpoint_url: str, region: str, ca_bundle: str | None, credentials: Credentials
) -> object:
    """Make a client, or give the one there is: boto3 takes a third of a second for each."""
    return boto3.session.Session().client(
        service,  # type: ignore[call-overload]  # one of the names above
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
        verify=ca_bundle,
        config=Config(
            connect_timeout=5,
            read_timeout=900,
            retries={"total_max_attempts": 1},
            proxies={},
            s3={"addressing_style": "path"},
        ),
    )
