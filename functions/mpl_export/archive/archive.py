"""The archive: it takes logs, keeps the versions that it did not hold, and only grows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from datetime import datetime

import orjson

from mpl_export.archive.held import HeldVersions, batches
from mpl_export.archive.known import ForeignObjectError, KnownWindows
from mpl_export.archive.layout import part_key, source_key
from mpl_export.archive.masked import masked_log
from mpl_export.archive.objects import NoSuchObjectError, Objects
from mpl_export.archive.records import (
    DamagedPartError,
    compressed,
    record_line,
    versions_in,
)
from mpl_export.clock import Clock, SystemClock
from mpl_export.errors import TenantMismatchError
from mpl_export.model import ERROR_TEXT_BYTES, Log, window_of
from mpl_export.rules.masking import ERROR_TEXT, NO_MASKS, Masks

PART_LOGS = 10_000
PART_BYTES = 16 << 20
"""Bounds of a part before compression; a part, its lines and its body are in memory together."""

_READ_AT_ONCE = 4
"""Parts of one window that are read back beside each other."""

ErrorTexts = Callable[[Sequence[Log]], Mapping[bytes, str]]
"""Gives the error texts of those of the logs that have one, by version; best effort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A part that S3 acknowledged.

    Attributes:
        key: Its key.
        new: The versions in it that are new states.
        amended: The versions in it whose state the archive held before.
    """

    key: str
    new: Sequence[Log]
    amended: Sequence[Log]


class Archive:
    """One tenant's part of the archive bucket.

    Threads may share it, as long as no two of them store logs of one window at the same time: two
    parts of a window in flight could both hold what neither knows of the other.

    What was learnt of a window is kept for a while, since parts never change; a warm container
    does so within bounds of size and of age.
    """

    def __init__(self, objects: Objects, tenant: str, clock: Clock | None = None) -> None:
        self._objects = objects
        self._tenant = tenant
        self._claimed: str | None = None
        self._masks = NO_MASKS
        self._known = KnownWindows(objects, tenant, clock or SystemClock())

    def masking(self, masks: Masks) -> "Archive":
        """The same archive, without what is masked in all that is stored from now on."""
        other = copy(self)
        other._masks = masks  # noqa: SLF001 - it is one of ours
        return other

    def claim(self, api_host: str) -> None:
        """Tie the tenant's name to its API host, or check that it is tied to this one.

        Raises:
            TenantMismatchError: The archive was begun with another host.
        """
        if self._claimed == api_host:
            return
        key = source_key(self._tenant)
        body = orjson.dumps({"tenant": self._tenant, "api_host": api_host})
        # Written before it is read: a role that may not list gets 403, not 404, for what is absent.
        ours = self._objects.put_if_absent(key, body, content_type="application/json")
        held = api_host if ours else _api_host(self._objects.get(key))
        if held != api_host:
            raise TenantMismatchError(
                f"the service key leads to {api_host}, but the archive of tenant "
                f"{self._tenant!r} was begun with {held}; give the stack the service key of that "
                "tenant, or deploy a stack with another TenantName; if SAP has moved this very "
                f"tenant to another host, delete the object {key} of the archive bucket, and the "
                "next run notes the new one"
            )
        self._claimed = held

    def masked_text(self, text: str, most_bytes: int = ERROR_TEXT_BYTES) -> str:
        """An error text without what is masked, cut to what is kept of it."""
        masked = self._masks.text(text, ERROR_TEXT).encode("utf-8", "replace")
        return masked[:most_bytes].decode("utf-8", "ignore")

    def keep(self, key: str, body: bytes) -> bytes:
        """Write an object that is no part, unless there is one; what is there then."""
        ours = self._objects.put_if_absent(key, body, content_type="application/gzip")
        return body if ours else self._objects.get(key)

    def store(self, logs: Sequence[Log], error_texts: ErrorTexts) -> Iterator[Stored]:
        """Keep the versions among ``logs`` that the archive does not hold, part by part.

        Args:
            logs: All of one window.
            error_texts: Asked once for each version that is about to be written.

        Yields:
            Each part as soon as S3 has acknowledged it.
        """
        window = window_of(logs[0].filed_at)
        # Before it is asked what is new: the version of some is over what is stored.
        logs = [log if log.readable else self._masked(log) for log in logs]
        held = self._held(window)
        texts: dict[bytes, str] = {}
        asked: set[bytes] = set()
        missing = held.missing(logs)
        while missing:
            batch = next(iter(batches(missing, most_logs=PART_LOGS, most_bytes=PART_BYTES)))
            unasked = [log for log, amended in batch if not amended and log.version not in asked]
            asked.update(log.version for log in unasked)
            texts.update(
                (version, self.masked_text(text)) for version, text in error_texts(unasked).items()
            )
            number = held.next_part
            key = part_key(self._tenant, window, number)
            body = compressed(
                record_line(
                    self._masked(log) if log.readable else log,
                    amended=amended,
                    error_text=texts.get(log.version),
                )
                for log, amended in batch
            )
            ours = self._objects.put_if_absent(key, body, content_type="application/gzip")
            if not ours:
                # Somebody wrote this part before us, or we did and the answer was lost.
                there = self._read(key)
                ours = there == body
                if not ours:
                    held.part_read(number, self._versions(key, there))
                    self._known.part_seen(window, number)
                    missing = held.missing(logs)
                    continue
            held.part_read(number, (log.version for log, _ in batch))
            self._known.part_seen(window, number)
            yield Stored(
                key=key,
                new=[log for log, amended in batch if not amended],
                amended=[log for log, amended in batch if amended],
            )
            missing = missing[len(batch) :]
        self._known.keep(window, held)

    def _masked(self, log: Log) -> Log:
        return masked_log(log, self._masks) if self._masks else log

    def _held(self, window: datetime) -> HeldVersions:
        """What the window holds, read now if it is not known."""
        held = self._known.held(window)
        if held is not None:
            return held
        held = HeldVersions()
        numbers = self._known.parts(window)
        keys = [part_key(self._tenant, window, number) for number in numbers]
        for number, key, body in zip(numbers, keys, self._bodies(keys), strict=True):
            held.part_read(number, self._versions(key, body))
        self._known.keep(window, held)
        return held

    def _bodies(self, keys: Sequence[str]) -> Iterator[bytes | None]:
        """What these parts hold, a few read beside each other."""
        if len(keys) <= 1:
            yield from map(self._read, keys)
            return
        with ThreadPoolExecutor(_READ_AT_ONCE, thread_name_prefix="read-back") as threads:
            for at in range(0, len(keys), _READ_AT_ONCE):
                yield from threads.map(self._read, keys[at : at + _READ_AT_ONCE])

    def _read(self, key: str) -> bytes | None:
        """A part's body; None for one that has expired, or was deleted, since it was seen.

        Its number stays used, so that no other part is ever found under a name that is known.
        """
        try:
            return self._objects.get(key)
        except NoSuchObjectError:
            return None

    def _versions(self, key: str, body: bytes | None) -> list[bytes]:
        if body is None:
            return []
        try:
            return list(versions_in(body))
        except DamagedPartError as error:
            raise ForeignObjectError(key) from error


def _api_host(marker: bytes) -> str:
    try:
        host = orjson.loads(marker)["api_host"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        host = None
    return host if isinstance(host, str) else "an unreadable marker"
