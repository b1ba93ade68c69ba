"""Every command that a document tells people to type exists, and something runs it."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from operate.command import cli
from tests.packaging.documents import DOCUMENTS, Command, commands
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

# By the beginning of a command line: where something runs it, and the text that shows it.
RUN_BY: Final = {
    "make test": (".ci/run", "make test"),
    "make e2e": (".ci/run", "make e2e"),
    "make check": (".ci/run", "make check"),
    "make checkov": (".ci/run", "make checkov"),
    "make bench-check": (".ci/run", "make bench-check"),
    "make demo": ("tests/e2e/test_first_hour.py", '"demo", "--keep"'),
    "make drill": ("tests/e2e/test_first_hour.py", '"drill"'),
    "make tenant": ("tests/e2e/test_first_hour.py", '"tenant", "--json"'),
    "make cost": ("tests/packaging/test_cost.py", "bills()"),
    "make release": (".ci/run", "make release-check"),
    "make release-check": (".ci/run", "make release-check"),
    "make quick": ("tests/packaging/test_documented_commands.py", "test_quick_is_a_part_of_what"),
    "make erase": ("tests/integration/test_erase.py", 'main(["erase", *given'),
    "make verify": ("tests/integration/test_tamper_matrix.py", '"verify", "--json"'),
    "python3 -c": ("tests/unit/sealing/test_signing.py", '"docs" / "proof.md"'),
    "cut -d": ("tests/unit/sealing/test_signing.py", '"docs" / "proof.md"'),
    "{ printf": ("tests/unit/sealing/test_signing.py", '"docs" / "proof.md"'),
    "openssl dgst": ("tests/unit/sealing/test_signing.py", '"docs" / "proof.md"'),
    "sam build": ("Makefile", "$(SAM) build"),
    "sam local invoke": ("tests/support/operators/local_invoke.py", "world.invoke_arguments("),
}
# Pages whose blocks a test carries out one by one.
CARRIED_OUT: Final = {"leaving.md": "tests/e2e/test_leaving.py"}
_TARGETS: Final = re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
_ALL: Final = [each for document in DOCUMENTS for each in commands(document)]


def test_there_are_commands_to_look_at() -> None:
    """A pattern that finds none would hold nothing."""
    assert len(_ALL) >= 20


@pytest.mark.parametrize(
    "command", _ALL, ids=lambda command: f"{command.document}: {command.text[:40]}"
)
def test_a_command_is_run_by_something_or_says_why_not(command: Command) -> None:
    """What nobody runs is wrong within a month."""
    if command.marked:
        return
    if command.document in CARRIED_OUT:
        assert command.document in (PROJECT / CARRIED_OUT[command.document]).read_text()
        return
    runners = [by for start, by in RUN_BY.items() if f"{command.text} ".startswith(f"{start} ")]

    assert runners or _by_a_test(command), f"no test calls it, and it is not marked: {command.text}"
    for path, text in runners:
        assert text in (PROJECT / path).read_text(), (path, text)


def _by_a_test(command: Command) -> bool:
    """Whether it is a command of the operators' tool, and a test calls it by its words."""
    called = re.match(r"(?:make|.*-m operate) (\w+)", command.text)
    return called is not None and called[1] in cli.commands and f'["{called[1]}"' in _all_tests()


@cache
def _all_tests() -> str:
    return "".join(path.read_text() for path in (PROJECT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_command_that_a_document_names_is_there(document: Path) -> None:
    """In a sentence, too."""
    text = document.read_text()
    targets = set(re.findall(r"(?:^|`)make ([a-z0-9-]+)\b", text, re.MULTILINE))
    operated = set(re.findall(r"-m operate ([a-z]\w*)", text))

    assert targets <= set(_TARGETS), document.name
    assert operated <= set(cli.commands)


def test_no_target_is_there_twice() -> None:
    """Make takes the last one, and only warns."""
    assert sorted(set(_TARGETS)) == sorted(_TARGETS)


@pytest.mark.parametrize("target", dict.fromkeys(_TARGETS))
def test_a_target_of_make_calls_what_exists(target: str) -> None:
    """A dry run: its recipe is spelled out, and the modules and files that it calls are there."""
    make = shutil.which("make")
    assert make
    recipe = subprocess.run(  # our own Makefile
        [make, "--dry-run", target],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert recipe.returncode == 0, recipe.stdout
    for module in re.findall(r"python -m ([\w.]+)", recipe.stdout):
        assert importlib.util.find_spec(module), module
    for path in re.findall(r"(?<![\w.-])((?:requirements|tests|\.ci)/[\w/.-]+)", recipe.stdout):
        assert (PROJECT / path).exists(), path


def test_quick_is_a_part_of_what_check_and_test_do() -> None:
    """So what runs these has run it."""
    recipes = dict(
        re.findall(
            r"^([a-z0-9-]+):.*\n((?:\t.*\n)+)", (PROJECT / "Makefile").read_text(), re.MULTILINE
        )
    )
    quick = [line for line in recipes["quick"].splitlines() if "pytest" not in line]

    assert set(quick) <= set(recipes["check"].splitlines())
    assert "tests/unit" in recipes["test"]
