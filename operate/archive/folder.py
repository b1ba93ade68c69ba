"""A local copy of an archive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mpl_export.archive.arrivals import Entry
from mpl_export.instants import floor_millisecond
from operate.archive.places import CHUNK_BYTES, GoneError, Stored
from operate.endings import StoppedError


@dataclass(frozen=True, slots=True)
class Folder:
    """A copy on this machine, as ``aws s3 sync s3://BUCKET DIR`` makes one."""

    root: Path

    @classmethod
    def open(cls, path: Path) -> "Folder":
        """Look whether it is one.

        Raises:
            StoppedError: It is not.
        """
        if not (path / "mpl" / "v1").is_dir():
            raise StoppedError(
                f"{path} holds no archive: there is no folder mpl/v1 in it; name the folder that "
                "aws s3 sync s3://BUCKET DIR has filled"
            )
        return cls(path)

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.root)

    @property
    def remote(self) -> bool:
        """Nothing is billed."""
        return False

    def objects(self, prefix: str) -> Iterator[Stored]:
        """The files below a folder."""
        return (Stored(entry.key, entry.size) for entry in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The files below a folder; the time of an object is that of its file."""
        top = self.root / prefix
        try:
            for path in sorted(path for path in top.rglob("*") if path.is_file()):
                about = path.stat()
                written = floor_millisecond(datetime.fromtimestamp(about.st_mtime, UTC))
                yield Entry(path.relative_to(self.root).as_posix(), about.st_size, written)
        except OSError as error:
            raise StoppedError(f"cannot list {top}: {error.strerror}") from error

    def folders(self, prefix: str) -> list[str]:
        """The folders in one."""
        folder = self.root / prefix
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if path.is_dir())

    def read(self, key: str) -> bytes:
        """A file whole."""
        return b"".join(self.chunks(key))

    def chunks(self, key: str) -> Iterator[bytes]:
        """A file piece by piece."""
        try:
            with (self.root / key).open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk
        except FileNotFoundError as error:
            raise GoneError(key) from error
        except OSError as error:
            raise StoppedError(f"cannot read {self.root / key}: {error.strerror}") from error

    def local(self, key: str, cache: Path) -> Path:  # noqa: ARG002 - it is here already
        """The file itself."""
        path = self.root / key
        if not path.is_file():
            raise GoneError(key)
        return path
