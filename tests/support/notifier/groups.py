"""Groups of failures for tests that do not need a part to get some."""

from datetime import timedelta

from mpl_export.notifier.grouping import Group
from tests.support.manual_clock import NOON


def group(**members: object) -> Group:
    """A group of failures."""
    return Group(
        **{  # type: ignore[arg-type]  # as the test says
            "signature": "0123456789abcdef",
            "artifact": "Order_to_Cash",
            "name": "Order to Cash",
            "package": "Sales",
            "sender": "ERP",
            "receiver": "CRM",
            "error": "The receiver answered 500",
            "link": "https://tenant.example/shell/monitoring/Messages/1",
            "statuses": {"FAILED": 2},
            "first": NOON,
            "last": NOON + timedelta(minutes=5),
            **members,
        }
    )
