"""Clients of AWS that send nothing: each request is noted, and answered as the test says.

Requests and answers go through botocore's own hook (``before-send``), so what is noted is what
would have gone over the wire, and what comes of an answer is what the SDK makes of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal, overload

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config

from tests.support.rights.noted_calls import stack_gives

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 1})


@dataclass
class ToldAws:
    """Answers one thing after the other, the last one for ever.

    Attributes:
        says: The statuses and bodies to answer.
        asked: Every request that came.
    """

    says: list[tuple[int, bytes]]
    asked: list[AWSPreparedRequest] = field(default_factory=list)

    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["dynamodb"]) -> DynamoDBClient: ...
    def client(self, service: Literal["s3", "dynamodb"]) -> S3Client | DynamoDBClient:
        """Make a client whose every request comes here."""
        made: S3Client | DynamoDBClient = boto3.client(
            service,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=_CONFIG,
        )
        stack_gives(TENANT="demo", ARCHIVE_BUCKET="archive", CHECKPOINT_TABLE="state")
        made.meta.events.register("before-send", self._answer)  # type: ignore[arg-type]  # it counts
        return made

    def headers(self) -> dict[str, str]:
        """The headers of the last request, as text, by their names in lower case."""
        headers: dict[str, object] = dict(self.asked[-1].headers.items())
        return {
            name.lower(): value.decode() if isinstance(value, bytes) else str(value)
            for name, value in headers.items()
        }

    def members(self) -> dict[str, object]:
        """The JSON of the last request."""
        body = self.asked[-1].body
        assert isinstance(body, bytes)
        members: dict[str, object] = json.loads(body)
        return members

    def _answer(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        self.asked.append(request)
        status, body = self.says[0] if len(self.says) == 1 else self.says.pop(0)
        return AWSResponse(request.url, status, HeadersDict(), _Raw(body))  # type: ignore[arg-type]


class _Raw(BytesIO):
    """A body as botocore reads it off the wire."""

    def stream(self, *_: object, **__: object) -> list[bytes]:
        """The body in one piece."""
        return [self.getvalue()]


def s3_error(status: int, code: str) -> tuple[int, bytes]:
    """What S3 says when it does not do it."""
    return status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


def dynamodb_error(code: str) -> tuple[int, bytes]:
    """What DynamoDB says when it does not do it."""
    return 400, f'{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"no"}}'.encode()
