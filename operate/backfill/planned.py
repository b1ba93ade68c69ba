"""Ask the exporter how it would cut a span; nothing is written."""

import json
from collections.abc import Iterator
from typing import Any

from operate.account import asking
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError

type Plan = dict[str, Any]

_ENDINGS = {
    "EventError": Ending.USAGE,
    "TenantUnavailableError": Ending.UNAVAILABLE,
    "TenantThrottledError": Ending.UNAVAILABLE,
    "AwsUnavailableError": Ending.UNAVAILABLE,
}


def plans(stack: Deployed, asked: dict[str, Any]) -> Iterator[Plan]:
    """Plan a span; one that takes more slices than a plan holds, by several.

    Raises:
        StoppedError: The function cannot be invoked, or says what is wrong.
    """
    rest: dict[str, Any] | None = asked
    while rest is not None:
        plan = _invoked(stack, rest)
        yield plan
        rest = plan["rest"] and {**asked, **plan["rest"]}


def _invoked(stack: Deployed, asked: dict[str, Any]) -> Plan:
    name = stack.outputs["ExporterFunction"]
    with asking("lambda:InvokeFunction", f"invoke {name}"):
        told = stack.account.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps({"plan": asked}).encode()
        )
    answer: dict[str, Any] = json.loads(told["Payload"].read())
    if not told.get("FunctionError"):
        return answer
    kind, message = answer.get("errorType", "an error"), answer.get("errorMessage", "")
    raise StoppedError(
        f"the function could not plan ({kind}): {message}", _ENDINGS.get(kind, Ending.SETUP)
    )
