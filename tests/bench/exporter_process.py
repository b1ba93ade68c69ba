"""The exporter as Lambda runs it: the real handler, cold, then once for each line of input.

A line is an event, the answer the report with the seconds of CPU and of the clock that it took.
"""

import json
import resource
import sys
import uuid
from dataclasses import dataclass
from time import monotonic

_RUN_SECONDS = 900


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


def main(module: str) -> None:
    """Import a handler, and invoke it."""
    answers, sys.stdout = sys.stdout, sys.stderr  # where the handler's log goes
    handler = __import__(module, fromlist=["handler"]).handler
    for line in sys.stdin:
        cpu, begun = _cpu(), monotonic()
        report = handler(json.loads(line), Context(str(uuid.uuid4()), begun + _RUN_SECONDS))
        answer = {"cpu": _cpu() - cpu, "wall": monotonic() - begun, "report": report}
        print(json.dumps(answer), file=answers, flush=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(sys.argv[1])
