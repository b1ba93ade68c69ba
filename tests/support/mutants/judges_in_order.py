"""A plugin for pytest in mutmut's copy: the quickest tests judge first, and the slow ones apart.

Most mutants end within milliseconds.  The few that survive all quick tests are handed to the slow
ones by a second run, but those that are known to survive are spared it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

SLOW_TOO: Final = "MUTANTS_SLOW_TESTS_TOO"

_SLOW_SECONDS: Final = 1.0
_MEASURED: Final = Path("mutmut-stats.json")


def pytest_configure(config: pytest.Config) -> None:
    """Run all cases of each test that is asked for.

    mutmut asks for cases by the names they had in another process, and some names are made of odd
    bytes.  What is not found ends the judging of a mutant before it has begun.
    """
    config.args = list(dict.fromkeys(name.partition("[")[0] for name in config.args))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by how long each took; until that is known, their order stays."""
    if not _MEASURED.exists():
        return
    measured: dict[str, float] = json.loads(_MEASURED.read_text())["duration_by_test"]
    items.sort(key=lambda item: (measured.get(item.nodeid, 0.0), item.nodeid))
    if SLOW_TOO not in os.environ:
        quick = [item for item in items if measured.get(item.nodeid, 0.0) < _SLOW_SECONDS]
        items[:] = quick or items
