"""What an error of botocore means: which of ours it is, and what an operator does about it.

Read from botocore's source: service errors are ``ClientError`` with the service's own code,
everything else derives from ``BotoCoreError``.
"""

import re

from botocore import exceptions as botocore_errors

from mpl_export.aws_time import NoTimeLeftError
from mpl_export.errors import AwsRefusedError, AwsUnavailableError, ExportError

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


def error_code(error: botocore_errors.ClientError) -> str:
    """The service's own code, such as ``AccessDenied``; the HTTP status where it named none."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response.get("Error", {}).get("Code", "") or str(status)


def in_our_words(
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


def advice_on_odd(code: str) -> str:
    """What an operator has to do about an error that is none of the usual ones."""
    return _REGION if code in REGION_CODES else _ODD


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
