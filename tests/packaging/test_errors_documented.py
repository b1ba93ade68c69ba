"""The runbook's table of errors knows every error that a run can end with."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING

import mpl_export
from mpl_export.errors import ExportError
from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW = re.compile(r"^\| ((?:`[A-Za-z.]+`(?:, )?)+) \| ", re.MULTILINE)


def test_every_error_stands_in_the_table_and_nothing_else_of_ours() -> None:
    """Lambda's log names the class; who looks it up has to find a line that says who acts."""
    named = set(re.findall(r"`(\w+Error)`", "".join(_ROW.findall(_section()))))

    assert named == {kind.__name__ for kind in _all_of(ExportError)}


def test_no_error_has_two_lines_that_may_differ() -> None:
    """Two lines once told to do two things about the same error."""
    named = re.findall(r"`([\w.]+)`", "".join(_ROW.findall(_section())))

    assert sorted(named) == sorted(set(named))


def _section() -> str:
    runbook = (PROJECT / "docs" / "alarms.md").read_text()
    return runbook.partition("## Export fails")[2].partition("\n## ")[0]


def _all_of(kind: type[ExportError]) -> Iterator[type[ExportError]]:
    """Every error of the package, wherever it is defined."""
    for module in pkgutil.walk_packages(mpl_export.__path__, "mpl_export."):
        importlib.import_module(module.name)
    for each in kind.__subclasses__():
        if each.__module__.startswith("mpl_export"):
            yield each
            yield from _all_of(each)
