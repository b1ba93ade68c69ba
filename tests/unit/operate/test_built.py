"""A build is made again only if the sources are others, and by one process at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from operate.built import build_if_stale, is_fresh

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with all that a build is made of."""
    for name in ("functions/package/module.py", "layers/dependencies/requirements.txt"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("one")
    (tmp_path / "template.yaml").write_text("one")
    (tmp_path / "samconfig.toml").write_text("one")
    return tmp_path


@pytest.fixture
def builds(project: Path) -> Callable[[], None]:
    """As SAM builds: the folder is emptied first."""

    def build() -> None:
        folder = project / ".aws-sam" / "build"
        for file in folder.glob("*"):
            file.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "template.yaml").write_text("built")

    return build


def refuse() -> None:
    """Nothing may be built."""
    pytest.fail("built again")


def test_what_is_built_is_not_built_again(project: Path, builds: Callable[[], None]) -> None:
    """Nor does what Python leaves beside the sources count."""
    assert not is_fresh(project)
    template = build_if_stale(project, builds)
    (project / "functions/package/__pycache__").mkdir()
    (project / "functions/package/__pycache__/module.cpython-313.pyc").write_text("x")

    assert build_if_stale(project, refuse) == template
    assert template.read_text() == "built"


@pytest.mark.parametrize(
    "source",
    [
        "template.yaml",
        "samconfig.toml",
        "functions/package/module.py",
        "functions/package/another.py",
        "layers/dependencies/requirements.txt",
    ],
)
def test_a_changed_source_is_built(project: Path, builds: Callable[[], None], source: str) -> None:
    """New files count as well, and files that are gone."""
    build_if_stale(project, builds)
    (project / source).write_text("two")

    assert not is_fresh(project)
    build_if_stale(project, builds)
    assert is_fresh(project)
    (project / source).unlink()
    assert not is_fresh(project)


def test_a_build_that_fails_is_made_again(project: Path, builds: Callable[[], None]) -> None:
    """SAM has emptied the folder by then."""
    build_if_stale(project, builds)
    (project / "template.yaml").write_text("two")

    def fail() -> None:
        builds()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        build_if_stale(project, fail)

    assert not is_fresh(project)


def test_one_builds_at_a_time(project: Path, builds: Callable[[], None]) -> None:
    """Who comes second finds what the first has made."""
    begun, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        assert may_end.wait(30)
        builds()

    first = threading.Thread(target=build_if_stale, args=(project, slowly))
    first.start()
    assert begun.wait(30)
    second = threading.Thread(target=build_if_stale, args=(project, refuse))
    second.start()
    second.join(0.2)
    assert second.is_alive()
    may_end.set()
    first.join(30)
    second.join(30)

    assert not second.is_alive()
    assert is_fresh(project)
