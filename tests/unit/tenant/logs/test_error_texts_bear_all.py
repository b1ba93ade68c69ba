"""No failure of an error text keeps a log from being archived."""

import pytest

from mpl_export.errors import ExportError, KeyRefusedError, TemporaryError
from mpl_export.tenant.http.transport import Request
from tests.support.exporter.exporter_harness import Harness
from tests.support.manual_clock import NOON
from tests.unit.samples import HOUR, SECOND, guid_of
from tests.unit.tenant.logs.test_error_texts import Bench, failed


@pytest.mark.parametrize("error", [TemporaryError("no token"), KeyRefusedError("revoked")])
def test_a_text_that_cannot_be_had_is_left_out(error: Exception) -> None:
    """TenantApi.error_text may raise these since a token may have to be renewed for it."""
    bench = Bench()

    def answer(guid: str) -> bytes:
        if guid == guid_of(1):
            raise error
        return b"why"

    bench.source.answer = answer

    assert bench.texts([failed(1), failed(2)]) == {failed(2).version: "why"}


@pytest.mark.parametrize("error", [TemporaryError("no token"), KeyRefusedError("revoked")])
def test_what_was_read_is_stored_when_the_token_server_goes_down(error: Exception) -> None:
    """Reading fails, what was read is stored first - unless the texts fail by the same cause."""
    harness = Harness()
    harness.tenant.behaviour.page_cap = 5
    for n in range(20):
        harness.tenant.add(status="FAILED", log_end=NOON - HOUR + n * SECOND)
    pages = 0

    class Down:
        def __call__(self, request: Request, *, timeout: float, size_limit: int) -> object:
            nonlocal pages
            pages += "Logs?" in request.url
            if pages > 2:
                raise error  # as TenantApi raises it when the token cannot be renewed
            return real(request, timeout=timeout, size_limit=size_limit)

    real = harness.exchange
    harness.exchange = Down()  # type: ignore[assignment]
    with pytest.raises(ExportError):
        harness.run()

    assert len(harness.records()) >= 9  # two pages of five, one row of overlap
