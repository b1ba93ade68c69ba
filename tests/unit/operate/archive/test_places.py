"""What is said where an archive is not what it was taken for; the rest is a contract test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from operate.archive.places import Bucket, Folder, tenant_in
from operate.endings import StoppedError
from tests.support.operators.scripted_account import ScriptedAccount, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


def bucket(**answers: Any) -> Bucket:  # noqa: ANN401 - any answer
    """A bucket that answers so."""
    account = ScriptedAccount({"s3": answers})
    return Bucket(cast("S3Client", account.client("s3")), "acme-archive")


def test_several_tenants_have_to_be_told_apart(tmp_path: Path) -> None:
    """A report about two tenants would be about neither."""
    for name in ("acme", "beta"):
        (tmp_path / f"mpl/v1/tenant={name}").mkdir(parents=True)

    with pytest.raises(StoppedError, match=r"name one by --tenant \(there is acme, beta\)"):
        tenant_in(Folder.open(tmp_path), None)
    assert tenant_in(Folder.open(tmp_path), "beta") == "beta"


def test_an_empty_archive_says_that_it_is_empty(tmp_path: Path) -> None:
    """A new stack has not exported anything yet."""
    (tmp_path / "mpl/v1").mkdir(parents=True)

    with pytest.raises(StoppedError, match="it holds no part of any tenant yet"):
        tenant_in(Folder.open(tmp_path), None)


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


def test_half_a_part_is_never_taken_for_one(tmp_path: Path) -> None:
    """A connection that broke leaves no file under the part's name."""

    class Broken:
        def read(self, _size: int) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        bucket(get_object={"Body": Broken()}).local("mpl/v1/part", tmp_path)
    assert not (tmp_path / "mpl/v1/part").exists()
