"""Clients of AWS with bounded waits, and the errors of AWS turned into ours, for every AWS module.

Which errors of botocore mean what was read from its source: service errors are ``ClientError`` with
the service's own code, everything else derives from ``BotoCoreError``.
"""

import logging
import re
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
from mpl_export.aws_time import CONNECT_SECONDS, READ_SECONDS, NoTimeLeftError
from mpl_export.errors import AwsRefusedError, AwsUnavailableError, ExportError

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

_GRANT = "grant the function's role this action on it, or deploy the stack again"
_KMS = (
    "the KMS key does not serve this role: allow it in the key's policy, name the key in the "
    "stack's parameters, and see that the key is enabled"
)
_FROZEN = (
    "it lies in an archive storage class: restore it in S3, and take the transition out of the "
    "bucket's lifecycle, because parts are read again"
)
_MISSING = "it does not exist: deploy the stack again, or correct the parameter that names it"
_IDENTITY = "the credentials are not valid: inside Lambda invoke again, elsewhere sign in again"
_CLOCK = "this machine's clock is wrong: set it"
_REGION = "it lies in another region: the stack has to be deployed where it is"
_ODD = "AWS does not take the call as it is: correct the parameter that names it, or report this"

_DENIED_CODES = frozenset(
    {
        "401",
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationError",
        "NotAuthorized",
        "UnauthorizedOperation",
    }
)
MISSING_CODES = frozenset(
    {"404", "NoSuchBucket", "NotFound", "ResourceNotFoundException", "TableNotFound"}
)
_IDENTITY_CODES = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
REGION_CODES = frozenset(
    {
        "301",
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
        "PermanentRedirect",
    }
)
_SPEAKS_OF_KMS = re.compile(r"\bkms:[A-Z]|\bKMS\b")
_CLOCK_CODES = frozenset({"RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed"})
_KMS_CODES = frozenset({"DecryptionFailure", "EncryptionFailure", "KMSAccessDeniedException"})
_TEMPORARY_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "LimitExceededException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_NO_CREDENTIALS = (
    botocore_errors.CredentialRetrievalError,
    botocore_errors.NoCredentialsError,
    botocore_errors.PartialCredentialsError,
)
_NO_CONNECTION = (
    botocore_errors.ChecksumError,
    botocore_errors.ConnectionError,
    botocore_errors.FlexibleChecksumError,
    botocore_errors.HTTPClientError,
    botocore_errors.IncompleteReadError,
    botocore_errors.MetadataRetrievalError,
    NoTimeLeftError,
)


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
        ours = _in_our_words(error, action, resource)
        if ours is None:
            raise
        raise ours from error


@contextmanager
def every_aws_error(action: str, resource: str) -> Iterator[None]:
    """As ``aws_errors``, for whoever wants no error to go through: the doctor.

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
        advice = _REGION if code in REGION_CODES else _ODD
        raise AwsRefusedError(action, resource, code, advice) from error


def error_code(error: botocore_errors.ClientError) -> str:
    """The service's own code, such as ``AccessDenied``; the HTTP status where it named none."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response.get("Error", {}).get("Code", "") or str(status)


def _in_our_words(
    error: botocore_errors.ClientError | botocore_errors.BotoCoreError, action: str, resource: str
) -> ExportError | None:
    """Our error for it; None if it goes through."""
    if isinstance(error, botocore_errors.ClientError):
        code = error_code(error)
        if _is_temporary(error, code):
            return _unavailable(action, resource, code)
        advice = _advice(error, code)
        return None if advice is None else AwsRefusedError(action, resource, code, advice)
    name = type(error).__name__
    if isinstance(error, _NO_CREDENTIALS):
        return AwsRefusedError(action, resource, name, _IDENTITY)
    if isinstance(error, botocore_errors.NoRegionError):
        return AwsRefusedError(action, resource, name, "no region is set: set AWS_REGION")
    return _unavailable(action, resource, name) if isinstance(error, _NO_CONNECTION) else None


def _is_temporary(error: botocore_errors.ClientError, code: str) -> bool:
    """Whether the same call may succeed later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or status in {408, 429}:
        return True
    return code.removeprefix("KMS.") in _TEMPORARY_CODES


def _advice(error: botocore_errors.ClientError, code: str) -> str | None:
    """What an operator has to do about it, most specific first; None if nothing."""
    denied = code in _DENIED_CODES
    # A denied KMS key is told by S3 and Secrets Manager as a plain AccessDenied; only the text
    # tells: "... not authorized to perform: kms:Decrypt ...", "Access to KMS is not allowed".
    of_kms = denied and _SPEAKS_OF_KMS.search(error.response.get("Error", {}).get("Message", ""))
    if of_kms or code in _KMS_CODES or code.startswith("KMS."):
        return _KMS
    if code in _IDENTITY_CODES:
        return _IDENTITY
    if code in _CLOCK_CODES:
        return _CLOCK
    if code == "InvalidObjectState":
        return _FROZEN
    if code in MISSING_CODES:
        return _MISSING
    return _GRANT if denied else None


def _unavailable(action: str, resource: str, code: str) -> AwsUnavailableError:
    return AwsUnavailableError(
        f"AWS could not {action} {resource} ({code}); the next run tries again"
    )
