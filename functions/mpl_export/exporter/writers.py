"""Store several windows beside each other: a few puts are in flight, never two of one window."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from mpl_export.archive.archive import Archive, ErrorTexts, Stored
from mpl_export.model import Log


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """All logs of a window have been stored, or one of its calls has failed."""

    window: datetime
    outcome: "Future[None]"


class Writers:
    """Threads that store; to be used as a context, which ends after all of them have ended.

    Args:
        threads: How many windows are stored at once.
    """

    def __init__(self, archive: Archive, error_texts: ErrorTexts, threads: int) -> None:
        self._archive = archive
        self._error_texts = error_texts
        self._most = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="writer")
        self._done: SimpleQueue[Stored | Ended] = SimpleQueue()
        self._busy: set[datetime] = set()
        self._asking = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def busy(self) -> bool:
        """Whether a window is being stored."""
        return bool(self._busy)

    @property
    def full(self) -> bool:
        """Whether another window has to wait."""
        return len(self._busy) >= self._most

    def stores(self, window: datetime) -> bool:
        """Whether this window is being stored."""
        return window in self._busy

    def begin(self, window: datetime, logs: Sequence[Log]) -> None:
        """Begin to store logs of a window that is not being stored."""
        self._busy.add(window)

        def ended(outcome: "Future[None]") -> None:
            self._done.put(Ended(window=window, outcome=outcome))

        self._pool.submit(self._store, logs).add_done_callback(ended)

    def take(self, *, wait: bool) -> Iterator[Stored | Ended]:
        """What has been acknowledged, and which windows have ended, in that order.

        Args:
            wait: Whether to wait until at least one thing has happened, if a window is at it.
        """
        if wait and self._busy:
            yield self._note(self._done.get())
        while not self._done.empty():
            yield self._note(self._done.get())

    def left(self) -> Iterator[Stored]:
        """What has been acknowledged and not been taken; to be asked for once all has ended."""
        while not self._done.empty():
            done = self._done.get()
            if isinstance(done, Stored):
                yield done

    def _note(self, done: Stored | Ended) -> Stored | Ended:
        if isinstance(done, Ended):
            self._busy.discard(done.window)
        return done

    def _store(self, logs: Sequence[Log]) -> None:
        for stored in self._archive.store(logs, self._texts):
            self._done.put(stored)

    def _texts(self, logs: Sequence[Log]) -> Mapping[bytes, str]:
        with self._asking:  # their budget is one for all
            return self._error_texts(logs)
