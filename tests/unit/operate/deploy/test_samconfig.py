"""What samconfig.toml says, and pairs as people type them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.deploy.samconfig import pair_of, read_samconfig
from operate.endings import StoppedError
from operate.template import PROJECT, checked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with two tenants."""
    path = tmp_path / "samconfig.toml"
    path.write_text(
        """
version = 0.1
[default.global.parameters]
stack_name = "one"
[two.global.parameters]
stack_name = "two"
region = "eu-west-1"
[two.deploy.parameters]
parameter_overrides = ["TenantName=acme", 'ScheduleExpression="rate(15 minutes)"']
[three.deploy.parameters]
parameter_overrides = 'TenantName="acme three" StartFrom=P7D'
"""
    )
    return path


def test_an_environment_is_a_stack_with_its_answers(file: Path) -> None:
    """In both forms that SAM itself writes."""
    two = read_samconfig("two", file)
    three = read_samconfig("three", file)

    assert (two.stack, two.region) == ("two", "eu-west-1")
    assert two.parameters == {"TenantName": "acme", "ScheduleExpression": "rate(15 minutes)"}
    assert three.stack == "mpl-export"
    assert three.parameters == {"TenantName": "acme three", "StartFrom": "P7D"}


def test_an_environment_that_is_not_there_names_those_that_are(file: Path) -> None:
    """A typing error would deploy the defaults otherwise."""
    with pytest.raises(StoppedError, match="there is default, two, three"):
        read_samconfig("four", file)


def test_no_file_is_all_defaults(tmp_path: Path) -> None:
    """A packaged template comes without one."""
    assert read_samconfig("default", tmp_path / "none").stack == "mpl-export"


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    """With the place at which it stops making sense."""
    path = tmp_path / "samconfig.toml"
    path.write_text("[default")

    with pytest.raises(StoppedError, match=r"samconfig\.toml cannot be read"):
        read_samconfig("default", path)


def test_the_commented_example_is_a_good_one(tmp_path: Path) -> None:
    """Whoever takes its hashes away gets a stack that deploys."""
    text = (PROJECT / "samconfig.toml").read_text()
    section = text[
        text.index("# [acme-test.global.parameters]") : text.index("# --- `--config-env")
    ]
    path = tmp_path / "samconfig.toml"
    path.write_text("\n".join(line[2:] for line in section.splitlines()))

    example = read_samconfig("acme-test", path)

    assert example.stack == "mpl-export-acme-test"
    assert checked(example.parameters)["TenantName"] == "acme-test"


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("A=b", ("A", "b")),
        ("A=", ("A", "")),
        ("A=b=c", ("A", "b=c")),
        ('A="rate(1 minute)"', ("A", "rate(1 minute)")),
        ("A='b'", ("A", "b")),
    ],
)
def test_a_pair_is_taken_as_it_is_typed(text: str, pair: tuple[str, str]) -> None:
    """Shells leave quotes where people put them twice."""
    assert pair_of(text) == pair


@pytest.mark.parametrize("text", ["A", "=b", "", "-x=1"])
def test_what_is_no_pair_is_quoted(text: str) -> None:
    """So that one sees what the shell has made of it."""
    with pytest.raises(StoppedError, match="is not of the form Name=Value"):
        pair_of(text)


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    """A certificate of many lines cannot be typed."""
    (tmp_path / "ca.pem").write_text("one\ntwo\n")

    assert pair_of(f"TenantCaPem=@{tmp_path}/ca.pem") == ("TenantCaPem", "one\ntwo")
    with pytest.raises(StoppedError, match="there is no text file"):
        pair_of(f"TenantCaPem=@{tmp_path}/none")
