"""What is said where a bucket is not what it was taken for; the rest is a contract test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from operate.archive.bucket import Bucket
from operate.endings import StoppedError
from tests.support.operators.scripted_account import ScriptedAccount, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


def bucket(**answers: Any) -> Bucket:  # noqa: ANN401 - any answer
    """A bucket that answers so."""
    account = ScriptedAccount({"s3": answers})
    return Bucket(cast("S3Client", account.client("s3")), "acme-archive")


def test_a_right_that_is_missing_is_named(tmp_path: Path) -> None:
    """The caller's role lacks it; who manages the role needs its name."""
    with pytest.raises(StoppedError, match="s3:ListBucket"):
        bucket(list_objects_v2=refusal("AccessDenied")).folders("mpl/v1/")
    with pytest.raises(StoppedError, match="s3:GetObject"):
        bucket(get_object=refusal("AccessDenied")).local("mpl/v1/part", tmp_path)


def test_a_part_in_cold_storage_says_how_to_wake_it(tmp_path: Path) -> None:
    """It is there, and it cannot be read today."""
    asleep = bucket(get_object=refusal("InvalidObjectState"))

    with pytest.raises(StoppedError, match="aws s3api restore-object"):
        asleep.local("mpl/v1/part", tmp_path)
    with pytest.raises(StoppedError, match="aws s3api restore-object"):
        list(asleep.chunks("mpl/v1/part"))


def test_half_a_part_is_never_taken_for_one(tmp_path: Path) -> None:
    """A connection that broke leaves no file under the part's name."""

    class Broken:
        def read(self, _size: int) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        bucket(get_object={"Body": Broken()}).local("mpl/v1/part", tmp_path)
    assert not (tmp_path / "mpl/v1/part").exists()
