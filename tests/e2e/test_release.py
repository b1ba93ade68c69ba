"""A release deploys from a bucket, without this folder, and its code runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from mpl_export import __version__
from operate.emulated import sam
from operate.emulated.deployment import deploy_stack
from operate.emulated.stack import FunctionFailedError
from operate.release.making import make
from operate.release.packaged import prefix
from operate.template import _Loader

if TYPE_CHECKING:
    from pathlib import Path

    from operate.emulated.emulator import Emulator

pytestmark = pytest.mark.emulator


def test_it_is_installed_from_a_bucket_alone(
    aws: Emulator, template: sam.LocalTemplate, tmp_path: Path
) -> None:
    """As INSTALL.md says: the files into a bucket, then a stack of the template."""
    files = make(template.path.parent, tmp_path / "release")
    s3 = aws.client("s3")
    s3.create_bucket(
        Bucket="release-code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    for path in files:
        s3.upload_file(str(path), "release-code", f"{prefix(__version__)}{path.name}")

    stack = deploy_stack(
        aws,
        sam.local_template(_in_long_form(tmp_path / "release" / "template.yaml")),
        tenant="released",
        parameters={"CodeBucket": "release-code", "ScheduleState": "DISABLED"},
    )

    # The secret holds the placeholder: the code says so, which takes all of the layer.
    with pytest.raises(FunctionFailedError, match="still the placeholder"):
        stack.invoke({})
    assert stack.invoke({"check": True})["release"] == __version__


def _in_long_form(path: Path) -> Path:
    """As `sam build` writes a template, so that what the emulator refuses can be left out."""
    content: dict[str, Any] = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506
    written = path.with_name("long.yaml")
    written.write_text(yaml.safe_dump(content, sort_keys=False))
    return written
