"""The notices in DynamoDB, beside the checkpoint but below a hash key of their own.

The hash key is ``<tenant>#notices``, which no tenant can be called: so the notifier's role can be
kept off the checkpoint.  Items, by range key:

* ``part#<part>``                    who is at a part, and how far it got
* ``waiting#<part>#<signature>``     failures that wait to be told
* ``told#<signature>``               when a signature was told last
* ``turn``                           who may tell, and when digests were sent
* ``flow#<artifact>``                when a watched flow completed last, and what was told of it

All but the last two end by themselves (``expires_at``, epoch seconds).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mpl_export.aws import aws_errors, error_code
from mpl_export.clock import Clock
from mpl_export.errors import AwsUnavailableError
from mpl_export.instants import iso_instant, parse_instant
from mpl_export.notifier.flows import FlowNotice
from mpl_export.notifier.grouping import Group
from mpl_export.notifier.notices import Begun, Turn, Waiting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY = timedelta(days=1)
_WAITING_KEPT = timedelta(days=14)
_PART_KEPT = _WAITING_KEPT + _DAY  # what waits counts only as long as its part is remembered
_TOLD_KEPT = _DAY
_WRITES = 25
_READS = 100
"""The most items of a batch.  Source: DynamoDB API reference, "BatchWriteItem", "BatchGetItem"."""
_ATTEMPTS = 8


class DynamoNotices:
    """The notices of one tenant in DynamoDB.

    Args:
        alert_max_age: How old failures are told; a part is remembered for longer than that.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        tenant: str,
        *,
        clock: Clock,
        alert_max_age: timedelta,
    ) -> None:
        self._client = client
        self._table = table
        self._hash = f"{tenant}#notices"
        self._clock = clock
        self._part_kept = max(_PART_KEPT, alert_max_age + _DAY)

    def begin(self, part: str, owner: str, *, now: datetime, until: datetime) -> Begun:
        """Take the right to handle a part until an instant, unless that is done or being done."""
        item = self._take(
            f"part#{part}",
            owner,
            now=now,
            until=until,
            unless="attribute_not_exists(told)",
            expires=now + self._part_kept,
        )
        if item is not None:
            return Begun.NOTED if "noted" in item else Begun.NEW
        return Begun.TOLD if "told" in self._item(f"part#{part}") else Begun.BUSY

    def wait(self, part: str, groups: Collection[Group], *, now: datetime) -> None:
        """Let failures of a part wait to be told; valid once the part is noted."""
        self._put_all(
            {
                **self._key(f"waiting#{part}#{group.signature}"),
                "group": {"S": group.as_json()},
                "expires_at": _epoch(now + _WAITING_KEPT),
            }
            for group in groups
        )

    def note(self, part: str) -> None:
        """Note that all failures of a part wait to be told."""
        self._update(f"part#{part}", "SET noted = :true", {":true": {"BOOL": True}})

    def finish(self, part: str) -> None:
        """Note that nothing of a part is left to do."""
        self._update(
            f"part#{part}", "SET told = :true REMOVE held_until", {":true": {"BOOL": True}}
        )

    def waiting(self) -> list[Waiting]:
        """What waits to be told, of parts that are noted."""
        found: list[Waiting] = []
        with self._errors("query"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="tenant = :hash AND begins_with(#item, :prefix)",
                ExpressionAttributeNames={"#item": "item"},
                ExpressionAttributeValues={
                    ":hash": {"S": self._hash},
                    ":prefix": {"S": "waiting#"},
                },
            )
            for page in pages:
                for item in page["Items"]:
                    part = item["item"]["S"].split("#")[1]
                    found.append(Waiting(part, Group.from_json(item["group"]["S"])))
        parts = self._items({f"part#{each.part}" for each in found})
        noted = {name.removeprefix("part#") for name, item in parts.items() if "noted" in item}
        return [each for each in found if each.part in noted]

    @contextmanager
    def turn(self, owner: str, *, now: datetime, until: datetime) -> Iterator[Turn]:
        """Hold the right to tell for the length of the ``with``, unless somebody holds it."""
        item = self._take("turn", owner, now=now, until=until)
        if item is None:
            yield Turn(held=False, sent=())
            return
        try:
            sent = [parse_instant(each["S"]) for each in item.get("sent", {}).get("L", [])]
            yield Turn(held=True, sent=sent)
        finally:
            self._update(
                "turn",
                "REMOVE held_until, #owner",
                {":owner": {"S": owner}},
                condition="#owner = :owner",
                names={"#owner": "owner"},
            )

    def last_told(self, signatures: Collection[str]) -> dict[str, datetime]:
        """When each signature was told last; those not told for a day may be missing."""
        items = self._items({f"told#{signature}" for signature in signatures})
        return {
            name.removeprefix("told#"): parse_instant(item["at"]["S"])
            for name, item in items.items()
        }

    def told(self, told: Collection[Waiting], *, now: datetime, sent: Sequence[datetime]) -> None:
        """Note that these were told now, by the last of the digests ``sent``."""
        instants = [{"S": iso_instant(instant)} for instant in sent]
        self._update("turn", "SET sent = :sent", {":sent": {"L": instants}})
        self._put_all(
            {
                **self._key(f"told#{signature}"),
                "at": {"S": iso_instant(now)},
                "expires_at": _epoch(now + _TOLD_KEPT),
            }
            for signature in {each.group.signature for each in told}
        )
        self._write_all(
            {"DeleteRequest": {"Key": self._key(f"waiting#{each.part}#{each.group.signature}")}}
            for each in told
        )

    def completed(self, flow: str, at: datetime) -> None:
        """Note that a watched flow completed; ignored if it did so later, too."""
        self._update(
            f"flow#{flow}",
            "SET completed = :at",
            {":at": {"S": iso_instant(at)}},
            condition="attribute_not_exists(completed) OR completed < :at",
        )

    def flows(self, names: Collection[str], *, now: datetime) -> dict[str, FlowNotice]:
        """What is known of these flows, which are watched from now on if they were not before."""
        items = self._items({f"flow#{name}" for name in names})
        known: dict[str, FlowNotice] = {}
        for name in names:
            item = items.get(f"flow#{name}", {})
            if "watched" not in item:
                self._update(
                    f"flow#{name}",
                    "SET watched = if_not_exists(watched, :now)",
                    {":now": {"S": iso_instant(now)}},
                )
            known[name] = FlowNotice(
                watched=_instant(item, "watched") or now,
                completed=_instant(item, "completed"),
                told_silent=item.get("silent", {}).get("BOOL", False),
            )
        return known

    def told_flows(self, silent: Mapping[str, bool]) -> None:
        """Note for each flow that people were told that it is silent, or is not any more."""
        for name, is_silent in silent.items():
            self._update(
                f"flow#{name}",
                "SET silent = :silent",
                {":silent": {"BOOL": is_silent}},
            )

    def _take(
        self,
        name: str,
        owner: str,
        *,
        now: datetime,
        until: datetime,
        unless: str = "",
        expires: datetime | None = None,
    ) -> Mapping[str, Any] | None:
        """Take the right that an item stands for; the item, or None if another one has it."""
        free = "(attribute_not_exists(held_until) OR held_until <= :now OR #owner = :owner)"
        values = {
            ":owner": {"S": owner},
            ":now": {"S": iso_instant(now)},
            ":until": {"S": iso_instant(until)},
        }
        expiry = ""
        if expires is not None:
            values[":expires"] = _epoch(expires)
            expiry = ", expires_at = :expires"
        return self._update(
            name,
            f"SET #owner = :owner, held_until = :until{expiry}",
            values,
            condition=" AND ".join(filter(None, (free, unless))),
            names={"#owner": "owner"},
        )

    def _update(
        self,
        name: str,
        update: str,
        values: Mapping[str, Any],
        *,
        condition: str | None = None,
        names: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any] | None:
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
                    Key=self._key(name),
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

    def _item(self, name: str) -> Mapping[str, Any]:
        with self._errors("read"):
            answer = self._client.get_item(
                TableName=self._table, Key=self._key(name), ConsistentRead=True
            )
        return answer.get("Item", {})

    def _items(self, names: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """The items that exist of those named."""
        found: dict[str, Mapping[str, Any]] = {}
        for some in batched(sorted(names), _READS, strict=False):
            asked: Any = {"Keys": [self._key(name) for name in some], "ConsistentRead": True}
            for _ in self._attempts("read"):
                with self._errors("read"):
                    answer = self._client.batch_get_item(RequestItems={self._table: asked})
                for item in answer["Responses"].get(self._table, []):
                    found[str(item["item"]["S"])] = item
                if not (asked := answer.get("UnprocessedKeys", {}).get(self._table)):
                    break
        return found

    def _put_all(self, items: Iterator[Mapping[str, Any]]) -> None:
        self._write_all({"PutRequest": {"Item": item}} for item in items)

    def _write_all(self, requests: Iterator[Any]) -> None:
        for some in batched(requests, _WRITES, strict=False):
            left: Any = list(some)
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

    def _key(self, name: str) -> Any:  # noqa: ANN401 - as boto3 types attributes
        return {"tenant": {"S": self._hash}, "item": {"S": name}}

    @contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        with aws_errors(action, f"the table {self._table}"):
            yield


def _instant(item: Mapping[str, Any], name: str) -> datetime | None:
    text = item.get(name, {}).get("S")
    return None if text is None else parse_instant(text)


def _epoch(instant: datetime) -> dict[str, str]:
    return {"N": str(int(instant.timestamp()))}
