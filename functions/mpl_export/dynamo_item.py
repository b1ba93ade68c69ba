"""One item of a DynamoDB table: read as it is now, and updated only if a condition holds."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mpl_export.aws import aws_errors
from mpl_export.aws_failures import error_code
from mpl_export.instants import iso_instant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Value = str | int | datetime | Collection[datetime]
"""Of a member; instants are texts."""


class Item:
    """One item, by its key."""

    def __init__(self, client: "DynamoDBClient", table: str, key: Mapping[str, Any]) -> None:
        self._client = client
        self._table = table
        self._key = key

    def read(self) -> Mapping[str, Any]:
        """Its members, typed as DynamoDB has them; none if there is no such item."""
        with self._errors("read"):
            answer = self._client.get_item(
                TableName=self._table, Key=self._key, ConsistentRead=True
            )
        return answer.get("Item", {})

    def update(
        self,
        update: str,
        condition: str | None,
        values: Mapping[str, Value],
        *,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Update it, if the condition holds; ignored if it does not."""
        self._updated(update, condition, values, names=names, action="write")

    def set_members(self, members: Mapping[str, Value | None], condition: str) -> None:
        """Set members, if the condition holds; those that are None are taken away."""
        known = {name: value for name, value in members.items() if value is not None}
        gone = [name for name, value in members.items() if value is None]
        update = "SET " + ", ".join(f"{name} = :{name}" for name in known)
        self.update(
            update + (" REMOVE " + ", ".join(gone) if gone else ""),
            condition,
            {f":{name}": value for name, value in known.items()},
        )

    def claimed(
        self,
        update: str,
        condition: str,
        values: Mapping[str, Value],
        *,
        names: Mapping[str, str],
        action: str,
    ) -> Mapping[str, Any] | None:
        """Its members after an update; None if the condition does not hold.

        Args:
            action: What it is done for, as an error tells it: "take the lease in".
        """
        return self._updated(
            update, condition, values, names=names, action=action, ReturnValues="ALL_NEW"
        )

    def _updated(
        self,
        update: str,
        condition: str | None,
        values: Mapping[str, Value],
        *,
        names: Mapping[str, str] | None,
        action: str,
        **optional: Any,  # noqa: ANN401 - further members of the request
    ) -> Mapping[str, Any] | None:
        if condition is not None:
            optional["ConditionExpression"] = condition
        if names is not None:
            optional["ExpressionAttributeNames"] = names
        if values:
            optional["ExpressionAttributeValues"] = {
                name: _typed(value) for name, value in values.items()
            }
        try:
            with self._errors(action):
                answer = self._client.update_item(
                    TableName=self._table, Key=self._key, UpdateExpression=update, **optional
                )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return None
        return answer.get("Attributes", {})

    @contextmanager
    def _errors(self, action: str) -> Iterator[None]:
        with aws_errors(action, f"the table {self._table}"):
            yield


def _typed(value: Value) -> dict[str, Any]:
    match value:
        case datetime():
            return {"S": iso_instant(value)}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case _:
            return {"SS": [iso_instant(instant) for instant in value]}
