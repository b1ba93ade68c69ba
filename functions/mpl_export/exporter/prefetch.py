"""Read several slices at once, and give their pages in the order of time.

Memory: each of ``threads`` readers holds at most the page it is reading and two that wait.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from queue import Queue, ShutDown

from mpl_export.model import Page, Span

_WAITING_PAGES = 2

Reader = Callable[[Span], Iterator[Page]]


def read_slices(slices: Iterator[Span], read: Reader, *, threads: int) -> Generator[Page]:
    """Give the pages of all slices, in the order of the slices.

    A failure of a reader is raised in its turn, after the pages before it.  When the caller stops
    early, the readers are stopped; in every case they have ended when this ends.
    """
    first = next(slices, None)
    if first is None:
        return
    second = next(slices, None) if threads > 1 else None
    if second is None:
        yield from read(first)  # nothing to read beside it: no thread is needed
        for piece in slices:
            yield from read(piece)
        return
    ahead: deque[_Reading] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="slice") as pool:
        try:
            ahead.append(_Reading(pool, read, first))
            ahead.append(_Reading(pool, read, second))
            while ahead:
                # One at a time: planning may raise, and what has been begun must be known then.
                for piece in islice(slices, threads - len(ahead)):
                    ahead.append(_Reading(pool, read, piece))
                yield from ahead[0].pages()
                ahead.popleft()
        finally:
            for reading in ahead:
                reading.stop()


class _Reading:
    """One slice that is being read by a thread."""

    def __init__(self, pool: ThreadPoolExecutor, read: Reader, piece: Span) -> None:
        self._queue: Queue[Page] = Queue(_WAITING_PAGES)
        self._done: Future[None] = pool.submit(self._fill, read, piece)

    def _fill(self, read: Reader, piece: Span) -> None:
        try:
            # The queue is shut down by a caller that wants no more.
            with suppress(ShutDown):
                for page in read(piece):
                    self._queue.put(page)
        finally:
            self._queue.shutdown()

    def pages(self) -> Iterator[Page]:
        """The pages as they come; raises what the reader raised."""
        with suppress(ShutDown):
            while True:
                yield self._queue.get()
        self._done.result()

    def stop(self) -> None:
        """Make the reader end at its next page."""
        self._queue.shutdown(immediate=True)
        self._done.cancel()
