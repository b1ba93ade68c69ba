"""The demo that stays open: what it hands out, to whom, and that nothing of it stays."""

from __future__ import annotations

import json
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from operate.demo.keeping import handed_out
from operate.demo.tenants import RealTenant, SimulatedTenant
from operate.emulated.emulator import REGION, Emulator
from operate.endings import StoppedError
from operate.key_check import read_key_file

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = "http://127.0.0.1:4566"


@pytest.fixture
def aws(tmp_path: Path) -> Emulator:
    """An emulated AWS by its address; nothing here asks it."""
    home = tmp_path / "aws home"
    home.mkdir()
    return Emulator(
        endpoint_url=ENDPOINT,
        region=REGION,
        ca_bundle=None,
        pid=0,
        home=home,
        log=home / "log",
    )


def test_a_shell_that_reads_the_environment_means_the_emulated_aws(
    aws: Emulator, tmp_path: Path
) -> None:
    """Even one that is signed in to an account, where a mistyped command would cost something."""
    folder = tmp_path / "demo"
    with handed_out(aws, RealTenant("{}"), folder):
        shown = subprocess.run(
            ["bash", "-c", f". '{folder}/env' && env"],
            env={"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "t", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()

    found = dict(line.split("=", 1) for line in shown if line.startswith("AWS_"))
    assert found["AWS_ENDPOINT_URL"] == ENDPOINT
    assert found["AWS_REGION"] == REGION
    assert found["AWS_CONFIG_FILE"].endswith("aws home/empty")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & found.keys()


def test_a_simulated_tenant_hands_out_a_key_that_works_and_one_that_has_ended(
    aws: Emulator, tmp_path: Path
) -> None:
    """The second is for seeing what the doctor says; both are gone with the demo."""
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "left-over").write_text("of a demo that was killed")
    with SimulatedTenant.open() as tenant, handed_out(aws, tenant, folder):
        assert {each.name for each in folder.iterdir()} == {
            "env",
            "key.json",
            "ended-key.json",
            "ca.pem",
        }
        assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
        assert "https://127.0.0.1" in read_key_file(folder / "key.json").seen
        with pytest.raises(StoppedError, match="expired on"):
            read_key_file(folder / "ended-key.json")

    assert not folder.exists()


def test_nothing_of_a_real_key_is_written(aws: Emulator, tmp_path: Path) -> None:
    """It goes into the memory of the emulated AWS and nowhere else."""
    folder = tmp_path / "demo"
    with handed_out(aws, RealTenant(json.dumps({"key": "its-own"})), folder):
        assert [each.name for each in folder.iterdir()] == ["env"]
        assert "its-own" not in (folder / "env").read_text()


def test_what_was_handed_out_goes_however_it_ends(aws: Emulator, tmp_path: Path) -> None:
    """Ctrl-C is the usual way."""
    folder = tmp_path / "demo"
    with pytest.raises(KeyboardInterrupt), handed_out(aws, RealTenant("{}"), folder):
        raise KeyboardInterrupt

    assert not folder.exists()
