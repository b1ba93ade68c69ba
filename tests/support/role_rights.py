"""What a role allows, asked call by call as IAM would decide it, and the calls that were made.

Only what the project's own policies use is understood; anything else is an error, not a guess.
Source: IAM User Guide, "Policy evaluation logic"; Service Authorization Reference, which names the
action and the resource of each operation.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]

_S3_ACTIONS: Final = {
    "ListObjectsV2": "ListBucket",
    "GetObject": "GetObject",
    "PutObject": "PutObject",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call of AWS as IAM sees it.

    Attributes:
        action: Such as ``s3:GetObject``.
        resource: The ARN that the action is about.
        context: Values of condition keys.
    """

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, service: str, operation: str, params: Mapping[str, Any], arns: Json) -> Call:
        """Read a call of the SDK.

        Args:
            arns: The ARNs of tables by name, as the SDK is told names only.

        Raises:
            NotImplementedError: An operation that is not known here.  Look up what it needs.
        """
        match service:
            case "s3" if operation in _S3_ACTIONS:
                bucket = f"arn:aws:s3:::{params['Bucket']}"
                resource = f"{bucket}/{params['Key']}" if "Key" in params else bucket
                context = (("s3:prefix", params["Prefix"]),) if "Prefix" in params else ()
                return cls(f"s3:{_S3_ACTIONS[operation]}", resource, context)
            case "dynamodb" if "Key" in params:
                leading = (("dynamodb:LeadingKeys", params["Key"]["tenant"]["S"]),)
                return cls(f"dynamodb:{operation}", arns[params["TableName"]], leading)
            case "secretsmanager" if "SecretId" in params:
                return cls(f"secretsmanager:{operation}", params["SecretId"])
            case _:
                raise NotImplementedError(f"{service} {operation}")


@contextmanager
def recorded_calls(arns: Json) -> Iterator[set[Call]]:
    """Note every call that clients make which are created inside the block, by a hook of the SDK.

    Args:
        arns: See ``Call.of``.
    """
    calls: set[Call] = set()

    def note(params: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        calls.add(Call.of(model.service_model.service_name, model.name, params, arns))

    before = boto3.DEFAULT_SESSION
    boto3.setup_default_session()
    boto3._get_default_session().events.register("before-parameter-build", note)
    try:
        yield calls
    finally:
        boto3.DEFAULT_SESSION = before


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource that a statement allows."""

    action: str
    resource: str
    conditions: tuple[tuple[str, str, str], ...]
    """Operator, key and pattern."""

    def allows(self, call: Call) -> bool:
        """Whether the call is among what is granted."""
        return (
            self.action == call.action
            and fnmatchcase(call.resource, self.resource)
            and all(_holds(condition, call) for condition in self.conditions)
        )


def grants_of(statements: list[Json], arns: Mapping[str, str]) -> list[Grant]:
    """Read the statements of a role.

    Args:
        arns: What stands for ``<Archive.Arn>`` and the like (``tests.packaging.template``).
    """
    grants = []
    for each in statements:
        assert each["Effect"] == "Allow", each
        conditions = tuple(
            (operator, key, pattern)
            for operator, keys in each.get("Condition", {}).items()
            for key, patterns in keys.items()
            for pattern in _listed(patterns)
        )
        for action in _listed(each["Action"]):
            for resource in _listed(each["Resource"]):
                arn = resource
                for name, real in arns.items():
                    arn = arn.replace(name, real)
                grants.append(Grant(action, arn, conditions))
    return grants


def _holds(condition: tuple[str, str, str], call: Call) -> bool:
    operator, key, pattern = condition
    values = [value for name, value in call.context if name == key]
    match operator:
        case "StringLike":
            return any(fnmatchcase(value, pattern) for value in values)
        case "ForAllValues:StringEquals":
            return all(value == pattern for value in values)
        case _:
            raise NotImplementedError(operator)


def _listed(value: Any) -> list[str]:  # noqa: ANN401 - a policy may say "x" or ["x"]
    return value if isinstance(value, list) else [value]
