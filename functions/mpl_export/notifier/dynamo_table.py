"""Items of the notifier's in DynamoDB, below one hash key: read, written and queried, many at once.

The hash key is ``<tenant>#notices``, which no tenant can be called: so the notifier's role can be
kept off the checkpoint.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mpl_export.aws import aws_errors
from mpl_export.aws_failures import error_code
from mpl_export.clock import Clock
from mpl_export.errors import AwsUnavailableError
from mpl_export.instants import iso_instant, parse_instant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = Mapping[str, Any]
type _Batch = tuple[Any, ...]

THREADS = 8
"""How many batches are under way at a time."""
_WRITES = 25
_READS = 100
"""The most items of a batch.  Source: DynamoDB API reference, "BatchWriteItem", "BatchGetItem"."""
_ATTEMPTS = 8


class NoticeTable:
    """The items of one tenant.  Names are range keys."""

    def __init__(self, client: "DynamoDBClient", table: str, tenant: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._hash = f"{tenant}#notices"
        self._clock = clock

    def key(self, name: str) -> dict[str, dict[str, str]]:
        """The whole key of an item."""
        return {"tenant": {"S": self._hash}, "item": {"S": name}}

    def item(self, name: str) -> Item:
        """An item; empty if there is none."""
        with self._errors("read"):
            answer = self._client.get_item(
                TableName=self._table, Key=self.key(name), ConsistentRead=True
            )
        return answer.get("Item", {})

    def items(self, names: Collection[str]) -> dict[str, Item]:
        """The items that exist of those named."""
        found: dict[str, Item] = {}
        for items in self._each(self._get, list(batched(sorted(names), _READS, strict=False))):
            found |= {item["item"]["S"]: item for item in items}
        return found

    def beginning(self, prefix: str) -> list[Item]:
        """The items whose names begin so."""
        found: list[Item] = []
        with self._errors("query"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="tenant = :hash AND begins_with(#item, :prefix)",
                ExpressionAttributeNames={"#item": "item"},
                ExpressionAttributeValues={":hash": {"S": self._hash}, ":prefix": {"S": prefix}},
            )
            for page in pages:
                found += page["Items"]
        return found

    def put(self, items: Iterable[tuple[str, Item]]) -> None:
        """Write items by name, whatever was there."""
        self._write({"PutRequest": {"Item": {**self.key(name), **item}}} for name, item in items)

    def delete(self, names: Iterable[str]) -> None:
        """Delete items; those that are not there are deleted already."""
        self._write({"DeleteRequest": {"Key": self.key(name)}} for name in names)

    def update(
        self,
        name: str,
        update: str,
        values: Item,
        *,
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Item | None:
        """Update an item; its attributes then, or None if the condition did not hold."""
        optional: dict[str, Any] = {}
        if condition is not None:
            optional["ConditionExpression"] = condition
        if names is not None:
            optional["ExpressionAttributeNames"] = names
        try:
            with self._errors("write"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=self.key(name),
                    UpdateExpression=update,
                    ExpressionAttributeValues=dict(values),
                    ReturnValues="ALL_NEW",
                    **optional,
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return None
        return answer.get("Attributes", {})

    def _write(self, requests: Iterable[Any]) -> None:
        self._each(self._write_batch, list(batched(requests, _WRITES, strict=False)))

    def _each[T](self, do: Callable[[_Batch], T], batches: list[_Batch]) -> list[T]:
        """Do it with each batch, a few at a time."""
        if len(batches) <= 1:
            return [do(batch) for batch in batches]
        with ThreadPoolExecutor(THREADS, thread_name_prefix="notices") as threads:
            return list(threads.map(do, batches))

    def _get(self, names: tuple[str, ...]) -> list[Item]:
        found: list[Item] = []
        asked: Any = {"Keys": [self.key(name) for name in names], "ConsistentRead": True}
        for _ in self._attempts("read"):
            with self._errors("read"):
                answer = self._client.batch_get_item(RequestItems={self._table: asked})
            found += answer["Responses"].get(self._table, [])
            if not (asked := answer.get("UnprocessedKeys", {}).get(self._table)):
                break
        return found

    def _write_batch(self, requests: tuple[Any, ...]) -> None:
        left: Any = list(requests)
        for _ in self._attempts("write"):
            with self._errors("write"):
                answer = self._client.batch_write_item(RequestItems={self._table: left})
            if not (left := answer.get("UnprocessedItems", {}).get(self._table)):
                break

    def _attempts(self, action: str) -> Iterator[None]:
        """Try again what DynamoDB left undone of a batch, with growing waits.

        Raises:
            AwsUnavailableError: Something is still undone after all attempts.
        """
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._clock.sleep(0.05 * 2**attempt)
            yield
        raise AwsUnavailableError(
            f"AWS could not {action} all of a batch in the table {self._table}; it is tried again"
        )

    @contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        with aws_errors(action, f"the table {self._table}"):
            yield


def text(value: str) -> dict[str, str]:
    """A text as DynamoDB has it."""
    return {"S": value}


def at(instant: datetime) -> dict[str, str]:
    """An instant as we keep it in DynamoDB."""
    return {"S": iso_instant(instant)}


def epoch(instant: datetime) -> dict[str, str]:
    """An instant as DynamoDB's time to live wants it."""
    return {"N": str(int(instant.timestamp()))}


def instant(item: Item, name: str) -> datetime | None:
    """An instant of an item; None if it has none of this name."""
    found = item.get(name, {}).get("S")
    return None if found is None else parse_instant(found)
