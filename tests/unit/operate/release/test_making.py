"""A release is complete, and its sums say so."""

from __future__ import annotations

import compileall
import hashlib
import re
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
import yaml

from mpl_export import __version__
from operate.release.making import SUMS, make, quick_create
from operate.template import PROJECT, _Loader

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Code as `sam build` makes it, but for the size of the layers."""
    shutil.copytree(
        PROJECT / "functions" / "mpl_export",
        tmp_path / "build" / "Exporter" / "mpl_export",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    compileall.compile_dir(tmp_path / "build" / "Exporter", quiet=2)
    for layer in ("DependenciesX86", "DependenciesArm"):
        cache = tmp_path / "build" / layer / "python" / "__pycache__"
        cache.mkdir(parents=True)
        (cache / "orjson.cpython-313.pyc").write_bytes(layer.encode())
    return tmp_path / "build"


def test_every_file_that_the_template_wants_is_there_with_its_sum(
    build: Path, tmp_path: Path
) -> None:
    """Whoever installs it checks the sums, copies the folder, and opens the template."""
    target = tmp_path / "release"
    (target).mkdir()
    (target / "sbom.cdx.json").write_text("{}")

    files = make(build, target)

    template = yaml.load((target / "template.yaml").read_text(), Loader=_Loader)  # noqa: S506
    keys = re.findall(r"Key: (\S+)\}", (target / "template.yaml").read_text())
    assert template["Metadata"]["MplExport"] == {"Release": __version__}
    assert template["Parameters"]["CodeBucket"]
    assert {key.removeprefix(f"mpl-export/{__version__}/") for key in keys} <= {
        path.name for path in files
    }
    sums = dict(line.split("  ")[::-1] for line in (target / SUMS).read_text().splitlines() if line)
    assert sums == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in target.iterdir()
        if path.name != SUMS
    }
    assert {"sbom.cdx.json", "LICENSE", "INSTALL.md", "CHANGELOG.md"} <= sums.keys()


def test_who_installs_by_hand_does_what_make_deploy_does(build: Path, tmp_path: Path) -> None:
    """Mails that a scanner can end, a key left on a disk, a table that one click deletes."""
    make(build, tmp_path / "release")

    text = (tmp_path / "release" / "INSTALL.md").read_text()

    assert "--authenticate-on-unsubscribe true" in text
    assert "rm key.json" in text
    assert "--deletion-protection-enabled" in text


def test_what_is_packed_is_the_package_with_its_release(build: Path, tmp_path: Path) -> None:
    """The one place that tells the release is in the artefact."""
    make(build, tmp_path / "release")

    with zipfile.ZipFile(tmp_path / "release" / "functions.zip") as archive:
        names = archive.namelist()
        source = archive.read("mpl_export/__init__.py")

    assert f'__version__ = "{__version__}"'.encode() in source
    sources = len(list((PROJECT / "functions").rglob("*.py")))
    assert sum(name.endswith(".py") for name in names) == sources
    assert sum(name.endswith(".pyc") for name in names) == sources
    assert len(names) == 2 * sources


@pytest.mark.parametrize("part", ["DependenciesArm", "Exporter"])
def test_code_that_is_not_compiled_is_not_released(build: Path, tmp_path: Path, part: str) -> None:
    """It would work, and start up to a second later at every cold start."""
    for path in (build / part).rglob("*.pyc"):
        path.unlink()

    with pytest.raises(ValueError, match=rf"{part} is not compiled: it takes Python 3\.13"):
        make(build, tmp_path / "release")


def test_the_quick_start_is_an_address_of_the_console() -> None:
    """With what CloudFormation takes from an address."""
    link = quick_create("1.2.3", "eu-central-1", "code", TenantName="acme")

    assert link.startswith("https://eu-central-1.console.aws.amazon.com/cloudformation/home?")
    assert "templateURL=https://code.s3.eu-central-1.amazonaws.com/mpl-export/1.2.3/" in link
    assert link.endswith("stackName=mpl-export&param_CodeBucket=code&param_TenantName=acme")
