"""A token that is asked for once, of a server that says what the test says."""

from datetime import timedelta
from typing import Final

import pytest

from mpl_export.clock import Deadline
from mpl_export.errors import ExportError
from mpl_export.tenant.credentials.service_key import ServiceKey
from mpl_export.tenant.credentials.token import Token, fetch_token
from mpl_export.tenant.http.attempts import Attempts
from tests.support.exporter import keys
from tests.support.manual_clock import ManualClock
from tests.support.tenant.scripted_exchange import Say, ScriptedExchange

CERTIFICATE_KEY: Final = ServiceKey.parse(keys.service_key_text(keys.certificate_members()))
SECRET_KEY: Final = ServiceKey.parse(keys.service_key_text(keys.secret_members()))


def attempts_at(exchange: ScriptedExchange, clock: ManualClock | None = None) -> Attempts:
    """Three attempts within ten minutes."""
    deadline = Deadline.after(clock or ManualClock(), timedelta(minutes=10))
    return Attempts(exchange=exchange, deadline=deadline, jitter=lambda: 0.5)


def fetched(*says: Say, key: ServiceKey = CERTIFICATE_KEY) -> Token:
    """The token that comes of it when the server says this."""
    return fetch_token(key, attempts_at(ScriptedExchange(list(says))))


def refused(*says: Say, key: ServiceKey = CERTIFICATE_KEY) -> ExportError:
    """The error that comes of it when the server says this."""
    with pytest.raises(ExportError) as caught:
        fetched(*says, key=key)
    return caught.value
