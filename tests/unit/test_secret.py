"""The secret of the stack, as Secrets Manager gives it."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber

from mpl_export.errors import AwsRefusedError, AwsUnavailableError, ServiceKeyError
from mpl_export.secret import ServiceKeySecret
from tests.support.exporter import keys
from tests.support.rights.noted_calls import stack_gives

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key-AbCdEf"
TEXT = json.dumps(keys.secret_members())


class Aws:
    """Secrets Manager as told by the test, behind the real client: no request leaves it."""

    def __init__(self) -> None:
        self.client = boto3.client(
            "secretsmanager",
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        stack_gives(TENANT="demo", SERVICE_KEY_SECRET=ARN)
        self.stub = Stubber(self.client)
        self.secret = ServiceKeySecret(self.client, ARN)

    def says(self, stage: str, **answer: object) -> None:
        """Let the next call ask for that stage and get this answer."""
        asked = {"SecretId": ARN, "VersionStage": stage}
        self.stub.add_response("get_secret_value", answer, asked)

    def refuses(self, code: str, message: str = "", status: int = 400) -> None:
        """Let the next call fail."""
        self.stub.add_client_error("get_secret_value", code, message, status)


@pytest.fixture
def aws() -> Iterator[Aws]:
    """A client that has to be asked exactly what was told."""
    told = Aws()
    with told.stub:
        yield told
        told.stub.assert_no_pending_responses()


def test_both_versions_are_read_anew_each_time(aws: Aws) -> None:
    """The owner replaces the key while containers are warm."""
    aws.says("AWSCURRENT", SecretString="one")
    aws.says("AWSCURRENT", SecretString="two")
    aws.says("AWSPREVIOUS", SecretString="one")

    assert aws.secret.current() == "one"
    assert aws.secret.current() == "two"
    assert aws.secret.previous() == "one"


def test_a_key_that_was_stored_as_binary_is_read(aws: Aws) -> None:
    """``--secret-binary fileb://key.json`` is one letter away."""
    aws.says("AWSCURRENT", SecretBinary=TEXT.encode())

    assert aws.secret.current() == TEXT


def test_binary_that_is_no_text_is_refused_without_a_trace_of_it(aws: Aws) -> None:
    """A key store, for example."""
    aws.says("AWSCURRENT", SecretBinary=b"\xfe\xed\xfe\xed secret")

    with pytest.raises(ServiceKeyError, match="binary") as caught:
        aws.secret.current()

    assert caught.value.__context__ is None


def test_a_secret_without_a_previous_version_has_none(aws: Aws) -> None:
    """It is what every new secret looks like, and no failure."""
    aws.refuses(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
    )

    assert aws.secret.previous() is None


def test_a_secret_without_any_value_says_how_to_give_it_one(aws: Aws) -> None:
    """A secret that was made by hand for the stack begins so."""
    aws.refuses(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    )

    with pytest.raises(ServiceKeyError, match="put-secret-value"):
        aws.secret.current()


@pytest.mark.parametrize("read", [ServiceKeySecret.current, ServiceKeySecret.previous])
@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
            "does not exist",
        ),
        ("AccessDeniedException", "User: x is not authorized to perform: y", "role"),
        ("AccessDeniedException", "Access to KMS is not allowed", "KMS key"),
        ("DecryptionFailure", "", "KMS key"),
        ("InvalidRequestException", "... was marked for deletion", "restore"),
    ],
)
def test_a_refusal_names_the_secret_and_the_remedy(
    aws: Aws, read: object, code: str, message: str, words: str
) -> None:
    """A role, a key policy, a deleted secret: the codes alone do not tell them apart."""
    assert callable(read)
    aws.refuses(code, message)

    with pytest.raises(AwsRefusedError) as caught:
        read(aws.secret)

    assert caught.value.code == code
    assert words in str(caught.value)
    assert ARN in str(caught.value)


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("InternalServiceError", 500)]
)
def test_what_passes_is_left_to_the_next_run(aws: Aws, code: str, status: int) -> None:
    """Nobody has to act."""
    aws.refuses(code, status=status)

    with pytest.raises(AwsUnavailableError):
        aws.secret.current()
