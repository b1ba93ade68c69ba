"""A module is found from its test, and a test from its module."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import pytest

from tests.packaging.template import PROJECT

_UNIT: Final = PROJECT / "tests" / "unit"
_CONTRACT: Final = PROJECT / "tests" / "contract"
_PLACES: Final = {
    PROJECT / "functions" / "mpl_export": _UNIT,
    PROJECT / "operate": _UNIT / "operate",
    PROJECT / "tests" / "bench": _UNIT / "bench",
}
# The simulated tenant is tried by what it answers, as a product: feature by feature.
_BY_FEATURE: Final = {_UNIT / "operate" / "sap_tenant"}
_THROUGH: Final[dict[str, str]] = tomllib.loads(
    (PROJECT / "tests" / "packaging" / "tested_through.toml").read_text()
)["tested_through"]

# The longest that a module may be.
LONGEST: Final = 250


def modules() -> list[Path]:
    """Every module that does something by itself."""
    return [
        path
        for place in (PROJECT / "functions" / "mpl_export", PROJECT / "operate")
        for path in sorted(place.rglob("*.py"))
        if path.name not in {"__init__.py", "__main__.py"}
    ]


def own_tests(module: Path) -> list[Path]:
    """The test files of a module's name: of its rules, and of what a store does with it."""
    for place, tests in _PLACES.items():
        if module.is_relative_to(place):
            name = f"{module.relative_to(place).parent}/test_{module.stem}.py"
            contract = _CONTRACT / tests.relative_to(_UNIT) / name
            return [test for test in (tests / name, contract) if test.exists()]
    return []


def dotted(module: Path) -> str:
    """The name by which a module is imported."""
    base = PROJECT / "functions" if "functions" in module.parts else PROJECT
    return ".".join(module.relative_to(base).with_suffix("").parts)


def named_after(test: Path) -> list[Path]:
    """The modules that a test file is named after, alone or with an aspect behind it."""
    stem = test.stem.removeprefix("test_")
    found = []
    for place, tests in _PLACES.items():
        if test.is_relative_to(tests):
            folder = place / test.relative_to(tests).parent
            found += [
                path
                for path in (*folder.glob("*.py"), *folder.glob("*/"), place / folder.stem)
                if stem == path.stem or stem.startswith(f"{path.stem}_")
            ]
    return found


@pytest.mark.parametrize(
    "test",
    [
        path
        for path in sorted(_UNIT.rglob("test_*.py"))
        if not any(path.is_relative_to(folder) for folder in _BY_FEATURE)
    ],
    ids=lambda path: path.stem,
)
def test_a_unit_test_is_named_after_its_module(test: Path) -> None:
    """When it is red, its name says where to look."""
    assert named_after(test) or test.stem in _OTHERS


_OTHERS: Final = {
    "test_noted_calls",  # of tests/support/rights
    "test_masks",  # where masks act in the exporter
    "test_verdicts",  # what verify concludes as a whole
    "test_wrong_files",  # what a user names by mistake, in every command that takes a file
    "test_a_day",  # three teams' day, as each received it
}


@pytest.mark.parametrize("module", modules(), ids=dotted)
def test_a_module_has_a_test_of_its_name(module: Path) -> None:
    """Or is listed with the test that tries it through another one."""
    through = _THROUGH.get(module.relative_to(PROJECT).as_posix())

    if own_tests(module):
        assert through is None, "it has a test of its own: take it off tested_through.toml"
    else:
        assert through, f"write the unit test file of {dotted(module)}"
        assert not Path(through).is_absolute(), f"{through}: only this machine has it"
        assert (PROJECT / through).exists(), through


def test_the_list_of_exceptions_holds_nothing_that_is_gone() -> None:
    """It only gets shorter."""
    assert [path for path in _THROUGH if not (PROJECT / path).exists()] == []


@pytest.mark.parametrize("module", modules(), ids=dotted)
def test_a_module_is_read_in_one_go(module: Path) -> None:
    """What is longer does more than one thing."""
    lines = len(module.read_text().splitlines())

    assert lines <= LONGEST, "split it where there is a seam"
