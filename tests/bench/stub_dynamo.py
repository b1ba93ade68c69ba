"""As much of DynamoDB as exporters and notifiers use, for tables with a hash and a range key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from tests.bench.stub_expressions import Expression, Item
from tests.bench.stub_http import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

_JSON: Final = {"Content-Type": "application/x-amz-json-1.0"}

type Key = tuple[str, ...]


class ConditionFailedError(Exception):
    """A condition of a write does not hold."""


class Tables:
    """The items of all tables, every table that is named exists.

    The names of a table's keys are learnt from the first request that names a key.
    """

    def __init__(self) -> None:
        self._items: dict[str, dict[Key, Item]] = {}
        self._known: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "GetItem": self._get,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "DeleteItem": self._delete,
            "Query": self._query,
            "BatchWriteItem": self._batch_write,
            "BatchGetItem": self._batch_get,
            "TransactWriteItems": self._transact,
        }
        self.key_names: tuple[str, ...] = ("tenant", "item")

    def clear(self) -> None:
        """Forget all items."""
        self._items.clear()

    def answer(self, operation: str, body: bytes) -> Reply:
        """Answer a call."""
        request = orjson.loads(body)
        take = self._known.get(operation)
        if take is None:
            return _error("UnknownOperationException", operation)
        try:
            return Reply(200, orjson.dumps(take(request)), _JSON)
        except ConditionFailedError:
            return _error("ConditionalCheckFailedException", "The conditional request failed")
        except ValueError as error:
            return _error("ValidationException", str(error))

    def _table(self, request: dict[str, Any]) -> dict[Key, Item]:
        return self._items.setdefault(request["TableName"], {})

    def _key(self, item: Item) -> Key:
        return tuple(next(iter(item[name].values())) for name in self.key_names if name in item)

    def _get(self, request: dict[str, Any]) -> dict[str, Any]:
        self._learn(request["Key"])
        item = self._table(request).get(self._key(request["Key"]))
        return {} if item is None else {"Item": item}

    def _put(self, request: dict[str, Any]) -> dict[str, Any]:
        table, key = self._table(request), self._key(request["Item"])
        _check(request, table.get(key, {}))
        table[key] = request["Item"]
        return {}

    def _update(self, request: dict[str, Any]) -> dict[str, Any]:
        self._learn(request["Key"])
        table, key = self._table(request), self._key(request["Key"])
        old = table.get(key, {})
        _check(request, old)
        new = _expression(request, "UpdateExpression").update(old or dict(request["Key"]))
        table[key] = new
        return {"Attributes": new} if request.get("ReturnValues") == "ALL_NEW" else {}

    def _delete(self, request: dict[str, Any]) -> dict[str, Any]:
        self._learn(request["Key"])
        table, key = self._table(request), self._key(request["Key"])
        old = table.get(key, {})
        _check(request, old)
        table.pop(key, None)
        return {"Attributes": old} if old and request.get("ReturnValues") == "ALL_OLD" else {}

    def _query(self, request: dict[str, Any]) -> dict[str, Any]:
        """All pages in one, which a query may give as long as it stays below a megabyte."""
        table = self._table(request)
        found = [
            item
            for key, item in sorted(table.items())
            if _expression(request, "KeyConditionExpression").holds(item)
            and (
                "FilterExpression" not in request
                or _expression(request, "FilterExpression").holds(item)
            )
        ]
        if not request.get("ScanIndexForward", True):
            found.reverse()
        found = found[: request.get("Limit", len(found))]
        return {"Items": found, "Count": len(found), "ScannedCount": len(found)}

    def _batch_write(self, request: dict[str, Any]) -> dict[str, Any]:
        for name, writes in request["RequestItems"].items():
            for write in writes:
                for kind, content in write.items():
                    take = self._put if kind == "PutRequest" else self._delete
                    take({"TableName": name, **content})
        return {"UnprocessedItems": {}}

    def _batch_get(self, request: dict[str, Any]) -> dict[str, Any]:
        answers: dict[str, list[Item]] = {}
        for name, wanted in request["RequestItems"].items():
            table = self._items.setdefault(name, {})
            found = (table.get(self._key(key)) for key in wanted["Keys"])
            answers[name] = [item for item in found if item is not None]
        return {"Responses": answers, "UnprocessedKeys": {}}

    def _transact(self, request: dict[str, Any]) -> dict[str, Any]:
        """All or nothing: conditions first, then the writes."""
        writes = [next(iter(each.items())) for each in request["TransactItems"]]
        for _, write in writes:
            item = write.get("Key") or write["Item"]
            _check(write, self._table(write).get(self._key(item), {}))
        for kind, write in writes:
            take = {"Put": self._put, "Update": self._update, "Delete": self._delete}.get(kind)
            if take is not None:
                take(write)
        return {}

    def _learn(self, key: Item) -> None:
        if not set(key) <= set(self.key_names):
            self.key_names = tuple(sorted(key))


def _expression(request: dict[str, Any], name: str) -> Expression:
    return Expression(
        request[name],
        request.get("ExpressionAttributeNames", {}),
        request.get("ExpressionAttributeValues", {}),
    )


def _check(request: dict[str, Any], item: Item) -> None:
    if "ConditionExpression" in request and not _expression(request, "ConditionExpression").holds(
        item
    ):
        raise ConditionFailedError


def _error(code: str, message: str) -> Reply:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}
    return Reply(400, orjson.dumps(body), _JSON)
