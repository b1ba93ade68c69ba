"""A simulated SAP Cloud Integration tenant: the message processing logs and who may read them.

It answers as the facts say the real one does, and refuses what the real one refuses.  Where the
facts are open it takes the reading that is harder on a client (``Behaviour``).  Ask it without a
socket (``SapTenant.handle``) or over real TLS (``SapTenant.serve``).
"""

from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.exchange import (
    ConnectionLost,
    NoAnswerInTime,
    Request,
    Response,
)
from operate.sap_tenant.faults import (
    Fault,
    failing_interval,
    malformed_row,
    throttled,
    unreadable_row,
)
from operate.sap_tenant.tenant import SapTenant

__all__ = [
    "Behaviour",
    "ConnectionLost",
    "Fault",
    "NoAnswerInTime",
    "Request",
    "Response",
    "SapTenant",
    "failing_interval",
    "malformed_row",
    "throttled",
    "unreadable_row",
]
