"""The calls of AWS that the functions make are noted; they are judged when all have been made."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path

import pytest

from tests.support.rights.noted_calls import FILE, Recorder

_INTEGRATION = Path(__file__).parent / "integration"
_JUDGE = _INTEGRATION / "test_rights_used.py"
_LONG = tuple(
    _INTEGRATION / f"test_{name}.py" for name in ("truth_machine", "fault_matrix", "kill_matrix")
)
"""Where files are shared among processes, what takes longest begins first."""


def pytest_configure(config: pytest.Config) -> None:
    """Note every call from here on, in the file that the environment names or one of our own.

    Processes that share the tests inherit the name from the one that started them.
    """
    if FILE not in os.environ:
        handle, name = tempfile.mkstemp(prefix="mpl-export-calls-")
        os.close(handle)
        os.environ[FILE] = name
        config.add_cleanup(partial(_forget, Path(name)))
    recorder = Recorder(Path(os.environ[FILE]))
    recorder.listen()
    config.add_cleanup(recorder.close)


def _forget(file: Path) -> None:
    del os.environ[FILE]
    file.unlink()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest begin, and the judge of all calls come last."""
    items.sort(key=lambda item: (item.path == _JUDGE, item.path not in _LONG))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name compressed values by their argument: the time of day in them is no part of a name.

    Processes that share the tests have to know them by the same names.
    """
    return argname if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None
