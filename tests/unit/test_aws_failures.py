"""What each error of botocore means, and what an operator does about it."""

import pytest
from botocore import exceptions as botocore_errors

from mpl_export.aws import aws_errors
from mpl_export.aws_failures import error_code
from mpl_export.errors import AwsRefusedError, AwsUnavailableError
from tests.unit.aws_errors import service_error


def told(error: Exception) -> Exception:
    """What comes out of ``aws_errors`` when this goes in."""
    with pytest.raises(Exception) as caught, aws_errors("read", "the bucket"):  # noqa: PT011
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("AccessDenied", 403, "role"),
        ("AccessDeniedException", 400, "role"),
        ("403", 403, "role"),
        ("InvalidObjectState", 403, "restore it in S3"),
        ("NoSuchBucket", 404, "does not exist"),
        ("ResourceNotFoundException", 400, "does not exist"),
        ("KMS.DisabledException", 400, "KMS key"),
        ("KMS.NotFoundException", 400, "KMS key"),
        ("DecryptionFailure", 400, "KMS key"),
        ("ExpiredToken", 400, "credentials"),
        ("InvalidAccessKeyId", 403, "credentials"),
        ("RequestTimeTooSkewed", 403, "clock"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, status: int, words: str) -> None:
    """Whoever reads the alarm has to know which of a handful of things to change."""
    error = told(service_error(code, status=status))

    assert isinstance(error, AwsRefusedError)
    assert error.code == code
    assert words in str(error)
    assert "read the bucket" in str(error)
    assert isinstance(error.__cause__, botocore_errors.ClientError)


@pytest.mark.parametrize(
    "message",
    [
        "User: arn:aws:sts::1:assumed-role/x is not authorized to perform: kms:Decrypt on this",
        "Access to KMS is not allowed",
    ],
)
def test_a_refusal_by_kms_is_told_from_one_by_the_service(message: str) -> None:
    """S3 and Secrets Manager say AccessDenied for both, and the remedies differ."""
    error = told(service_error("AccessDeniedException", message=message))

    assert "KMS key" in str(error)


def test_a_bucket_called_kms_is_not_taken_for_the_service() -> None:
    """Names of roles and buckets stand in the same text."""
    message = "x is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::kms-archive"

    error = told(service_error("AccessDenied", status=403, message=message))

    assert "role" in str(error)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SlowDown", 503),
        ("ThrottlingException", 400),
        ("KMS.ThrottlingException", 400),
        ("ProvisionedThroughputExceededException", 400),
        ("TooManyRequestsException", 429),
        ("RequestTimeout", 400),
        ("InternalServiceError", 500),
        ("SomethingThatDoesNotExistYet", 502),
    ],
)
def test_what_passes_by_itself_is_left_to_the_next_run(code: str, status: int) -> None:
    """A throttled call must not send an operator looking for a fault."""
    error = told(service_error(code, status=status))

    assert isinstance(error, AwsUnavailableError)
    assert code in str(error)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ConditionalCheckFailedException", 400),
        ("PreconditionFailed", 412),
        ("ConditionalRequestConflict", 409),
        ("NoSuchKey", 404),
        ("ValidationException", 400),
    ],
)
def test_answers_of_a_protocol_and_our_own_bugs_go_through(code: str, status: int) -> None:
    """A lost race is an answer the caller waits for; a malformed request is a bug to be seen."""
    error = service_error(code, status=status)

    assert told(error) is error


def test_every_failure_of_the_network_is_temporary() -> None:
    """The list is the SDK's own: a class that a new version adds is found here."""
    network = [
        kind
        for kind in vars(botocore_errors).values()
        if isinstance(kind, type)
        and issubclass(kind, botocore_errors.ConnectionError | botocore_errors.HTTPClientError)
    ]

    assert len(network) >= 9
    for kind in network:
        error = told(kind(endpoint_url="https://s3", proxy_url="https://p", error=OSError()))
        assert isinstance(error, AwsUnavailableError), kind


@pytest.mark.parametrize(
    "error", [botocore_errors.NoCredentialsError(), botocore_errors.NoRegionError()]
)
def test_a_machine_that_is_not_set_up_is_an_operators_matter(
    error: botocore_errors.BotoCoreError,
) -> None:
    """To try again would not find credentials either."""
    assert isinstance(told(error), AwsRefusedError)


def test_our_own_errors_go_through() -> None:
    """The mapping must not hide what was raised on purpose below it."""
    error = AwsUnavailableError("as it was")

    assert told(error) is error


@pytest.mark.parametrize(("code", "expected"), [("AccessDenied", "AccessDenied"), ("", "403")])
def test_an_error_without_a_code_is_called_by_its_status(code: str, expected: str) -> None:
    """A HEAD request has no body that could name one."""
    error = service_error(code, status=403)

    assert isinstance(error, botocore_errors.ClientError)
    assert error_code(error) == expected
