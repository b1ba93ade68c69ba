"""What the archive asks of S3: no more than it needs, and with the type of each object."""

import re

import pytest

from mpl_export.archive.archive import Archive
from mpl_export.archive.objects import S3Objects
from mpl_export.errors import ConfigurationError, TenantMismatchError
from tests.support.exporter.fakes import MemoryObjects
from tests.unit.samples import log
from tests.unit.told_aws import ToldAws

EMPTY_LIST = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


def archive(aws: ToldAws) -> Archive:
    """The archive of ``demo`` in a bucket of S3."""
    return Archive(S3Objects(aws.client("s3"), "archive"), "demo")


def test_the_marker_is_json() -> None:
    """A browser shows it, and who looks for the origin of the data sees it at once."""
    aws = ToldAws([(200, b"")])

    archive(aws).claim("tenant.example")

    assert aws.headers()["content-type"] == "application/json"


def test_a_part_is_gzip() -> None:
    """Crawlers go by its type; no encoding, or clients would unpack it on the way."""
    aws = ToldAws([(200, EMPTY_LIST), (200, b"")])

    list(archive(aws).store([log(1)], lambda _logs: {}))

    assert aws.headers()["content-type"] == "application/gzip"
    assert "gzip" not in aws.headers().get("content-encoding", "")


def test_a_claim_is_one_call_and_is_remembered() -> None:
    """A warm container runs every few minutes; the marker never changes."""
    objects = MemoryObjects()
    puts: list[str] = []
    objects.before_put = puts.append
    warm = Archive(objects, "demo")

    for _ in range(3):
        warm.claim("tenant.example")

    assert puts == ["sources/tenant=demo.json"]
    assert objects.gets == 0


def test_a_marker_that_cannot_be_read_is_called_so() -> None:
    """The message stands in place of the host that the archive was begun with."""
    objects = MemoryObjects()
    objects.held["sources/tenant=demo.json"] = b"{}"

    with pytest.raises(TenantMismatchError, match=re.escape("begun with an unreadable marker; ")):
        Archive(objects, "demo").claim("tenant.example")


def test_a_foreign_object_that_comes_first_is_named() -> None:
    """Somebody put it there while we were about to: they have to find and move it."""
    objects = MemoryObjects()

    def before_us(key: str) -> None:
        objects.held[key] = b"foreign"

    objects.before_put = before_us

    with pytest.raises(ConfigurationError, match=r"12Z-0000\.jsonl\.gz"):
        list(Archive(objects, "demo").store([log(1)], lambda _logs: {}))
