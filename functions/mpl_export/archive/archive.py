"""The archive: it takes logs, keeps the versions that it did not hold, and only grows."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from mpl_export.archive.held import HeldVersions, batches
from mpl_export.archive.layout import part_key, part_of_key, source_key, window_prefix
from mpl_export.archive.objects import Objects
from mpl_export.archive.records import (
    DamagedPartError,
    compressed,
    record_line,
    versions_in,
)
from mpl_export.errors import ConfigurationError, TenantMismatchError
from mpl_export.model import Log, window_of

PART_LOGS = 10_000
PART_BYTES = 16 << 20
"""Bounds of a part before compression; a part, its lines and its body are in memory together."""

_CACHED_VERSIONS = 200_000

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

    What was learnt of a window may be kept for as long as one likes, since parts never change; a
    warm container does, within bounds.
    """

    def __init__(self, objects: Objects, tenant: str) -> None:
        self._objects = objects
        self._tenant = tenant
        self._claimed: str | None = None
        self._windows: OrderedDict[datetime, HeldVersions] = OrderedDict()

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
                "tenant, or deploy a stack with another TenantName"
            )
        self._claimed = held

    def store(self, logs: Sequence[Log], error_texts: ErrorTexts) -> Iterator[Stored]:
        """Keep the versions among ``logs`` that the archive does not hold, part by part.

        Args:
            logs: All of one window.
            error_texts: Asked once for each version that is about to be written.

        Yields:
            Each part as soon as S3 has acknowledged it.
        """
        window = window_of(logs[0].filed_at)
        held = self._held(window)
        texts: dict[bytes, str] = {}
        asked: set[bytes] = set()
        while missing := held.missing(logs):
            batch = next(iter(batches(missing, most_logs=PART_LOGS, most_bytes=PART_BYTES)))
            unasked = [log for log, amended in batch if not amended and log.version not in asked]
            asked.update(log.version for log in unasked)
            texts.update(error_texts(unasked))
            number = held.next_part
            key = part_key(self._tenant, window, number)
            body = compressed(
                record_line(log, amended=amended, error_text=texts.get(log.version))
                for log, amended in batch
            )
            ours = self._objects.put_if_absent(key, body, content_type="application/gzip")
            if not ours:
                # Somebody wrote this part before us, or we did and the answer was lost.
                there = self._objects.get(key)
                ours = there == body
                if not ours:
                    held.part_read(number, self._versions(key, there))
                    continue
            held.part_read(number, (log.version for log, _ in batch))
            yield Stored(
                key=key,
                new=[log for log, amended in batch if not amended],
                amended=[log for log, amended in batch if amended],
            )
        self._forget_beyond_bounds()

    def _held(self, window: datetime) -> HeldVersions:
        """What the window holds, read now if it was not before."""
        held = self._windows.get(window)
        if held is None:
            held = HeldVersions()
            numbers = {}
            for key in self._objects.keys(window_prefix(self._tenant, window)):
                part = part_of_key(key)
                if part is None:
                    raise _foreign(key)
                numbers[part[1]] = key
            for number, key in sorted(numbers.items()):
                held.part_read(number, self._versions(key, self._objects.get(key)))
            self._windows[window] = held
        self._windows.move_to_end(window)
        return held

    def _versions(self, key: str, body: bytes) -> list[bytes]:
        try:
            return list(versions_in(body))
        except DamagedPartError as error:
            raise _foreign(key) from error

    def _forget_beyond_bounds(self) -> None:
        """Forget the windows that were not used for longest; the one in use stays."""
        total = sum(map(len, self._windows.values()))
        while total > _CACHED_VERSIONS and len(self._windows) > 1:
            _, held = self._windows.popitem(last=False)
            total -= len(held)


def _api_host(marker: bytes) -> str:
    try:
        host = orjson.loads(marker)["api_host"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        host = None
    return host if isinstance(host, str) else "an unreadable marker"


def _foreign(key: str) -> ConfigurationError:
    return ConfigurationError(
        f"the object {key} in the archive was not written by this export; move it elsewhere, "
        "because what stands below mpl/v1/ must be parts"
    )
