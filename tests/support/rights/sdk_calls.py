"""What a call of the SDK asks for, in the words of IAM.

Source: Service Authorization Reference, which names action, resource and condition keys of each
operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

type Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for.

    Attributes:
        action: Such as ``s3:GetObject``.
        variable: The variable of the function's environment that names such a resource.
        name: What the call names it.
        path: What of it is meant, from the slash on; empty for all of it.
        context: Values of condition keys.
    """

    action: str
    variable: str
    name: str
    path: str = ""
    context: tuple[tuple[str, str], ...] = ()


def asked_by(operation: str, params: Params) -> Asked:
    """Read a call of an operation such as ``s3:ListObjectsV2``.

    Raises:
        LookupError: The operation is not known here (look up what it needs), or the call lacks
            what calls of its kind have.
    """
    return _READERS[operation](operation, params)


def _object(operation: str, params: Params) -> Asked:
    return Asked(operation, "ARCHIVE_BUCKET", params["Bucket"], f"/{params['Key']}")


def _listing(_: str, params: Params) -> Asked:
    context = (("s3:prefix", params["Prefix"]),)
    return Asked("s3:ListBucket", "ARCHIVE_BUCKET", params["Bucket"], context=context)


def _item(operation: str, params: Params) -> Asked:
    return _items(operation, params["TableName"], [params["Key"]])


def _query(operation: str, params: Params) -> Asked:
    if not params["KeyConditionExpression"].startswith("tenant = :hash AND "):
        raise LookupError(params["KeyConditionExpression"])
    key = {"tenant": params["ExpressionAttributeValues"][":hash"]}
    return _items(operation, params["TableName"], [key])


def _batch_of_keys(operation: str, params: Params) -> Asked:
    ((table, asked),) = params["RequestItems"].items()
    return _items(operation, table, asked["Keys"])


def _batch_of_writes(operation: str, params: Params) -> Asked:
    ((table, requests),) = params["RequestItems"].items()
    keys = []
    for request in requests:
        ((kind, what),) = request.items()
        keys.append(what[{"PutRequest": "Item", "DeleteRequest": "Key"}[kind]])
    return _items(operation, table, keys)


def _items(operation: str, table: str, keys: Iterable[Params]) -> Asked:
    leading = sorted({key["tenant"]["S"] for key in keys})
    context = tuple(("dynamodb:LeadingKeys", each) for each in leading)
    return Asked(operation, "CHECKPOINT_TABLE", table, context=context)


def _secret(operation: str, params: Params) -> Asked:
    return Asked(operation, "SERVICE_KEY_SECRET", params["SecretId"])


def _message(operation: str, params: Params) -> Asked:
    return Asked(operation, "ALERT_TOPIC", params["TopicArn"])


def _key(operation: str, params: Params) -> Asked:
    return Asked(operation, "SEAL_KEY", params["KeyId"])


def _events(operation: str, params: Params) -> Asked:
    (bus,) = {entry["EventBusName"] for entry in params["Entries"]}
    sources = sorted({entry["Source"] for entry in params["Entries"]})
    context = tuple(("events:source", each) for each in sources)
    return Asked(operation, "EVENT_BUS", bus, context=context)


_READERS: Final[Mapping[str, Callable[[str, Params], Asked]]] = {
    "dynamodb:BatchGetItem": _batch_of_keys,
    "dynamodb:BatchWriteItem": _batch_of_writes,
    "dynamodb:GetItem": _item,
    "dynamodb:Query": _query,
    "dynamodb:UpdateItem": _item,
    "events:PutEvents": _events,
    "kms:GetPublicKey": _key,
    "kms:Sign": _key,
    "s3:GetObject": _object,
    "s3:ListObjectsV2": _listing,
    "s3:PutObject": _object,
    "secretsmanager:GetSecretValue": _secret,
    "sns:Publish": _message,
}
