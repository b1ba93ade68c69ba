"""The AWS account that a command works on: the caller's, as for any AWS tool, or an emulator.

Region, credentials and endpoint come from the usual places (options, environment, profile); what
is missing there is told in one sentence before anything is done.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore import exceptions as botocore_errors
from botocore.config import Config
from botocore.parsers import ResponseParserError

from mpl_export import __version__
from operate.endings import Ending, StoppedError
from operate.unreachable import unreachable

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient

_LONGEST_INVOCATION = 910  # seconds; Lambda's own limit and a little

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"})
_IDENTITY = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_NAMED = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
_SIGN_IN = "sign in again (aws sso login, aws configure), or name a profile by --profile"
_NOT_SIGNED_IN = (
    botocore_errors.NoCredentialsError,
    botocore_errors.PartialCredentialsError,
    botocore_errors.CredentialRetrievalError,
    botocore_errors.TokenRetrievalError,
    botocore_errors.SSOError,
)


def session_of(*, region: str | None = None, profile: str | None = None) -> boto3.session.Session:
    """A session whose region is found as the AWS CLI finds it.

    boto3 reads ``AWS_DEFAULT_REGION`` and the profile; the AWS CLI and most other tools
    put ``AWS_REGION`` before both.
    """
    return boto3.session.Session(
        region_name=region or os.environ.get("AWS_REGION") or None, profile_name=profile
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account and region, with clients of its services.

    Attributes:
        id: The account's twelve digits.
        region: The region that stacks are looked for in.
        caller: The ARN of who the credentials are for.
        endpoint: Where an emulated AWS listens; empty for AWS itself.
    """

    id: str
    region: str
    caller: str
    endpoint: str
    _session: boto3.session.Session

    @classmethod
    def open(cls, *, region: str | None = None, profile: str | None = None) -> "Account":
        """Find out whose account it is.

        Raises:
            StoppedError: Region or credentials are missing or not valid, or nobody answers.
        """
        try:
            session = session_of(region=region, profile=profile)
            session.get_credentials()
        except botocore_errors.ProfileNotFound:
            raise StoppedError(
                f"there is no AWS profile {profile!r} on this machine; aws configure list-profiles "
                "shows those there are"
            ) from None
        except botocore_errors.BotoCoreError as error:
            raise _stopped("read your credentials", "", error) from error
        if not session.region_name:
            raise StoppedError(
                "no region is set: give the one that the stack is in by --region, AWS_REGION or "
                "the profile"
            )
        with asking("sts:GetCallerIdentity", "ask whose credentials these are"):
            try:
                sts = session.client("sts", config=_CONFIG)
            except ValueError as error:  # an address that is none
                raise StoppedError(
                    f"{error}: AWS_ENDPOINT_URL has to be a whole URL, such as "
                    "http://127.0.0.1:4566; unset it for AWS itself"
                ) from None
            identity = sts.get_caller_identity()
        endpoint = sts.meta.endpoint_url
        return cls(
            id=identity["Account"],
            region=session.region_name,
            caller=identity["Arn"],
            endpoint="" if ".amazonaws.com" in endpoint else endpoint,
            _session=session,
        )

    @overload
    def client(self, service: Literal["athena"]) -> "AthenaClient": ...
    @overload
    def client(self, service: Literal["cloudformation"]) -> "CloudFormationClient": ...
    @overload
    def client(self, service: Literal["cloudwatch"]) -> "CloudWatchClient": ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> "DynamoDBClient": ...
    @overload
    def client(self, service: Literal["kms"]) -> "KMSClient": ...
    @overload
    def client(self, service: Literal["lambda"]) -> "LambdaClient": ...
    @overload
    def client(self, service: Literal["logs"]) -> "CloudWatchLogsClient": ...
    @overload
    def client(self, service: Literal["s3"]) -> "S3Client": ...
    @overload
    def client(self, service: Literal["scheduler"]) -> "EventBridgeSchedulerClient": ...
    @overload
    def client(self, service: Literal["secretsmanager"]) -> "SecretsManagerClient": ...
    @overload
    def client(self, service: Literal["sns"]) -> "SNSClient": ...
    @overload
    def client(self, service: Literal["stepfunctions"]) -> "SFNClient": ...
    @overload
    def client(self, service: Literal["sts"]) -> "STSClient": ...
    def client(self, service: Any) -> Any:
        """A client with bounded waits; one of Lambda waits as long as a function may take."""
        return self._session.client(service, config=_CONFIG)


_CONFIG = Config(
    connect_timeout=5,
    read_timeout=_LONGEST_INVOCATION,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra=f"mpl-export-operate/{__version__}",
)


class DeniedError(StoppedError):
    """The caller lacks a right.

    Attributes:
        action: Which, as IAM names it.
    """

    def __init__(self, action: str, what: str, caller: str = "") -> None:
        who = f" ({caller})" if caller else ""
        super().__init__(
            f"your credentials{who} may not {what}: they need {action}; ask who manages your role"
        )
        self.action = action


@contextmanager
def asking(action: str, what: str) -> Iterator[None]:
    """Turn what botocore raises inside the ``with`` into a sentence.

    Args:
        action: The right that the call needs, such as ``lambda:InvokeFunction``.
        what: What was to be done, as the rest of "could not ...".

    Raises:
        DeniedError: The right is missing.
        StoppedError: Anything else.
    """
    try:
        yield
    except ResponseParserError as error:
        raise StoppedError(
            f"could not {what}: what answers is not AWS; check AWS_ENDPOINT_URL and your proxy",
            Ending.UNAVAILABLE,
        ) from error
    except (botocore_errors.ClientError, botocore_errors.BotoCoreError) as error:
        raise _stopped(what, action, error) from error


def code_of(error: botocore_errors.ClientError) -> str:
    """The service's own code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _stopped(
    what: str,
    action: str,
    error: botocore_errors.ClientError | botocore_errors.BotoCoreError,
) -> StoppedError:
    if isinstance(error, botocore_errors.ClientError):
        return _answered(what, action, error)
    if isinstance(error, _NOT_SIGNED_IN):
        return StoppedError(f"there are no valid AWS credentials: {_SIGN_IN}")
    if isinstance(error, botocore_errors.NoRegionError):
        return StoppedError("no region is set: give it by --region, AWS_REGION or the profile")
    if isinstance(error, botocore_errors.ConnectionError | botocore_errors.HTTPClientError):
        return StoppedError(unreachable(error), Ending.UNAVAILABLE)
    return StoppedError(f"could not {what}: {error}")


def _action_of(error: botocore_errors.ClientError) -> str:
    """The right that AWS itself names as the one that is missing; empty if it names none."""
    named = _NAMED.search(error.response.get("Error", {}).get("Message", ""))
    return "" if named is None else named[1]


def _answered(what: str, action: str, error: botocore_errors.ClientError) -> StoppedError:
    """What an error that a service has answered with means."""
    code = code_of(error)
    if code in DENIED:
        return DeniedError(_action_of(error) or action, what)
    if code in _IDENTITY:
        return StoppedError(f"the AWS credentials are not valid ({code}): {_SIGN_IN}")
    message = error.response.get("Error", {}).get("Message", "no reason given")
    temporary = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    ending = Ending.UNAVAILABLE if temporary else Ending.SETUP
    return StoppedError(f"AWS could not {what} ({code}): {message}", ending)
