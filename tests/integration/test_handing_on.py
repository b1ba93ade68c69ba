"""The recipes for handing the archive on: what of them can run here, runs."""

from __future__ import annotations

import gzip
import io
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
import sqlglot

from tests.packaging.template import PROJECT
from tests.support.asking.lived_archive import lived

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE: Final = (PROJECT / "docs" / "handing-on.md").read_text()
BUCKET: Final = "archive"


def block(language: str, holding: str) -> str:
    """A block of code of the page."""
    (found,) = (
        each
        for each in re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        if holding in each
    )
    return str(found)


class Sink:
    """Takes documents by their ids, as OpenSearch does: one that comes again is put over itself.

    Attributes:
        documents: By id.
        taken: How many lines came, each time that they did.
        refuses: Whether it says that lines failed.
    """

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.taken = 0
        self.refuses = False

    def bulk(self, body: bytes) -> dict[str, Any]:
        """Take pairs of an action and a document."""
        lines = body.decode().split("\n")
        assert lines.pop() == "", "the form ends with a newline"
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            self.documents[json.loads(action)["index"]["_id"]] = json.loads(document)
            self.taken += 1
        return {"errors": self.refuses, "items": []}


@contextmanager
def listening(sink: Sink) -> Iterator[str]:
    """The sink on this machine, by HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps(sink.bulk(body)).encode()
            assert self.path == "/_bulk"
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class S3:
    """The archive's objects."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self.objects = objects

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Read one."""
        assert Bucket == BUCKET
        return {"Body": io.BytesIO(self.objects[Key])}


def created(key: str) -> dict[str, Any]:
    """What EventBridge tells of a part."""
    return {"detail": {"bucket": {"name": BUCKET}, "object": {"key": key}}}


def test_the_same_part_twice_is_one_document_for_each_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The code of the page, as it is printed: a retry is harmless downstream."""
    life = lived(40)
    parts = {key: body for key, body in life.objects.items() if key.startswith("mpl/")}
    sink, code = Sink(), dict[str, Any]()
    monkeypatch.setattr(boto3, "client", lambda service: {"s3": S3(parts)}[service])
    exec(block("python", "_bulk"), code)  # noqa: S102 - the page is ours

    with listening(sink) as url:
        monkeypatch.setenv("SINK", url)
        for key in (*parts, *reversed(parts)):
            code["handler"](created(key), None)

    assert sink.taken == 2 * len(life.records)
    assert sink.documents == {record["Version"]: record for record in life.records}


def test_what_the_sink_refuses_is_not_taken_for_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function fails, so EventBridge tries again."""
    key = "mpl/v1/tenant=demo/dt=2026-11-22/11Z-0000.jsonl.gz"
    sink, code = Sink(), dict[str, Any]()
    sink.refuses = True
    part = S3({key: gzip.compress(b'{"Version":"v"}\n')})
    monkeypatch.setattr(boto3, "client", lambda _: part)
    exec(block("python", "_bulk"), code)  # noqa: S102 - the page is ours

    with listening(sink) as url:
        monkeypatch.setenv("SINK", url)
        with pytest.raises(RuntimeError, match="11Z-0000"):
            code["handler"](created(key), None)


def test_the_statements_for_snowflake_parse() -> None:
    """That is as far as this machine reaches."""
    statements = sqlglot.parse(block("sql", "MERGE INTO"), read="snowflake")

    assert [each.key for each in statements if each] == ["create", "copy", "merge"]


@pytest.mark.parametrize(
    ("storage", "transition", "never_below", "months"),
    [(0.0125, 0.01, 70, 7), (0.004, 0.02, 22, 8)],
)
def test_tiering_pays_from_the_sizes_on_that_the_page_says(
    storage: float, transition: float, never_below: int, months: int
) -> None:
    """By list prices: 128 kB are billed at least, and a transition costs once."""
    standard, least = 0.023, 128

    def saved(kilobytes: float) -> float:
        return (kilobytes * standard - max(kilobytes, least) * storage) / 1024**2

    assert saved(never_below - 1) < 0 < saved(never_below + 1)
    assert int(transition / 1000 / saved(128)) == months
    assert transition / 1000 / saved(1024) <= 1.1
    assert f"{never_below} " in PAGE
    assert f"after {months} months" in PAGE
