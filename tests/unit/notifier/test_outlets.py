"""Events go out side by side, and no call is lost among them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from mpl_export.errors import AwsUnavailableError
from mpl_export.notifier.outlets import THREADS, EventBus
from tests.support.manual_clock import NOON, ManualClock

if TYPE_CHECKING:
    from collections.abc import Iterator


class SlowBus:
    """A client of EventBridge whose calls take 30 ms, and fail as a test says.

    Attributes:
        most: How many calls were under way at a time.
    """

    def __init__(self, failing: Iterator[Any] | None = None) -> None:
        self.details: list[str] = []
        self.calls = 0
        self.most = 0
        self._under_way = 0
        self._failing = failing
        self._lock = threading.Lock()

    def put_events(self, *, Entries: list[Any]) -> Any:  # noqa: ANN401, N803 - as boto3 has it
        """Take the entries, but those that fail."""
        with self._lock:
            self.calls += 1
            self._under_way += 1
            self.most = max(self.most, self._under_way)
            failure = next(self._failing, None) if self._failing else None
        time.sleep(0.03)
        with self._lock:
            self._under_way -= 1
            if isinstance(failure, Exception):
                raise failure
            results = [
                {"ErrorCode": "ThrottlingException"} if n == failure else {} for n in range(10)
            ]
            self.details += [e["Detail"] for e, r in zip(Entries, results, strict=False) if not r]
        return {"FailedEntryCount": int(failure is not None), "Entries": results[: len(Entries)]}


def bus(client: SlowBus) -> EventBus:
    """A bus behind this client."""
    return EventBus(client, "default", ManualClock())  # type: ignore[arg-type]  # all that is called


def test_ten_thousand_events_take_seconds() -> None:
    """A thousand calls of 30 ms: half a minute one after another."""
    client = SlowBus()
    began = time.perf_counter()

    bus(client).put(({"n": n} for n in range(10_000)), now=NOON)

    assert time.perf_counter() - began < 10
    assert len(set(client.details)) == len(client.details) == 10_000
    assert client.most == THREADS


def test_what_was_not_taken_of_a_call_is_sent_again() -> None:
    """And nothing else of it."""
    client = SlowBus(iter([3, None, 0, None]))

    bus(client).put(({"n": n} for n in range(100)), now=NOON)

    assert len(set(client.details)) == len(client.details) == 100
    assert client.calls == 12


def test_when_a_call_fails_the_rest_is_not_begun() -> None:
    """Each would take its attempts; and nothing goes on behind the error's back."""
    error = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
    client = SlowBus(iter([error] * 1_000))

    with pytest.raises(AwsUnavailableError, match="the bus default"):
        bus(client).put(({"n": n} for n in range(10_000)), now=NOON)

    calls = client.calls
    assert calls < 100
    time.sleep(0.1)
    assert client.calls == calls
