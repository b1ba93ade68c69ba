"""How long a run may wait for AWS: not beyond its own end.

The SDK tries a call four times, which is a minute where nothing answers; and a run that ends makes
several calls.  Killed by Lambda's timeout, it could not even say what was wrong.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from mpl_export.clock import Deadline

if TYPE_CHECKING:
    from botocore.client import BaseClient

CONNECT_SECONDS = 4
READ_SECONDS = 15
_LONGEST_SECONDS = CONNECT_SECONDS + READ_SECONDS


class NoTimeLeftError(BotoCoreError):
    """An attempt that could not end within the run was not made; the SDK makes no further one."""

    fmt = "AWS did not answer, and the run has no time left to ask again"


class Patience:
    """Watches the clients of a container, one run after the other.

    As long as AWS answers, a call takes milliseconds and is made up to the very end.  While the
    last attempt of this run had no answer, none begins that could outlast the run.
    """

    def __init__(self) -> None:
        self._ends: Deadline | None = None
        self._had_no_answer = False

    def begin(self, ends: Deadline) -> None:
        """Begin a run that ends then."""
        self._ends, self._had_no_answer = ends, False

    def watch(self, client: "BaseClient") -> None:
        """Watch each attempt of a client."""
        client.meta.events.register_first("before-send", self._before)
        client.meta.events.register("response-received", self._after)

    def _before(self, **_: Any) -> None:  # noqa: ANN401 - whatever botocore passes on
        if self._ends is None or not self._had_no_answer:
            return
        if self._ends.seconds_left() < _LONGEST_SECONDS:
            raise NoTimeLeftError

    def _after(self, exception: Exception | None, **_: Any) -> None:  # noqa: ANN401
        if exception is None:
            self._had_no_answer = False  # it answers again
        elif isinstance(exception, (HTTPClientError, NoConnectionError)):
            self._had_no_answer = True
