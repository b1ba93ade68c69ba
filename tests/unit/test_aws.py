"""Clients of AWS: what they say of us, and which of their errors the doctor lets through."""

from typing import Any

import pytest
from botocore import exceptions as botocore_errors

from mpl_export import __version__
from mpl_export.aws import client, every_aws_error
from mpl_export.errors import AwsRefusedError
from tests.unit.aws_errors import service_error


def test_aws_is_told_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudTrail shows the product and its release beside each call."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    asked: list[str] = []
    s3 = client("s3")

    def hear(request: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        asked.append(request.headers["User-Agent"].decode())
        raise ConnectionAbortedError

    s3.meta.events.register("before-send.s3", hear)
    with pytest.raises(ConnectionAbortedError):
        s3.head_bucket(Bucket="bucket")

    assert asked[0].startswith(f"mpl-export/{__version__} Botocore/")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("PermanentRedirect", "another region"),
        ("AuthorizationHeaderMalformed", "another region"),
        ("InvalidBucketName", "does not take the call as it is"),
        ("AccessDenied", "grant the function's role"),
    ],
)
def test_the_doctor_lets_no_error_of_aws_through(code: str, words: str) -> None:
    """What a run would take for a bug is a set-up that is wrong, when somebody looks for one."""
    with pytest.raises(AwsRefusedError, match=words), every_aws_error("use", "the bucket"):
        raise service_error(code)


def test_the_doctor_names_an_error_without_an_answer_by_its_kind() -> None:
    """Such as a name that no SDK would send."""
    with pytest.raises(AwsRefusedError, match="ParamValidationError"), every_aws_error("use", "b"):
        raise botocore_errors.ParamValidationError(report="bad name")
