"""What of the template holds state, and whether CloudFormation would replace it."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.packaging.template import Stack, load

Json = dict[str, Any]

# Whoever replaces one of these loses something, or what others were given stops to work.
STATEFUL_TYPES: Final = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
    }
)


def stateful() -> dict[str, Json]:
    """Each resource that holds state: type, what replaces it, and what happens at its end.

    A secret's value is among what must not change: CloudFormation would write over the key that the
    owner has put there.
    """
    stack = Stack(load(), {"TenantName": "acme", "AlertEmail": "ops@example.com"})
    return {
        name: {
            "Type": resource["Type"],
            "DeletionPolicy": resource.get("DeletionPolicy"),
            "Fixed": {
                member: resource["Properties"].get(member) for member in _fixed(resource["Type"])
            },
        }
        for name, resource in sorted(stack.resources().items())
        if resource["Type"] in STATEFUL_TYPES
    }


@cache
def _fixed(resource_type: str) -> tuple[str, ...]:
    """The properties whose change replaces a resource, or what it holds.

    Source: ``createOnlyProperties`` of AWS's resource provider schemas, as cfn-lint ships them.
    """
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    paths = [
        *schema.get("createOnlyProperties", ()),
        *schema.get("conditionalCreateOnlyProperties", ()),
    ]
    overwriting = ("SecretString",) if resource_type.endswith("::Secret") else ()
    return (*sorted({path.split("/")[2] for path in paths}), *overwriting)
