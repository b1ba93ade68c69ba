"""What ``sam build`` made, and whether it is of the sources as they are.

Run as a program it notes the sources of a build that has just been made.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[1]
_SOURCES: Final = ("template.yaml", "samconfig.toml", "functions", "layers")


def build_if_stale(project: Path, build: Callable[[], object]) -> Path:
    """Build what is not built yet, one process at a time, and return the built template.

    SAM empties its folder before it builds, even if nothing has changed, which takes the files
    away from who deploys them at that moment.

    Args:
        build: Runs ``sam build`` in the project; what it raises goes through.
    """
    with _alone(project):
        if not is_fresh(project):
            build()
            note_sources(project)
    return project / ".aws-sam" / "build" / "template.yaml"


def is_fresh(project: Path) -> bool:
    """Whether there is a build, of the sources as they are now."""
    try:
        return _note(project).read_text() == _digest(project)
    except FileNotFoundError:
        return False


def note_sources(project: Path) -> None:
    """Note what a build was made of; inside its folder, so that the note goes when it does."""
    _note(project).write_text(_digest(project))


def _note(project: Path) -> Path:
    return project / ".aws-sam" / "build" / ".sources"


@contextmanager
def _alone(project: Path) -> Iterator[None]:
    """Wait until no other process builds here."""
    folder = project / ".aws-sam"
    folder.mkdir(exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest(project: Path) -> str:
    """SHA-256 over the names and contents of all files that a build is made of."""
    digest = sha256()
    for file in sorted(_files(project)):
        name = file.relative_to(project).as_posix().encode()
        content = file.read_bytes()
        digest.update(b"%d %b %d " % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for source in map(project.joinpath, _SOURCES):
        if source.is_file():
            yield source
        for file in source.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file


if __name__ == "__main__":
    note_sources(PROJECT)
