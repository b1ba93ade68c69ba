"""What a function of the stack may do: its role, asked by the variables of its environment.

AWS itself calls KMS where something is encrypted by a key, with the role of the caller.  No hook
of the SDK sees that, so it is derived from the template.  Source: S3 User Guide, "Using server-side
encryption with AWS KMS keys"; SNS Developer Guide, "Managing SNS encryption keys and costs";
Secrets Manager User Guide, "Secret encryption and decryption".  Keys of AWS's own, such as the one
of DynamoDB, need no right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from tests.packaging.template import Stack, load
from tests.support.rights.noted_calls import VARIABLES
from tests.support.rights.role_rights import Call, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.support.rights.noted_calls import Function

_KEY: Final = "arn:aws:kms:eu-central-1:111122223333:key/"
_GIVEN: Final = {
    "ServiceKeySecretArn": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key-AbCdEf",
    "SecretKeyArn": f"{_KEY}secret",
    "ArchiveBucketName": "given",
    "ArchiveKeyArn": f"{_KEY}archive",
    "AlertTopicArn": "arn:aws:sns:eu-central-1:111122223333:given",
    "AlertKeyArn": f"{_KEY}alert",
    "EventBusName": "given",
    "SealSigning": "kms",
    "SealKeyArn": f"{_KEY}seal",
    "SubnetIds": "subnet-1",
    "SecurityGroupIds": "sg-1",
}
_KMS: Final = {
    "s3:GetObject": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey",),
    "secretsmanager:GetSecretValue": ("kms:Decrypt",),
    "sns:Publish": ("kms:Decrypt", "kms:GenerateDataKey"),
}
"""What a service asks of KMS where the thing that is called is encrypted by a key."""


@dataclass(frozen=True, slots=True)
class FunctionRights:
    """The rights of a function.

    Attributes:
        role: Its role.
    """

    role: Role
    _arns: Mapping[str, str]
    _keys: Mapping[str, str]

    def denied(self, noted: Call) -> list[Call]:
        """What of a call, and of what AWS does for it, the role does not permit."""
        return [each for each in self.calls(noted) if not self.role.permits(each)]

    def calls(self, noted: Call) -> Iterator[Call]:
        """A call in terms of this stack, and what AWS calls for it."""
        variable = noted.resource.partition(">")[0].removeprefix("<")
        arn = self._arns.get(variable, "nothing of this function")
        resource = noted.resource.replace(f"<{variable}>", arn)
        yield Call(noted.action, resource, noted.context)
        if variable in self._keys:
            service = noted.action.partition(":")[0]
            for action in _KMS.get(noted.action, ()):
                context = (("kms:ViaService", f"{service}.eu-central-1.amazonaws.com"),)
                yield Call(action, self._keys[variable], context)


@cache
def rights_of(function: Function, *, given: bool) -> FunctionRights:
    """Read the template.

    Args:
        given: Whether the stack is given what it could make itself, each thing under a key of its
            own; it is not told a tenant, and says ``<TenantName>``.
    """
    stack = Stack(load(), _GIVEN if given else {"SealSigning": "kms"})  # what else there may be
    variables = stack.properties(function)["Environment"]["Variables"]
    policies = stack.properties(f"{function}Role")["Policies"]
    return FunctionRights(
        role=Role.of(each for policy in policies for each in policy["PolicyDocument"]["Statement"]),
        _arns={name: _arn(name, variables[name]) for name in VARIABLES if name in variables},
        _keys=_keys(stack),
    )


def _arn(variable: str, value: str) -> str:
    """What a variable names, in the words of the role."""
    if variable in {"ARCHIVE_BUCKET", "CHECKPOINT_TABLE"} and value.startswith("<"):
        return value.replace(">", ".Arn>")
    match variable:
        case "ARCHIVE_BUCKET":
            return f"arn:aws:s3:::{value}"
        case "EVENT_BUS":
            return f"arn:aws:events:eu-central-1:111122223333:event-bus/{value}"
        case _:
            return value


def _keys(stack: Stack) -> dict[str, str]:
    """The keys that are not AWS's own, by the variables that name what they encrypt.

    Bucket, table and secret are under keys of AWS's own where the stack makes them.
    """
    keys = {
        "ALERT_TOPIC": stack.parameters.get("AlertKeyArn", "<AlertKey.Arn>"),
        "ARCHIVE_BUCKET": stack.parameters.get("ArchiveKeyArn", ""),
        "SERVICE_KEY_SECRET": stack.parameters.get("SecretKeyArn", ""),
    }
    return {variable: key for variable, key in keys.items() if key}
