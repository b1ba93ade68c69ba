"""As much of S3 as exporters use: objects that are kept, lists of them, conditional writes."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, insort
from email.utils import formatdate
from typing import Final
from xml.sax.saxutils import escape

from tests.bench.stub_http import Call, Reply

_NAMESPACE: Final = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_XML: Final = {"Content-Type": "application/xml"}
_MOST_KEYS: Final = 1000
_KEY: Final = re.compile(rb"<Key>([^<]*)</Key>")


class Buckets:
    """The objects of all buckets; every bucket that is named exists.

    Attributes:
        bodies: By bucket and key, ``bucket/key``.
    """

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self._names: list[str] = []

    def clear(self) -> None:
        """Forget all objects."""
        self.bodies.clear()
        self._names.clear()

    def fill(self, bodies: dict[str, bytes]) -> None:
        """Take many objects at once."""
        self.bodies |= bodies
        self._names = sorted(self.bodies)

    def answer(self, call: Call) -> tuple[str, Reply]:
        """Answer a call."""
        bucket, _, key = call.path.removeprefix("/").partition("/")
        if not key:
            return self._of_bucket(call, bucket)
        name = f"{bucket}/{key}"
        match call.method:
            case "PUT" if not call.options.keys() - {"x-id"}:
                return "PutObject", self._put(call, name)
            case "GET" | "HEAD" if not call.options.keys() - {"x-id"}:
                operation = "GetObject" if call.method == "GET" else "HeadObject"
                return operation, self._get(name)
            case "DELETE":
                self._remove(name)
                return "DeleteObject", Reply(204)
            case _:
                return "unknown", _error(501, "NotImplemented")

    def _of_bucket(self, call: Call, bucket: str) -> tuple[str, Reply]:
        match call.method:
            case "HEAD":
                return "HeadBucket", Reply(200)
            case "PUT":
                return "CreateBucket", Reply(200)
            case "GET" if call.options.get("list-type") == "2":
                return "ListObjectsV2", self._list(call, bucket)
            case "GET" if "location" in call.options:
                return "GetBucketLocation", Reply(
                    200, f"<LocationConstraint {_NAMESPACE}/>".encode()
                )
            case "POST" if "delete" in call.options:
                for key in _KEY.findall(call.body):
                    self._remove(f"{bucket}/{key.decode()}")
                return "DeleteObjects", Reply(200, f"<DeleteResult {_NAMESPACE}/>".encode(), _XML)
            case _:
                return "unknown", _error(501, "NotImplemented")

    def _put(self, call: Call, name: str) -> Reply:
        there = name in self.bodies
        if there and call.headers.get("if-none-match") == "*":
            return _error(412, "PreconditionFailed")
        self.bodies[name] = call.body
        if not there:
            insort(self._names, name)
        return Reply(200, b"", {"ETag": _etag(call.body)})

    def _get(self, name: str) -> Reply:
        body = self.bodies.get(name)
        if body is None:
            return _error(404, "NoSuchKey")
        headers = {"ETag": _etag(body), "Last-Modified": formatdate(usegmt=True)}
        return Reply(200, body, headers)

    def _remove(self, name: str) -> None:
        if self.bodies.pop(name, None) is not None:
            del self._names[bisect_left(self._names, name)]

    def _list(self, call: Call, bucket: str) -> Reply:
        """A page of keys; without ``delimiter``, or with ``/``."""
        start = f"{bucket}/{call.options.get('prefix', '')}"
        after = call.options.get("continuation-token") or call.options.get("start-after")
        at = bisect_left(self._names, start)
        if after:
            at = max(at, bisect_left(self._names, f"{bucket}/{after}\0"))
        most = min(int(call.options.get("max-keys", _MOST_KEYS)), _MOST_KEYS)
        delimited = call.options.get("delimiter") == "/"
        found: list[str] = []
        last = ""
        while at < len(self._names) and len(found) < most and self._names[at].startswith(start):
            name = self._names[at]
            last = name.partition("/")[2]
            inner, slash, _ = name[len(start) :].partition("/")
            if delimited and slash:
                prefix = f"{start}{inner}/"
                found.append(_prefix(prefix.partition("/")[2]))
                last = prefix.partition("/")[2] + "\U0010ffff"
                at = bisect_left(self._names, prefix + "\U0010ffff")
            else:
                found.append(_content(last, self.bodies[name]))
                at += 1
        more = at < len(self._names) and self._names[at].startswith(start)
        token = f"<NextContinuationToken>{escape(last)}</NextContinuationToken>" if more else ""
        return Reply(
            200,
            (
                f"<ListBucketResult {_NAMESPACE}><Name>{bucket}</Name>"
                f"<KeyCount>{len(found)}</KeyCount><MaxKeys>{most}</MaxKeys>"
                f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{''.join(found)}"
                "</ListBucketResult>"
            ).encode(),
            _XML,
        )


def _content(key: str, body: bytes) -> str:
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>{_etag(body)}</ETag><Size>{len(body)}</Size><StorageClass>STANDARD</StorageClass>"
        "</Contents>"
    )


def _prefix(prefix: str) -> str:
    return f"<CommonPrefixes><Prefix>{escape(prefix)}</Prefix></CommonPrefixes>"


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def _error(status: int, code: str) -> Reply:
    return Reply(
        status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), _XML
    )
