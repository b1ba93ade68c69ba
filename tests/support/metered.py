"""What a function that was invoked has metered, read from its standard output."""

from operate.emulated.emf_bridge import data_of
from operate.emulated.stack import LogLine
from tests.support.manual_clock import NOON


def metered(printed: str) -> set[str]:
    """The names of the metrics in CloudWatch's embedded metric format."""
    lines = [LogLine(at=NOON, stream="", text=line) for line in printed.splitlines()]
    return {datum.name for line in lines for datum in data_of(line)}
