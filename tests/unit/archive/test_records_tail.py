"""What stands behind the gzip of a part is not passed over in silence."""

import pytest

from mpl_export.archive.records import DamagedPartError, compressed, record_line, versions_in
from tests.unit.samples import log


@pytest.mark.parametrize("tail", [b"garbage", compressed([record_line(log(2))])])
def test_what_follows_the_gzip_is_told(tail: bytes) -> None:
    """A second member is legal gzip, which every reader of the archive would read."""
    with pytest.raises(DamagedPartError):
        list(versions_in(compressed([record_line(log(1))]) + tail))
