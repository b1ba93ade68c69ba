"""The boundaries between the outside effects of this process, found while it runs.

An outside effect is whatever somebody else can see: a request over HTTP, whoever sends it (the
AWS SDK as well as our own exchange end in ``http.client``), and every change of the file system
(by Python's audit events).  No effect is listed by name, so one that is added to the code tomorrow
has its boundaries too.  At any of them the process can be made to die, or to fall asleep.

To be used in a process of its own only: it hooks the standard library, and it stays.
"""

import http.client
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, Final

from mpl_export.aws import session

_CHANGES: Final = frozenset({"os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree"})
_LONGEST_NAME: Final = 160


class Boundaries:
    """Counts the boundaries as the process comes to them; each has a number, from 0, and a name.

    A request has three: *before* it is sent, when it is *sent* and nothing is known of it (the
    other side may still act on it when this process is dead), and when it was *answered*.
    """

    def __init__(self, log: int, *, at: int | str | None, by: signal.Signals) -> None:
        """Watch from ``install`` on.

        Args:
            log: A file descriptor that takes a line for each boundary.
            at: The boundary at which a signal strikes: its number, or what its name begins with,
                the first of those; None for none.
            by: That signal.
        """
        self._log = log
        self._at = at
        self._by = by
        self._count = 0
        self._lock = threading.Lock()
        self._thread = threading.local()

    def install(self) -> None:
        """Hook the standard library and the AWS SDK's default session."""
        # Held as functions, not looked up later: they are replaced below.
        before, after = (
            http.client.HTTPConnection.putrequest,
            http.client.HTTPConnection.getresponse,
        )
        reach, thread = self._reach, self._thread

        def putrequest(
            connection: http.client.HTTPConnection, method: str, url: str, **options: bool
        ) -> None:
            thread.doing = getattr(thread, "aws", None) or f"{method} {url}"
            thread.aws = None
            reach(f"before {thread.doing}")
            before(connection, method, url, **options)

        def getresponse(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
            reach(f"sent {thread.doing}")
            response = after(connection)
            reach(f"answered {response.status} {thread.doing}")
            return response

        http.client.HTTPConnection.putrequest = putrequest  # type: ignore[assignment]
        http.client.HTTPConnection.getresponse = getresponse  # type: ignore[method-assign, assignment]
        # That DynamoDB is asked POST / says little: the SDK knows what for.
        events = session().get_component("event_emitter")
        events.register("before-parameter-build", self._name_the_call)
        events.register("before-send", self._name_the_attempt)
        sys.addaudithook(self._hear)

    def _name_the_call(self, params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        what = [params.get(name) for name in ("UpdateExpression", "Key", "Prefix", "SecretId")]
        told = next((text for text in what if isinstance(text, str)), "")
        self._thread.call = f"{model.service_model.service_name} {model.name} {told}"

    def _name_the_attempt(self, **_: object) -> None:
        """Each attempt is of the call: another one, too, after a connection that had ended."""
        self._thread.aws = self._thread.call

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[2], int):
            if args[2] & (os.O_WRONLY | os.O_RDWR) and str(args[0]) != os.devnull:
                self._reach(f"before writing {_last(args[0])}")
        elif event in _CHANGES:
            self._reach(f"before {event} {_last(args[0])}")

    def _reach(self, name: str) -> None:
        with self._lock:
            number = self._count
            self._count += 1
            os.write(self._log, name[:_LONGEST_NAME].encode() + b"\n")
            if number == self._at or (isinstance(self._at, str) and name.startswith(self._at)):
                self._at = None
                os.kill(os.getpid(), self._by)


def _last(path: object) -> str:
    return Path(os.fsdecode(path)).name if isinstance(path, str | bytes | os.PathLike) else ""
