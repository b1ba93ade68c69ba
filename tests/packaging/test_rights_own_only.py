"""The functions' roles match what the stack owns, and nothing that looks alike.

A pattern that is too wide is not seen by comparing it with calls that are right: here each call is
right first, and then wrong in one thing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.rights.function_rights import FunctionRights, rights_of
from tests.support.rights.role_rights import Call

if TYPE_CHECKING:
    from tests.support.rights.noted_calls import Function

_TENANT: Final = "<TenantName>"
_PARTS: Final = f"mpl/v1/tenant={_TENANT}/"
_SERVICES: Final = ("dynamodb", "s3", "secretsmanager", "sns")


def _object(action: str, key: str = f"{_PARTS}x", *, bucket: str = "<ARCHIVE_BUCKET>") -> Call:
    return Call(f"s3:{action}", f"{bucket}/{key}")


def _listing(*prefixes: str, bucket: str = "<ARCHIVE_BUCKET>") -> Call:
    return Call("s3:ListBucket", bucket, tuple(("s3:prefix", each) for each in prefixes))


def _items(action: str, *tenants: str, table: str = "<CHECKPOINT_TABLE>") -> Call:
    context = tuple(("dynamodb:LeadingKeys", tenant) for tenant in tenants)
    return Call(f"dynamodb:{action}", table, context)


def _events(*sources: str, bus: str = "<EVENT_BUS>") -> Call:
    return Call("events:PutEvents", bus, tuple(("events:source", each) for each in sources))


_SECRET: Final = Call("secretsmanager:GetSecretValue", "<SERVICE_KEY_SECRET>")
_TOPIC: Final = Call("sns:Publish", "<ALERT_TOPIC>")
_INTERFACE: Final = Call(
    "ec2:CreateNetworkInterface", "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-1"
)

_ALIKE: Final[dict[Function, dict[Call, tuple[Call, ...]]]] = {
    "Exporter": {
        _object("GetObject"): (
            _object("GetObject", "mpl/v1/tenant=another/x"),
            _object("GetObject", f"mpl/v1/tenant={_TENANT}x/x"),
            _object("GetObject", f"mpl/v2/tenant={_TENANT}/x"),
            _object("GetObject", "elsewhere"),
            _object("GetObject", bucket="<ARCHIVE_BUCKET>x"),
            _object("GetObjectVersion"),
        ),
        _object("PutObject"): (
            _object("PutObject", "mpl/v1/tenant=another/x"),
            _object("PutObject", bucket="<ARCHIVE_BUCKET>x"),
            _object("PutObjectRetention"),
            _object("DeleteObject"),
        ),
        **{
            _object(action, f"artifacts/v1/tenant={_TENANT}/x"): (
                _object(action, "artifacts/v1/tenant=another/x"),
                _object(action, f"artifacts/v1/tenant={_TENANT}x/x"),
                _object(action, f"artifacts/v2/tenant={_TENANT}/x"),
            )
            for action in ("GetObject", "PutObject")
        },
        _object("PutObject", f"sources/tenant={_TENANT}.json"): (
            _object("PutObject", "sources/tenant=another.json"),
            _object("PutObject", f"sources/tenant={_TENANT}.json.gz"),
        ),
        _listing(f"{_PARTS}dt="): (
            _listing(),
            _listing(""),
            _listing("mpl/"),
            _listing("mpl/v1/tenant=another/"),
            _listing("sources/"),
            _listing(f"{_PARTS}dt=", bucket="<ARCHIVE_BUCKET>x"),
        ),
        _items("UpdateItem", _TENANT): (
            _items("UpdateItem", "another"),
            _items("UpdateItem", f"{_TENANT}#notices"),
            _items("UpdateItem", _TENANT, table="<CHECKPOINT_TABLE>x"),
            _items("DeleteItem", _TENANT),
        ),
        _items("GetItem", _TENANT): (
            _items("GetItem", "another"),
            _items("GetItem", _TENANT, table="<CHECKPOINT_TABLE>/index/x"),
            _items("Scan", _TENANT),
        ),
        _SECRET: (
            replace(_SECRET, resource="<SERVICE_KEY_SECRET>x"),
            replace(_SECRET, action="secretsmanager:PutSecretValue"),
        ),
    },
    "Notifier": {
        _object("GetObject", f"artifacts/v1/tenant={_TENANT}/x"): (
            _object("GetObject", "artifacts/v1/tenant=another/x"),
            _object("GetObject", f"artifacts/v1/tenant={_TENANT}x/x"),
            _object("PutObject", f"artifacts/v1/tenant={_TENANT}/x"),
        ),
        _object("GetObject"): (
            _object("GetObject", "mpl/v1/tenant=another/x"),
            _object("GetObject", f"mpl/v1/tenant={_TENANT}x/x"),
            _object("GetObject", f"sources/tenant={_TENANT}.json"),
            _object("GetObject", bucket="<ARCHIVE_BUCKET>x"),
            _object("PutObject"),
            _listing(_PARTS),
            _SECRET,
        ),
        _items("GetItem", _TENANT): (
            _items("UpdateItem", _TENANT),
            _items("Query", _TENANT),
            _items("BatchGetItem", _TENANT),
            _items("GetItem", "another"),
        ),
        **{
            _items(action, f"{_TENANT}#notices"): (
                _items(action, "another#notices"),
                _items(action, f"{_TENANT}#notices", "another#notices"),
                _items(action, f"{_TENANT}#notices", table="<CHECKPOINT_TABLE>x"),
            )
            for action in ("BatchGetItem", "BatchWriteItem", "GetItem", "Query", "UpdateItem")
        },
        _TOPIC: (
            replace(_TOPIC, resource="<ALERT_TOPIC>x"),
            replace(_TOPIC, action="sns:Subscribe"),
        ),
        _events("mpl-export", "mpl-export"): (
            _events("aws.s3"),
            _events("mpl-export", "aws.s3"),
            _events("mpl-export", bus="<EVENT_BUS>x"),
        ),
    },
}


def _permits(rights: FunctionRights, noted: Call) -> bool:
    return not rights.denied(noted)


@pytest.mark.parametrize("given", [False, True], ids=["nothing given", "everything given"])
@pytest.mark.parametrize(
    ("function", "right"),
    [
        pytest.param(function, right, id=f"{function} {right.action}")
        for function in _ALIKE
        for right in _ALIKE[function]
    ],
)
def test_what_looks_alike_is_denied(function: Function, right: Call, *, given: bool) -> None:
    """Another tenant, another bucket, table, secret, topic or bus; more than the job takes."""
    rights = rights_of(function, given=given)

    assert _permits(rights, right)
    assert [wrong for wrong in _ALIKE[function][right] if _permits(rights, wrong)] == []


@pytest.mark.parametrize(
    ("function", "noted"),
    [
        ("Exporter", _object("GetObject")),
        ("Exporter", _object("PutObject")),
        ("Exporter", _SECRET),
        ("Notifier", _object("GetObject")),
        ("Notifier", _TOPIC),
    ],
    ids=lambda value: value.action if isinstance(value, Call) else value,
)
def test_a_key_serves_one_service_only(function: Function, noted: Call) -> None:
    """Neither the function itself nor another service may use it with the role."""
    rights = rights_of(function, given=True)
    own, *of_keys = rights.calls(noted)
    service = own.action.partition(":")[0]
    others = [name for name in _SERVICES if name != service]

    assert of_keys
    for call in of_keys:
        wrong = [
            replace(call, context=()),
            replace(call, resource=f"{call.resource}x"),
            replace(call, action="kms:CreateGrant"),
            *(
                replace(call, context=(("kms:ViaService", f"{name}.eu-central-1.amazonaws.com"),))
                for name in others
            ),
        ]
        assert rights.role.permits(call)
        assert [each for each in wrong if rights.role.permits(each)] == []


def test_lambda_may_make_interfaces_but_the_code_may_not() -> None:
    """The same role serves both; what calls from inside a function says so."""
    role = rights_of("Exporter", given=True).role
    inside = (("lambda:SourceFunctionArn", "any"),)

    assert role.permits(_INTERFACE)
    assert not role.permits(replace(_INTERFACE, context=inside))
