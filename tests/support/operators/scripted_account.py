"""An AWS account that answers what it is told, for commands that only look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from operate.deployed import Deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operate.account import Account

REGION = "eu-central-1"
ACCOUNT = "111122223333"
TENANT = "acme"
ROLE = "arn:aws:iam::111122223333:role/exporter"
BUCKET = "acme-archive"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"


def refusal(code: str, message: str = "") -> ClientError:
    """An error of AWS, as the SDK raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Call")


@dataclass(slots=True)
class _Client:
    answers: dict[str, Any]

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401 - any operation
        def call(**arguments: object) -> Any:  # noqa: ANN401 - any answer
            answer = self.answers[operation]
            if callable(answer):
                answer = answer(**arguments)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, operation: str) -> _Pages:
        """Pages of an operation: there is one."""
        return _Pages(self, operation)


@dataclass(slots=True)
class _Pages:
    client: _Client
    operation: str

    def paginate(self, **arguments: object) -> Iterator[Any]:
        """The one page."""
        yield getattr(self.client, self.operation)(**arguments)


@dataclass(slots=True)
class ScriptedAccount:
    """An account whose services answer what stands in ``answers``, by service and operation."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    id: str = ACCOUNT
    region: str = REGION
    caller: str = "arn:aws:iam::111122223333:user/operator"
    endpoint: str = ""

    def client(self, service: str) -> _Client:
        """A client of a service."""
        return _Client(self.answers.setdefault(service, {}))

    def tell(self, operation: str, answer: object) -> None:
        """Let an operation, such as ``s3.get_bucket_policy``, answer something else."""
        service, _, name = operation.partition(".")
        self.answers.setdefault(service, {})[name] = answer


def scripted_stack(account: ScriptedAccount, **parameters: str) -> Deployed:
    """A stack in it."""
    return Deployed(
        account=cast("Account", account),
        name="mpl-export",
        status="UPDATE_COMPLETE",
        outputs={
            "ExporterFunction": "exporter",
            "ExporterRole": ROLE,
            "NotifierFunction": "notifier",
            "ArchiveBucket": BUCKET,
            "CheckpointTable": "checkpoints",
            "ServiceKeySecret": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key",
            "AlertTopic": TOPIC,
        },
        parameters={"TenantName": TENANT, **parameters},
    )
