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


def pytest_itemcollected(item: pytest.Item) -> None:
    """Call all cases of a test by its name alone.

    mutmut asks for tests by the names they had in another process; those of some cases are made of
    bytes or clocks, and a name that is not found would pass for a mutant that was killed.
    """
    item._nodeid = item.nodeid.partition("[")[0]  # type: ignore[attr-defined]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by how long each took; until that is known, their order stays."""
    if not _MEASURED.exists():
        return
    measured: dict[str, float] = json.loads(_MEASURED.read_text())["duration_by_test"]
    items.sort(key=lambda item: (measured.get(item.nodeid, 0.0), item.nodeid))
    if SLOW_TOO not in os.environ:
        quick = [item for item in items if measured.get(item.nodeid, 0.0) < _SLOW_SECONDS]
        items[:] = quick or items
