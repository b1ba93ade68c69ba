"""Clients of AWS with bounded waits, and the errors of AWS turned into ours, for every AWS module.

What each error means stands in ``aws_failures``.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Literal, overload

from botocore import __version__ as botocore_version
from botocore import exceptions as botocore_errors
from botocore.config import Config
from botocore.handlers import add_expect_header
from botocore.session import Session

from mpl_export import __version__
from mpl_export.aws_failures import advice_on_odd, error_code, in_our_words
from mpl_export.aws_time import CONNECT_SECONDS, READ_SECONDS
from mpl_export.errors import AwsRefusedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient

    type _Client = (
        DynamoDBClient | EventBridgeClient | KMSClient | S3Client | SecretsManagerClient | SNSClient
    )

_ATTEMPTS = 4
_CONNECTIONS = 10

_USER_AGENT = f"mpl-export/{__version__} Botocore/{botocore_version}"
"""Short, because the SDK makes its long one anew for each call, a sixth of what that takes."""

_UNCHECKED = frozenset({"events"})
"""A storm is a thousand calls of PutEvents, whose entries have one shape: none is checked."""


@overload
def client(service: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(service: Literal["kms"]) -> "KMSClient": ...
@overload
def client(service: Literal["s3"]) -> "S3Client": ...
@overload
def client(service: Literal["secretsmanager"]) -> "SecretsManagerClient": ...
@overload
def client(service: Literal["events"], *, connections: int) -> "EventBridgeClient": ...
@overload
def client(service: Literal["sns"]) -> "SNSClient": ...
def client(
    service: Literal["dynamodb", "events", "kms", "s3", "secretsmanager", "sns"],
    *,
    connections: int = _CONNECTIONS,
) -> "_Client":
    """Make a client whose every wait is bounded; to make one takes tens of ms, so keep it.

    Threads may share the client, but one of them has to make it: the SDK's session is not safe.
    The SDK tries an attempt that was throttled or failed again with growing, jittered waits, four
    attempts in all.

    Args:
        connections: How many are kept for threads that call at a time.
    """
    _silence_bodies()
    made: _Client = session().create_client(  # type: ignore[assignment]
        service,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            tcp_keepalive=True,
            max_pool_connections=connections,
            user_agent=_USER_AGENT,
            parameter_validation=service not in _UNCHECKED,
        ),
    )
    # To wait for "100 Continue" would cost a journey for each part, to spare few a body of 1 MB.
    made.meta.events.unregister("before-call.s3", add_expect_header)
    return made


@cache
def session() -> Session:
    """The session of this process, from which its clients are made.

    Not boto3's, which is the same and takes 50 ms more to import, for what is not used here.
    """
    return Session()


def _silence_bodies() -> None:
    """Keep botocore from logging bodies, whatever level the root logger was given.

    At DEBUG it logs every answer whole, the service key out of Secrets Manager too, and Lambda sets
    the root logger's level by a mere setting of the function.
    """
    log = logging.getLogger("botocore")
    log.setLevel(max(log.getEffectiveLevel(), logging.INFO))


@contextmanager
def aws_errors(action: str, resource: str) -> Iterator[None]:
    """Turn what botocore raises inside the ``with`` into our errors.

    Answers that are part of a protocol (a failed condition, a missing object) and requests that
    are malformed go through as they are: the caller handles the first by name, and the second are
    bugs.

    Args:
        action: What was tried, as the rest of "to ...", such as ``read``.
        resource: What it was tried on, such as ``the secret arn:...``; stands in the message.

    Raises:
        AwsRefusedError: The role, a KMS key, the credentials or a missing resource stand in the
            way; the message says what to do.
        AwsUnavailableError: Throttled, failed or not reached, after all attempts of the SDK.
    """
    try:
        yield
    except (botocore_errors.ClientError, botocore_errors.BotoCoreError) as error:
        ours = in_our_words(error, action, resource)
        if ours is None:
            raise
        raise ours from error


@contextmanager
def every_aws_error(action: str, resource: str) -> Iterator[None]:
    """As ``aws_errors``, but lets no error through, as the doctor wants it.

    Raises:
        AwsRefusedError, AwsUnavailableError: As there; what goes through there is refused here.
    """
    try:
        with aws_errors(action, resource):
            yield
    except (botocore_errors.ClientError, botocore_errors.BotoCoreError) as error:
        code = (
            error_code(error)
            if isinstance(error, botocore_errors.ClientError)
            else type(error).__name__
        )
        raise AwsRefusedError(action, resource, code, advice_on_odd(code)) from error
