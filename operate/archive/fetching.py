"""Parts as local files: fetched side by side into a folder that is gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from operate.archive.parts import Part, megabytes
from operate.archive.places import GoneError, Place
from operate.endings import StoppedError
from operate.voice import Voice

_AT_ONCE: Final = 16
_SPARE: Final = 256 << 20
"""Bytes of the disk that stay free."""


@contextmanager
def workspace() -> Iterator[Path]:
    """A folder of our own for business data: nobody else may look, and nothing stays."""
    with tempfile.TemporaryDirectory(prefix="mpl-archive-") as folder:
        yield Path(folder)


def fetch(place: Place, parts: Sequence[Part], cache: Path, voice: Voice) -> dict[str, Path]:
    """Bring parts here, a few at a time.

    Returns:
        The file of each key, in the order of ``parts``.  A part that has expired since it was
        listed is left out, and said.

    Raises:
        StoppedError: One cannot be read, or the disk is too small.
    """
    cache.mkdir(parents=True, exist_ok=True)
    if place.remote:
        _refuse_if_full(parts, cache)
    files: dict[str, Path | None] = dict.fromkeys(part.key for part in parts)
    with (
        voice.counting(f"Reading {len(parts):,} parts", len(parts)) as advance,
        ThreadPoolExecutor(_AT_ONCE) as pool,
    ):
        waiting = iter(parts)
        running: dict[Future[Path], str] = {}
        try:
            while True:
                for part in islice(waiting, _AT_ONCE - len(running)):
                    running[pool.submit(place.local, part.key, cache)] = part.key
                if not running:
                    break
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    key = running.pop(future)
                    try:
                        files[key] = future.result()
                    except GoneError:
                        voice.progress(f"{key} has expired meanwhile: left out")
                    advance(1)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {key: path for key, path in files.items() if path is not None}


def _refuse_if_full(parts: Sequence[Part], cache: Path) -> None:
    needed = sum(part.size for part in parts) + _SPARE
    free = shutil.disk_usage(cache).free
    if free < needed:
        raise StoppedError(
            f"{cache} has {megabytes(free)} free and {megabytes(needed)} are needed: set TMPDIR "
            "to a folder of a larger disk, or ask for a shorter span"
        )
