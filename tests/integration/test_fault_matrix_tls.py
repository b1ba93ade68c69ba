"""Every fault of a certificate, over real TLS: how the run ends, and that nothing is lost.

The cells and their endings are the table ``tests.support.faults.tls_fault_table``, which
``docs/faults.md`` shows.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mpl_export.tenant.credentials.service_key import ServiceKey
from mpl_export.tenant.credentials.token import Token
from mpl_export.tenant.credentials.token_source import https
from operate.sap_tenant.server import SapTenantServer
from tests.support.exporter.secret_watch import SecretWatch
from tests.support.faults.fault_calls import empty_world
from tests.support.faults.fault_play import play, settle
from tests.support.faults.fault_wire import MemorySecret
from tests.support.faults.fault_world import HOUR, TODAY, FaultWorld
from tests.support.faults.tls_fault_table import TLS_FAULTS, TlsFault, good_text


def _reached(world: FaultWorld, server: SapTenantServer, text: str) -> FaultWorld:
    """The world, whose tenant is reached over sockets with this service key."""
    return replace(world, connect=https, root_pem=server.ca_pem, secret=MemorySecret(text))


@pytest.mark.parametrize("fault", TLS_FAULTS, ids=lambda fault: fault.name)
def test_a_fault_of_a_certificate(fault: TlsFault, watch: SecretWatch) -> None:
    """The run ends as the table says; once the fault is mended, the archive is the truth."""
    world = empty_world()
    for hours in (1, 2, 3):
        world.tenant.add(log_end=TODAY - hours * HOUR)
    with world.tenant.serve(server_valid=fault.server_valid) as server:
        struck = _reached(world, server, fault.text(server))
        if not fault.trusted:
            struck.root_pem = ""
        if fault.warm:
            key = ServiceKey.parse(struck.secret.current())
            struck.tokens.keep(key, Token(world.tenant.issue_token(), TODAY + HOUR))
        if fault.late:
            world.clock.skew = datetime.now(UTC) - fault.late - TODAY
        with watch.over(struck):
            played = play(struck)
            watch.note(played.error)
    world.clock.skew = timedelta(0)
    with world.tenant.serve() as server:
        mended = _reached(world, server, good_text(server))
        with watch.over(mended):
            settle(mended)

    assert fault.ending.error is not None
    assert isinstance(played.error, fault.ending.error), played.error
    assert re.search(fault.words, str(played.error))
