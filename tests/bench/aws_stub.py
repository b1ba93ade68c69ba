"""AWS for benchmarks: a loopback port that answers after a stated delay, and counts.

It speaks as much of S3, DynamoDB, Secrets Manager, STS, SNS and EventBridge as the clients of the
benchmark use, and keeps what they write, so that results can be verified.  The emulated AWS of the
tests is nearer to AWS, and far too slow to be a measure.

``python -m tests.bench.aws_stub`` takes orders (``operate.sap_tenant.orders``).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

import orjson

from mpl_export.archive.layout import part_key
from mpl_export.model import WINDOW, window_of
from operate.sap_tenant.orders import take_orders
from tests.bench.archived import archived
from tests.bench.stub_dynamo import Tables
from tests.bench.stub_http import Call, Port, Reply
from tests.bench.stub_s3 import Buckets
from tests.bench.world import BUCKET

if TYPE_CHECKING:
    from collections.abc import Mapping

_JSON: Final = {"Content-Type": "application/x-amz-json-1.1"}
_XML: Final = {"Content-Type": "text/xml"}
_ACCOUNT: Final = "000000000000"


class AwsStub:
    """All services behind one port, told apart as AWS's own SDKs address them."""

    def __init__(self) -> None:
        self.buckets = Buckets()
        self.tables = Tables()
        self.secrets: dict[str, str] = {}
        self.events = 0
        self.published = 0
        self.port = Port(self.answer)

    def answer(self, call: Call) -> tuple[str, Reply]:
        """Give the operation's name and the answer."""
        service, _, operation = call.headers.get("x-amz-target", "").rpartition(".")
        if not operation:
            kind = call.headers.get("content-type", "")
            if call.path == "/" and call.method == "POST" and "x-www-form-urlencoded" in kind:
                return self._query_protocol(call)
            operation, reply = self.buckets.answer(call)
            return f"s3:{operation}", reply
        if service.startswith("DynamoDB"):
            return f"dynamodb:{operation}", self.tables.answer(operation, call.body)
        if service == "secretsmanager":
            return f"secretsmanager:{operation}", self._secret(orjson.loads(call.body))
        if service == "AWSEvents":
            entries = orjson.loads(call.body)["Entries"]
            self.events += len(entries)
            taken = [{"EventId": str(number)} for number, _ in enumerate(entries)]
            answer = {"FailedEntryCount": 0, "Entries": taken}
            return f"events:{operation}", Reply(200, orjson.dumps(answer), _JSON)
        return "unknown", Reply(400, b'{"__type":"UnknownOperationException"}', _JSON)

    def _secret(self, request: dict[str, str]) -> Reply:
        name = request["SecretId"]
        if name not in self.secrets or request.get("VersionStage", "AWSCURRENT") != "AWSCURRENT":
            return Reply(400, b'{"__type":"ResourceNotFoundException"}', _JSON)
        answer = {
            "ARN": name,
            "Name": name,
            "SecretString": self.secrets[name],
            "VersionId": "v1",
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": 1.7e9,
        }
        return Reply(200, orjson.dumps(answer), _JSON)

    def _query_protocol(self, call: Call) -> tuple[str, Reply]:
        [action] = parse_qs(call.body.decode())["Action"]
        if action == "Publish":
            self.published += 1
            result = "<MessageId>1</MessageId>"
            return "sns:Publish", _xml(action, result)
        if action == "GetCallerIdentity":
            result = (
                f"<Arn>arn:aws:iam::{_ACCOUNT}:role/bench</Arn><UserId>bench</UserId>"
                f"<Account>{_ACCOUNT}</Account>"
            )
            return "sts:GetCallerIdentity", _xml(action, result)
        return "unknown", Reply(400, b"<ErrorResponse><Error><Code>InvalidAction</Code></Error>")

    # -- orders --------------------------------------------------------------------------

    def begin(self, delay: float, secrets: Mapping[str, str]) -> dict[str, Any]:
        """Forget everything, and answer after a delay from now on."""
        self.buckets.clear()
        self.tables.clear()
        self.secrets = dict(secrets)
        self.events = self.published = 0
        return self.count(delay)

    def count(self, delay: float) -> dict[str, Any]:
        """Keep everything, but count anew."""
        self.port.delay = delay
        self.port.forget()
        return {}

    def tell(self) -> dict[str, Any]:
        """Say what was called since then."""
        return {
            "url": self.port.url,
            "calls": dict(self.port.calls),
            "most_at_once": self.port.most_at_once,
            "events": self.events,
            "published": self.published,
        }

    def look(self, bucket: str) -> dict[str, Any]:
        """Say what records a bucket holds."""
        bodies = (
            body for name, body in self.buckets.bodies.items() if name.startswith(f"{bucket}/")
        )
        return archived(bodies).as_json()

    def put_file(self, name: str, file: str) -> dict[str, Any]:
        """Take an object from a file."""
        self.buckets.fill({name: Path(file).read_bytes()})
        return {}

    def age(self, tenant: str, years: int) -> dict[str, Any]:
        """Pretend that parts were written for so many years, one a window, until 40 days ago."""
        until = window_of(datetime.now(UTC) - timedelta(days=40))
        windows = (until - number * WINDOW for number in range(timedelta(365 * years) // WINDOW))
        names = (f"{BUCKET}/{part_key(tenant, window, 0)}" for window in windows)
        self.buckets.fill(dict.fromkeys(names, b""))
        return {}


def _xml(action: str, result: str) -> Reply:
    text = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
    return Reply(200, text.encode(), _XML)


def main() -> None:
    """Serve, and take orders until the input ends."""
    stub = AwsStub()
    orders = (stub.begin, stub.count, stub.tell, stub.look, stub.put_file, stub.age)
    take_orders({order.__name__: order for order in orders})


if __name__ == "__main__":
    main()
