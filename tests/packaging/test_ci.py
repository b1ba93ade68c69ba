"""The runner of CI: each of its steps exists.  Nothing else tries it before a commit is judged."""

import re
from pathlib import Path

import pytest

from tests.packaging.template import PROJECT

_RUN = (PROJECT / ".ci" / "run").read_text()
_TARGETS = re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
STEPS = [line.split("' ", 1)[1].split() for line in re.findall(r"^step '.*$", _RUN, re.MULTILINE)]


def test_it_has_steps() -> None:
    """A pattern that finds none would hold nothing."""
    assert len(STEPS) >= 10


@pytest.mark.parametrize("step", STEPS, ids=" ".join)
def test_a_step_calls_what_is_there(step: list[str]) -> None:
    """A target of make, or a function of the runner."""
    command, *arguments = step
    if command == "make":
        assert arguments[0] in _TARGETS
    else:
        assert re.search(rf"^{command}\(\) {{$", _RUN, re.MULTILINE), command


def test_what_the_runner_counts_is_what_there_is() -> None:
    """A kind of test that nobody counts could vanish."""
    kinds = re.search(r"KINDS = \((.*)\)", (PROJECT / ".ci" / "nothing_left_out.py").read_text())
    assert kinds is not None
    counted = set(re.findall(r'"([a-z0-9]+)"', kinds[1]))
    there = {path.relative_to(PROJECT / "tests").parts[0] for path in _tests()}

    assert there == counted


def _tests() -> list[Path]:
    return sorted((PROJECT / "tests").rglob("test_*.py"))
