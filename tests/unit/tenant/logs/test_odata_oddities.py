"""Counts with a byte order mark, and models in encodings that nobody knows."""

import pytest

from mpl_export.errors import UnexpectedResponseError
from mpl_export.tenant.logs.odata import (
    declared_properties,
)
from mpl_export.tenant.odata.answers import (
    count_of,
)
from tests.unit.tenant.logs.test_odata import METADATA, answer


def test_a_count_may_begin_with_a_byte_order_mark() -> None:
    """``lstrip`` says that it is meant to be stripped; decoding as ASCII has replaced it before."""
    assert count_of(answer("\ufeff7", "text/plain")) == 7


def test_an_unknown_encoding_is_refused() -> None:
    """Expat raises LookupError for it, which ends the run instead of asking without $select."""
    with pytest.raises(UnexpectedResponseError):
        declared_properties(METADATA.replace("utf-8", "no-such-encoding").encode())
