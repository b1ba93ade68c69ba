"""Where tellings go: people by a topic of SNS, other systems by a bus of EventBridge."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from mpl_export.aws import aws_errors
from mpl_export.clock import Clock
from mpl_export.errors import AwsUnavailableError
from mpl_export.notifier.digest import Digest
from mpl_export.notifier.failed_event import DETAIL_TYPE, SOURCE, calls

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient

THREADS = 16
"""How many calls of PutEvents are under way at a time: most of a call is waiting."""
_ATTEMPTS = 5


class Topic(Protocol):
    """Reaches people."""

    def publish(self, digest: Digest) -> None:
        """Send a digest; it is on its way when this returns."""


class Bus(Protocol):
    """Reaches other systems."""

    def put(
        self, details: Iterable[dict[str, Any]], *, now: datetime, detail_type: str = DETAIL_TYPE
    ) -> None:
        """Send an event for each; all are on their way when this returns."""


class SnsTopic:
    """The stack's topic."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, digest: Digest) -> None:
        """Send a digest; it is on its way when this returns."""
        attributes: dict[str, Any] = {
            name: (
                {"DataType": "String", "StringValue": value}
                if isinstance(value, str)
                else {"DataType": "String.Array", "StringValue": orjson.dumps(value).decode()}
            )
            for name, value in digest.attributes.items()
        }
        with aws_errors("publish to", f"the topic {self._arn}"):
            self._client.publish(
                TopicArn=self._arn,
                Subject=digest.subject,
                Message=digest.body,
                MessageAttributes=attributes,
            )


class EventBus:
    """The bus that the stack was given."""

    def __init__(self, client: "EventBridgeClient", name: str, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._clock = clock

    def put(
        self, details: Iterable[dict[str, Any]], *, now: datetime, detail_type: str = DETAIL_TYPE
    ) -> None:
        """Send an event for each; those of a call that were not taken are sent again.

        Raises:
            AwsUnavailableError: Some were not taken after all attempts.
        """
        batches = list(calls(details))
        if len(batches) == 1:
            self._put(batches[0], now, detail_type)
            return
        with ThreadPoolExecutor(THREADS, thread_name_prefix="events") as threads:
            under_way = [threads.submit(self._put, batch, now, detail_type) for batch in batches]
            try:
                for each in under_way:
                    each.result()
            finally:
                # After one has failed, those that have not begun would fail, too.
                threads.shutdown(cancel_futures=True)

    def _put(self, call: list[str], now: datetime, detail_type: str) -> None:
        entries: Any = [
            {
                "Time": now,
                "Source": SOURCE,
                "DetailType": detail_type,
                "Detail": detail,
                "EventBusName": self._name,
            }
            for detail in call
        ]
        code = None
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._clock.sleep(0.1 * 2**attempt)
            with aws_errors("put events on", f"the bus {self._name}"):
                answer = self._client.put_events(Entries=entries)
            if not answer["FailedEntryCount"]:
                return
            results = list(zip(entries, answer["Entries"], strict=True))
            code = next((each["ErrorCode"] for _, each in results if "ErrorCode" in each), None)
            entries = [entry for entry, each in results if "ErrorCode" in each]
        raise AwsUnavailableError(
            f"AWS did not take {len(entries)} events on the bus {self._name} ({code}); "
            "they are sent again"
        )
