"""AWS's refusals, as one sentence each."""

from __future__ import annotations

import pytest
from botocore import exceptions as botocore_errors
from botocore.parsers import ResponseParserError

from operate.account import DeniedError, asking, session_of
from operate.endings import Ending, StoppedError
from tests.support.operators.scripted_account import refusal


def said(error: Exception) -> StoppedError:
    """What comes out when this goes in."""
    with pytest.raises(StoppedError) as caught, asking("sns:Subscribe", "subscribe"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("option", "environment", "expected"),
    [
        ("eu-west-1", {"AWS_REGION": "eu-central-1"}, "eu-west-1"),
        (None, {"AWS_REGION": "eu-central-1"}, "eu-central-1"),
        (None, {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-central-1"),
        (None, {"AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        (None, {"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1"),
        (None, {}, None),
    ],
)
def test_a_region_is_looked_for_where_the_aws_cli_looks(
    option: str | None,
    environment: dict[str, str],
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """boto3 alone does not read AWS_REGION, which the AWS CLI puts first."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert session_of(region=option).region_name == expected


def test_a_right_that_is_missing_is_named() -> None:
    """By AWS's own word where it has one: a call may need more than its own right."""
    message = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Decrypt on resource: y"

    plain, named = said(refusal("AccessDenied")), said(refusal("AccessDenied", message))

    assert isinstance(plain, DeniedError)
    assert plain.action == "sns:Subscribe"
    assert isinstance(named, DeniedError)
    assert named.action == "kms:Decrypt"
    assert str(named) == (
        "your credentials may not subscribe: they need kms:Decrypt; ask who manages your role"
    )


@pytest.mark.parametrize(
    ("error", "ending", "words"),
    [
        (refusal("ExpiredToken"), Ending.SETUP, "aws sso login"),
        (refusal("ValidationError", "bad name"), Ending.SETUP, "bad name"),
        (botocore_errors.NoCredentialsError(), Ending.SETUP, "no valid AWS credentials"),
        (botocore_errors.NoRegionError(), Ending.SETUP, "no region is set"),
        (botocore_errors.TokenRetrievalError(provider="sso", error_msg="x"), Ending.SETUP, "sso"),
        (
            botocore_errors.EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
            Ending.UNAVAILABLE,
            "http://127.0.0.1:9 does not answer",
        ),
        (ResponseParserError("b'<html>'"), Ending.UNAVAILABLE, "what answers is not AWS"),
        (
            botocore_errors.ClientError(
                {
                    "Error": {"Code": "InternalError", "Message": "x"},
                    "ResponseMetadata": {  # type: ignore[typeddict-item]  # all that counts
                        "HTTPStatusCode": 500
                    },
                },
                "Call",
            ),
            Ending.UNAVAILABLE,
            "InternalError",
        ),
    ],
    ids=lambda each: type(each).__name__,
)
def test_what_went_wrong_is_a_sentence_and_an_exit_code(
    error: Exception, ending: Ending, words: str
) -> None:
    """No traceback, and no name of a class alone."""
    stopped = said(error)

    assert words in str(stopped)
    assert stopped.ending is ending


def test_what_is_no_error_of_aws_goes_through() -> None:
    """A bug is to be seen as one."""
    with pytest.raises(KeyError), asking("sns:Subscribe", "subscribe"):
        raise KeyError("x")
