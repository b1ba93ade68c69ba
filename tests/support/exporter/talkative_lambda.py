"""The exporter in a process whose log levels somebody has set to DEBUG: ``python -m`` this.

It is invoked by lines of its input, and prints all that can be seen of it: what it logs, its
errors with all that hangs on them, and the ``repr`` of every object of ours that is alive.
"""

import gc
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LEVELS = {
    "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    "LOG_LEVEL": "DEBUG",
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_LOGGER_LOG_EVENT": "true",
    "POWERTOOLS_DEBUG": "true",
}
"""Every setting by which somebody may want to see more."""

ANSWERED = "answered: "
"""What the last line of an invocation begins with."""


def main() -> None:
    """Be invoked until the input ends."""
    # As Lambda's runtime does before it loads the function; hence the imports below.
    logging.basicConfig(stream=sys.stdout, level=os.environ["AWS_LAMBDA_LOG_LEVEL"])
    from mpl_export.clock import SystemClock  # noqa: PLC0415
    from mpl_export.exporter.handler import handler  # noqa: PLC0415
    from tests.support.exporter.secret_watch import all_that_shows  # noqa: PLC0415
    from tests.support.invocation import Invocation  # noqa: PLC0415

    # Always the same one, so that a lease which was not given back is no obstacle.
    context: Any = Invocation(function_name="exporter", seconds=900)
    SystemClock.sleep = lambda *_: None  # type: ignore[method-assign]  # nobody waits
    for line in sys.stdin:
        outcome = "well"
        try:
            with _struck(json.loads(line)):
                handler({}, context)
        except Exception as error:  # noqa: BLE001 - as Lambda does
            outcome = type(error).__name__
            print(all_that_shows(error))
            _print_objects()  # while the traceback keeps them alive
        print(f"{ANSWERED}{outcome}", flush=True)


def _print_objects() -> None:
    for value in gc.get_objects():
        if str(type(value).__module__).startswith("mpl_export."):
            print(repr(value))


@contextmanager
def _struck(order: dict[str, Any]) -> Iterator[None]:
    """Let AWS fail as an order says, by the names of the matrix, from the first call on."""
    if "fault" not in order:
        yield
        return
    from mpl_export.exporter import handler  # noqa: PLC0415
    from tests.support.faults.aws_fault_table import AWS_CALLS, AWS_FAULTS  # noqa: PLC0415
    from tests.support.faults.aws_faults import AwsFault, without_waits  # noqa: PLC0415

    kind = next(kind for kind in AWS_FAULTS if kind.name == order["fault"])
    wanted = AWS_CALLS[order["call"]]
    container = handler._container()
    clients = (
        container.archive._objects._client,  # type: ignore[attr-defined]
        container.checkpoints._item._client,
        container.secret._client,
    )
    for client in clients:
        without_waits(client)
    fault = AwsFault(wanted.operation, kind.answer(None), wanted.mark)  # type: ignore[arg-type]
    fault.over(*clients)
    try:
        yield
    finally:
        fault.mend(*clients)
        assert fault.struck


if __name__ == "__main__":
    main()
