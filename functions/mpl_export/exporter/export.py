"""The one verb: export a span.  Everything else decides which span, and what to do with the steps.

Read, store, and only then say how far it got.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from mpl_export.archive.archive import Archive, ErrorTexts, Stored
from mpl_export.clock import Deadline
from mpl_export.errors import ExportError, OutOfTimeError
from mpl_export.exporter.pending import Pending
from mpl_export.exporter.writers import Ended, Writers
from mpl_export.model import Page, Walked

MOST_WRITERS = 8
"""Windows that are stored at once, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that an export has just done.

    Attributes:
        reached: The ``LogEnd`` below which all is read *and stored*; None while nothing is.
        page: The page that was read, if that was it.
        stored: The part that S3 acknowledged, if that was it.
        walked: How far a tie has been walked, if all that this brought is stored.
        unstored: How many logs were read, and could not be stored in time.
    """

    reached: datetime | None
    page: Page | None = None
    stored: Stored | None = None
    walked: Walked | None = None
    unstored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Until when an export goes on.

    Attributes:
        reading: When no more is to be read, so that time is left to store.
        storing: When no more is to be stored, so that time is left to say so.
    """

    reading: Deadline
    storing: Deadline


def export(
    pages: Iterator[Page],
    archive: Archive,
    error_texts: ErrorTexts,
    times: Times,
    *,
    until: datetime,
    untold: Callable[[Stored], None],
    writers: int = 1,
) -> Generator[Step]:
    """Store what pages bring, window by window, as soon as a window is complete.

    To be closed, also after an error: the threads that store have ended then.

    Args:
        until: The end of what the pages show: who has got there has not run out of time.
        untold: Takes each part that was acknowledged after the last step was taken: the caller
            may fail while others are being stored.
        writers: How many windows are stored at once.  With one, nothing is read at the same time.

    Yields:
        A step for each page, for each part, and for gains in what is reached, which never falls.

    Raises:
        OutOfTimeError: A deadline has come.  What was read has been stored by then, or the last
            step says how much has not: the run that goes on from there reads it again.
        ExportError: Reading or storing failed.  Where it was reading, what was read before has been
            stored by then, so that a tenant which fails again and again is still read to the end.
            Where it was storing, nothing is claimed from there on, whatever was stored beyond.
    """
    threads = Writers(archive, error_texts, min(writers, MOST_WRITERS))
    try:
        with threads:
            storing = _Storing(Pending(times.reading.clock), threads, times.storing)
            yield from _export(pages, storing, times.reading, until)
    finally:
        for stored in threads.left():
            untold(stored)


def _export(
    pages: Iterator[Page], storing: "_Storing", reading: Deadline, until: datetime
) -> Iterator[Step]:
    while True:
        try:
            page = next(pages, None)
        except ExportError:
            with suppress(OutOfTimeError):  # it must not hide what the tenant did
                yield from storing.store_all()
            raise
        if page is None:
            break
        yield from storing.take(page)
        if reading.passed() and page.reached < until:
            yield from storing.store_all()
            raise OutOfTimeError
    yield from storing.store_all()


class _Storing:
    """What is being stored, and what may be claimed of it."""

    def __init__(self, pending: Pending, writers: Writers, deadline: Deadline) -> None:
        self._pending = pending
        self._writers = writers
        self._deadline = deadline
        self._failed: Ended | None = None

    def take(self, page: Page) -> Iterator[Step]:
        """Take a page, and store what is due by it; some of that may still be going on after."""
        self._pending.add(page)
        yield Step(reached=None, page=page)
        full = self._pending.full
        yield from self._store(self._pending.due())
        if full:  # one part's rows in flight and another's waiting would be twice the memory
            yield from self._wait()

    def store_all(self) -> Iterator[Step]:
        """Store all that waits, to the end."""
        yield from self._store(self._pending.all())
        yield from self._wait()

    def _store(self, windows: Sequence[datetime]) -> Iterator[Step]:
        for window in windows:
            while self._writers.full or self._writers.stores(window):
                yield from self._done(wait=True)
            if self._deadline.passed():
                yield from self._wait()
                yield Step(reached=None, unstored=len(self._pending))
                raise OutOfTimeError
            self._writers.begin(window, self._pending.begin(window))
        while self._writers.full:
            yield from self._done(wait=True)
        yield from self._done(wait=False)

    def _wait(self) -> Iterator[Step]:
        while self._writers.busy:
            yield from self._done(wait=True)

    def _done(self, *, wait: bool) -> Iterator[Step]:
        """Tell what has been stored meanwhile.

        Raises:
            ExportError: Something could not be; all that was in flight with it has ended then.
        """
        for done in self._writers.take(wait=wait):
            if isinstance(done, Stored):
                yield Step(reached=None, stored=done)
            elif done.outcome.exception() is None:
                self._pending.end(done.window)
            else:
                self._failed = self._failed or done
        reached, walked = self._pending.reached(), self._pending.walked()
        if reached is not None or walked is not None:
            yield Step(reached=reached, walked=walked)
        if self._failed is not None:
            if self._writers.busy:
                yield from self._done(wait=True)
            self._failed.outcome.result()
