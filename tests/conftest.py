"""The calls of AWS that the functions make are noted; they are judged when all have been made."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tests.support.rights.noted_calls import FILE, Recorder

_JUDGE = Path(__file__).parent / "integration" / "test_rights_used.py"


def pytest_configure(config: pytest.Config) -> None:
    """Note every call from here on."""
    handle, name = tempfile.mkstemp(prefix="mpl-export-calls-")
    os.close(handle)
    os.environ[FILE] = name
    recorder = Recorder(Path(name))
    recorder.listen()

    def end() -> None:
        recorder.close()
        del os.environ[FILE]
        Path(name).unlink()

    config.add_cleanup(end)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the judge of all calls come last."""
    items.sort(key=lambda item: item.path == _JUDGE)
