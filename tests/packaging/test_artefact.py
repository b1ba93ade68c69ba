"""What `sam build` made is complete, fits its processor, and starts without anything else."""

from __future__ import annotations

import platform
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.packaging.locks import LAYER, normalised, pins
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.artefact

# The layers, with the processor's number in the head of an ELF file (e_machine).
LAYERS: Final = {"DependenciesX86": 62, "DependenciesArm": 183}
FUNCTIONS: Final = ("Exporter", "Notifier")
HOST_LAYER: Final = "DependenciesArm" if platform.machine() == "aarch64" else "DependenciesX86"

MEGABYTE: Final = 1_000_000


def test_the_function_is_the_package_as_it_lies_here(built: Path) -> None:
    """Nothing is missing, nothing stale, nothing strayed in."""
    source = {
        path.relative_to(PROJECT / "functions"): path.read_bytes()
        for path in (PROJECT / "functions").rglob("*.py")
        if path.is_file() and "__pycache__" not in path.parts
    }
    shipped = {
        path.relative_to(built / "Exporter"): path.read_bytes()
        for path in (built / "Exporter").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert shipped == source
    assert {path.suffix for path in shipped} <= {".py"}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_holds_what_the_lock_names_and_nothing_else(built: Path, layer: str) -> None:
    """It was installed with --require-hashes, so the same versions are the same bytes."""
    found = {}
    for folder in (built / layer / "python").glob("*.dist-info"):
        name, _, version = folder.name.removesuffix(".dist-info").rpartition("-")
        found[normalised(name)] = version

    assert found == {name: pin.version for name, pin in pins(LAYER).items()}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_keeps_the_licences(built: Path, layer: str) -> None:
    """They demand to be passed on with the code."""
    for folder in (built / layer / "python").glob("*.dist-info"):
        assert (folder / "METADATA").exists()
        licences = [
            path
            for path in folder.rglob("*")
            if path.name.upper().startswith(("LICEN", "COPYING", "NOTICE"))
        ]
        assert licences, folder.name


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_fits_its_processor(built: Path, layer: str) -> None:
    """A library for another one fails at the first import, in the cloud."""
    machines = {int.from_bytes(head[18:20], "little") for head in _heads(built / layer, "*.so")}

    assert machines == {LAYERS[layer]}


@pytest.mark.parametrize("part", [*LAYERS, *FUNCTIONS])
def test_all_is_compiled_once_for_all_cold_starts(built: Path, part: str) -> None:
    """Lambda cannot keep what it compiles; without this a cold start takes a second longer.

    Flags of 1 say that the byte code names its source by a hash that nobody checks (PEP 552):
    time stamps do not survive the way through a zip file.
    """
    flags = {int.from_bytes(head[4:8], "little") for head in _heads(built / part, "*.pyc")}
    sources = len([*(built / part).rglob("*.py")])
    compiled = len([*(built / part).rglob("*.pyc")])

    assert flags == {1}
    assert compiled == sources


@pytest.mark.parametrize("part", [*LAYERS, *FUNCTIONS])
def test_nothing_tells_of_the_machine_that_built_it(built: Path, part: str) -> None:
    """Commands name an interpreter and byte code its place; neither belongs into an archive."""
    assert not (built / part / "python" / "bin").exists()
    here = str(PROJECT).encode()

    assert [path for path in (built / part).rglob("*.pyc") if here in path.read_bytes()] == []


def test_all_is_far_below_lambdas_limits(built: Path) -> None:
    """250 MB unzipped for a function with its layers (AWS, "Lambda quotas")."""
    for layer in LAYERS:
        assert _size(built / layer) < 100 * MEGABYTE
    assert _size(built / "Exporter") < 3 * MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="the layers are made for Linux")
def test_the_handler_starts_from_what_is_shipped_alone(built: Path) -> None:
    """No variable is set, no other package is there: importing does no I/O and needs no setting."""
    code = (
        "import sys\n"
        f"sys.path[:0] = [{str(built / 'Exporter')!r}, {str(built / HOST_LAYER / 'python')!r}]\n"
        "from mpl_export.exporter.handler import handler\n"
        "import boto3, requests\n"
        "assert callable(handler)\n"
        "print(boto3.__file__, requests.__file__)\n"
    )
    # -I: no variables and no user's packages; -S: none of this environment's either.
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", code],
        env={},
        cwd=built,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.returncode == 0, result.stderr
    for path in result.stdout.split():
        assert path.startswith(str(built / HOST_LAYER))


def _heads(folder: Path, pattern: str) -> Iterator[bytes]:
    for path in folder.rglob(pattern):
        with path.open("rb") as file:
            yield file.read(20)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_cold_start_imports_no_more_than_a_quiet_run_needs(built: Path) -> None:
    """What only some runs do is imported by them: it would cost each cold start its time."""
    unneeded = (
        "cryptography",
        "msgspec",
        "tomllib",
        "mpl_export.exporter.backfill_plan",
        "mpl_export.exporter.doctor.check",
        "mpl_export.exporter.seals",
        "mpl_export.rules.parse",
        "mpl_export.sealing.seal",
        "mpl_export.sealing.signing",
    )
    code = (
        "import sys\n"
        f"sys.path[:0] = [{str(built / 'Exporter')!r}]\n"
        "import mpl_export.exporter.handler\n"
        f"print(*[name for name in {unneeded!r} if name in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-B", "-c", code],
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert result.stdout.split() == []
