"""The process that runs of the exporter are born from: ``python -m`` this, jobs on its input.

To import everything takes a second, and to fork a process that has imported it some milliseconds.
It has one thread and no connection when it forks, so its children are as good as new ones.

A line of input is a JSON object: ``{"run": job}`` answers ``{"pid": ...}``, ``{"wait": pid}``
answers ``{"code": ...}`` when that run has ended, negative for the signal that ended it.
"""

import json
import os
import resource
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Never

from mpl_export.aws import session
from mpl_export.exporter.handler import handler
from mpl_export.tenant.credentials.client_certificate import trusted_certificates
from tests.support.kills.kill_points import Boundaries
from tests.support.rights.noted_calls import FILE, Recorder

_INHERITED = (0, 1)


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a function about its invocation."""

    aws_request_id: str
    ends: float
    function_name: str = "exporter"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:exporter"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the run."""
        return max(0, int((self.ends - monotonic()) * 1000))


def main() -> None:
    """Serve until the input ends; then no child is left."""
    recorder = _recorder()
    _warm_up()
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "run" in order:
            pid = os.fork()
            if pid == 0:
                _live(order["run"], recorder)
            children.add(pid)
            answer = {"pid": pid}
        else:
            _, status = os.waitpid(order["wait"], 0)
            children.discard(order["wait"])
            answer = {"code": os.waitstatus_to_exitcode(status)}
        print(json.dumps(answer), flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _recorder() -> Recorder:
    """Note the calls of all runs where the tests want it."""
    recorder = Recorder(Path(os.environ.get(FILE, os.devnull)))
    recorder.listen()
    return recorder


def _warm_up() -> None:
    """Load what is loaded once per process: descriptions of AWS services, public roots."""
    for service in ("s3", "dynamodb", "secretsmanager"):
        session().create_client(service).close()
    trusted_certificates("")


def _live(job: dict[str, Any], recorder: Recorder) -> Never:
    """Be the run; never come back."""
    home = Path(job["home"])
    os.environ.clear()
    os.environ.update(job["environment"])
    tempfile.tempdir = None  # to be looked up anew
    output = os.open(os.devnull if job["no_space"] else home / "output", os.O_WRONLY | os.O_CREAT)
    for inherited in (0, 1, 2):
        os.dup2(output, inherited)
    log = os.open(os.devnull if job["no_space"] else home / "boundaries", os.O_WRONLY | os.O_CREAT)
    context = Context(job["run_id"], monotonic() + job["seconds"])
    Boundaries(log, at=job["at"], by=signal.Signals(job["by"])).install()
    if job["no_space"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        outcome: dict[str, Any] = {"report": handler(job["event"], context)}  # type: ignore[arg-type]
    except BaseException as error:  # noqa: BLE001 - as Lambda does: the type and the text are told
        outcome = {"error": type(error).__name__, "message": str(error)}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    recorder.flush()
    (home / "outcome").write_text(json.dumps(outcome))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
