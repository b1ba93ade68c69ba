"""The fake store tells an object from its twin, as S3 does."""

from tests.support.exporter.fakes import MemoryObjects


def test_the_very_same_bytes_are_written_once() -> None:
    """S3 answers 412 to the second put of one and the same ``bytes``; the fake says True."""
    objects, body = MemoryObjects(), b"first"
    assert objects.put_if_absent("key", body, content_type="application/gzip")

    assert not objects.put_if_absent("key", body, content_type="application/gzip")
