"""The template of a release names packed code in a bucket, and nothing on a disk."""

from __future__ import annotations

import pytest

from operate.release.packaged import packaged
from tests.packaging.template import PROJECT

_TEMPLATE = (PROJECT / "template.yaml").read_text()


def test_everything_that_the_template_names_is_packed_and_nothing_local_stays() -> None:
    """A path that stays would be looked for on the machine of whoever installs it."""
    release = packaged(_TEMPLATE, "9.8.7")

    assert release.built == {
        "functions.zip": "Exporter",
        "DependenciesX86.zip": "DependenciesX86",
        "DependenciesArm.zip": "DependenciesArm",
    }
    for name in (*release.built, *release.sources):
        assert f"{{Bucket: !Ref CodeBucket, Key: mpl-export/9.8.7/{name}}}" in release.text
    assert "functions/\n" not in release.text
    assert "BuildMethod" not in release.text
    assert all((PROJECT / path).exists() for path in release.sources.values())


def test_the_rest_of_the_template_stays_to_the_letter() -> None:
    """What was tested is what is released, comments included."""
    before = set(_TEMPLATE.splitlines())
    added = [line for line in packaged(_TEMPLATE, "9.8.7").text.splitlines() if line not in before]

    assert all(
        any(word in line for word in ("CodeBucket", "9.8.7", "The release", "bucket", "[a-z0-9]"))
        for line in added
    ), added


def test_a_step_function_goes_along() -> None:
    """Its definition is a file, not a folder of code."""
    machine = "  Machine:\n    Properties:\n      DefinitionUri: machines/one.asl.json\n"

    release = packaged(_TEMPLATE + machine, "9.8.7")

    assert release.sources["one.asl.json"] == "machines/one.asl.json"
    assert "DefinitionUri: {Bucket: !Ref CodeBucket, Key: mpl-export/9.8.7/one.asl.json}" in (
        release.text
    )


@pytest.mark.parametrize("missing", ["\nParameters:\n", "CodeUri: functions/"])
def test_a_template_that_is_not_understood_is_not_released(missing: str) -> None:
    """Half a release would fail at whoever installs it."""
    with pytest.raises(ValueError, match="the template"):
        packaged(_TEMPLATE.replace(missing, ""), "9.8.7")
