"""Read slices of a span beside each other, and give their pages in the order of time.

Memory: a budget of pages and bytes is shared by all readers; the slice whose turn it is may always
be read on.  Each thread holds, besides, the page that it is reading.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from mpl_export.exporter.planning import Count, Plan
from mpl_export.model import Page, Span

_WAITING_PAGES_EACH = 4
"""Pages that may wait for their turn, for each thread: a slice of the usual size."""

_WAITING_BYTES = 24 << 20
"""What waits in all, before a page is asked for; pages near the bound of size are few."""

Reader = Callable[[Span], Iterator[Page]]


def read_ahead(
    spans: Sequence[Span], read: Reader, count: Count, *, threads: int
) -> Generator[Page]:
    """Give the pages of spans, in the order of the spans.

    The first pages are read here; as soon as they show that much is to come, threads share the
    rest.  A failure of a reader is raised in its turn, after the pages before it.  When the caller
    stops early, the readers are stopped; in every case they have ended when this ends.

    Args:
        count: How many logs a span holds; None if the tenant cannot tell.
    """
    pieces = deque(_Piece(span, Plan(count, threads)) for span in spans)
    while pieces:
        piece = pieces.popleft()
        since = piece.span.since
        for page in read(piece.span):
            yield page
            rest = piece.rest(since, page) if threads > 1 else []
            if rest:
                yield from _Readers(deque([*rest, *pieces]), read, threads).pages()
                return
            since = page.reached


@dataclass(slots=True, eq=False)
class _Piece:
    """A span that is read by one thread, and what of it waits for its turn."""

    span: Span
    plan: Plan
    waiting: deque[tuple[Page, int]] = field(default_factory=deque)
    begun: bool = False
    ended: bool = False
    error: BaseException | None = None

    def rest(self, since: datetime, page: Page) -> "list[_Piece]":
        """What a page has left of it, if others are to help."""
        spans = self.plan.rest_of(self.span, since, page)
        return [_Piece(span, self.plan) for span in spans]


class _Readers:
    """The threads, and the pieces in the order of time; the first is the one whose turn it is."""

    def __init__(self, pieces: deque[_Piece], read: Reader, threads: int) -> None:
        self._pieces = pieces
        self._read = read
        self._threads = threads
        self._changed = threading.Condition()
        self._pages_waiting = 0
        self._bytes_waiting = 0
        self._stopped = False

    def pages(self) -> Generator[Page]:
        """The pages as their turn comes."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="slice") as pool:
            try:
                readers = [pool.submit(self._work) for _ in range(self._threads)]
                while self._pieces:
                    page = self._next_of(self._pieces[0])
                    if page is not None:
                        yield page
            finally:
                self._stop()
        for reader in readers:
            reader.result()

    def _next_of(self, piece: _Piece) -> Page | None:
        """The next page of the piece whose turn it is; None if it has ended, as it then has."""
        with self._changed:
            self._changed.wait_for(lambda: piece.waiting or piece.ended)
            if piece.waiting:
                page, size = piece.waiting.popleft()
                self._pages_waiting -= 1
                self._bytes_waiting -= size
            elif piece.error is not None:
                raise piece.error
            else:
                page = None
                self._pieces.popleft()
            self._changed.notify_all()
            return page

    def _stop(self) -> None:
        """Make each reader end after its page."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _work(self) -> None:
        """Read one piece after the other, as long as there are any."""
        while (piece := self._take()) is not None:
            try:
                self._fill(piece)
            except BaseException as error:  # noqa: BLE001 - raised in its turn
                piece.error = error
            finally:
                with self._changed:
                    piece.ended = True
                    self._changed.notify_all()

    def _take(self) -> _Piece | None:
        """Begin the first piece that nobody reads, once there is room; None if none will come."""
        with self._changed:
            while not self._stopped:
                piece = next((piece for piece in self._pieces if not piece.begun), None)
                if piece is None and all(piece.ended for piece in self._pieces):
                    return None
                if piece is not None and self._may_read(piece):
                    piece.begun = True
                    return piece
                self._changed.wait()
            return None

    def _fill(self, piece: _Piece) -> None:
        """Read a piece, or the first pages of it if others are to help with its rest."""
        since = piece.span.since
        pages = self._read(piece.span)
        while self._wait_for_room(piece):
            page = next(pages, None)
            if page is None:
                return
            self._give(piece, page)
            rest = piece.rest(since, page)
            if rest:
                self._insert(piece, rest)
                return
            since = page.reached

    def _wait_for_room(self, piece: _Piece) -> bool:
        """Wait until another page may be read; False if none is wanted any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._may_read(piece))
            return not self._stopped

    def _may_read(self, piece: _Piece) -> bool:
        room = (
            self._pages_waiting < self._threads * _WAITING_PAGES_EACH
            and self._bytes_waiting < _WAITING_BYTES
        )
        return room or (piece is self._pieces[0] and not piece.waiting)

    def _give(self, piece: _Piece, page: Page) -> None:
        size = sum(len(log.members) for log in page.logs)
        with self._changed:
            piece.waiting.append((page, size))
            self._pages_waiting += 1
            self._bytes_waiting += size
            self._changed.notify_all()

    def _insert(self, piece: _Piece, rest: list[_Piece]) -> None:
        with self._changed:
            place = self._pieces.index(piece) + 1
            for number, each in enumerate(rest):
                self._pieces.insert(place + number, each)
            self._changed.notify_all()
