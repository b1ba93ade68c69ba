"""Planning that fails leaves no thread behind."""

from collections.abc import Iterator

import pytest

from mpl_export.errors import TenantUnavailableError
from mpl_export.exporter.prefetch import read_slices
from mpl_export.model import Span
from tests.unit.exporter.test_prefetch import minutes, readers, spans


def test_a_failure_of_the_planning_ends_the_readers() -> None:
    """To count the logs of the next slice may fail while others are being read."""

    def plan() -> Iterator[Span]:
        yield from spans(3)
        raise TenantUnavailableError("cannot count")

    with pytest.raises(TenantUnavailableError, match="cannot count"):
        list(read_slices(plan(), minutes, threads=4))

    assert readers() == []
