"""AWS as it answers on a bad day, put between boto3's clients and the wire by botocore's own hooks.

An answer is forged where the request would be sent (``before-send``), so the SDK's parsing, its
retries and their number are the real ones; only its waits are not waited.

Source: botocore, ``endpoint.py`` (events), ``retries/standard.py``; the error codes and their
statuses: API references of S3, DynamoDB, Secrets Manager and KMS, "Common errors".
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from botocore.retries import standard

_ATTEMPTS = 4
_XML = (
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message>'
    "<RequestId>1</RequestId></Error>"
)


type Answer = Callable[[AWSPreparedRequest], AWSResponse | None]
"""What happens to a request; None lets it through."""


@dataclass
class AwsFault:
    """Something that happens to calls of one kind.

    Attributes:
        operation: The operation, such as ``PutObject``.
        answer: What happens.
        marks: Strikes only requests that hold this text in their URL or body.
        times: How many attempts it strikes; None is all.
        after: How many such requests pass before.
    """

    operation: str
    answer: Answer
    marks: str = ""
    times: int | None = None
    after: int = 0
    struck: int = 0
    seen: int = 0
    _busy: bool = field(default=False, repr=False)

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        """Strike, or let the request through."""
        body = request.body if isinstance(request.body, bytes) else b""
        if self._busy or self.marks.encode() not in request.url.encode() + body:
            return None
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.struck >= self.times):
            return None
        self.struck += 1
        self._busy = True  # what it does may itself be calls of this kind
        try:
            return self.answer(request)
        finally:
            self._busy = False

    def over(self, *clients: BaseClient) -> None:
        """Strike the calls of these clients from now on."""
        for client in clients:
            name = client.meta.service_model.service_id.hyphenize()
            client.meta.events.register(f"before-send.{name}.{self.operation}", self)  # type: ignore[arg-type]  # what it returns counts

    def mend(self, *clients: BaseClient) -> None:
        """Strike no more."""
        for client in clients:
            name = client.meta.service_model.service_id.hyphenize()
            client.meta.events.unregister(f"before-send.{name}.{self.operation}", self)  # type: ignore[arg-type]  # what it returns counts


def without_waits(client: BaseClient) -> None:
    """Let the SDK retry as it does, but wait for nothing.

    And out of an allowance that never ends: clients that live through hundreds of faults would use
    it up, as no client in a container does.
    """
    name = client.meta.service_model.service_id.hyphenize()
    events = client.meta.events
    events.unregister(f"needs-retry.{name}", unique_id=f"retry-config-{name}")
    handler = standard.register_retry_handler(client, max_attempts=_ATTEMPTS)
    handler._retry_policy.compute_retry_delay = lambda _context: 0  # type: ignore[attr-defined]  # not in the stubs
    handler._retry_quota.acquire_retry_quota = lambda _context: True  # type: ignore[attr-defined]  # not in the stubs


def refuses(
    status: int, code: str, message: str = "made up", *, json_code: str | None = None
) -> Answer:
    """AWS answers with an error, in the form of the service that is asked.

    Args:
        json_code: What those services call it that speak JSON, if they do so differently: they
            say it with 400 unless they failed.
    """

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        if "x-amz-target" in {name.lower() for name in request.headers}:
            kind, its_status = f"x#{json_code or code}", status if status >= 500 else 400
            body = json.dumps({"__type": kind, "message": message, "Message": message})
            return _response(request, its_status, body, "application/x-amz-json-1.1")
        return _response(
            request, status, _XML.format(code=code, message=message), "application/xml"
        )

    return answer


def ends_the_connection(request: AWSPreparedRequest) -> AWSResponse | None:
    """The connection ends before there is an answer."""
    raise ConnectionClosedError(endpoint_url=request.url)


def answers_too_late(request: AWSPreparedRequest) -> AWSResponse | None:
    """The call is done, and then the connection ends: nobody learns of it."""
    URLLib3Session().send(request)
    raise ConnectionClosedError(endpoint_url=request.url)


def says(text: str) -> Answer:
    """AWS answers well, with this JSON."""
    return lambda request: _response(request, 200, text, "application/x-amz-json-1.1")


def does(action: Callable[[], object]) -> Answer:
    """Something happens right before the call, which then goes through."""

    def answer(_: AWSPreparedRequest) -> None:
        action()

    return answer


class _Raw:
    """The body of a forged answer."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> list[bytes]:
        """The body in one piece."""
        return [self._body]


def _response(request: AWSPreparedRequest, status: int, text: str, kind: str) -> AWSResponse:
    headers = HeadersDict({"content-type": kind})
    return AWSResponse(request.url, status, headers, _Raw(text.encode()))  # type: ignore[arg-type]
