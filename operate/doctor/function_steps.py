"""The function's own half, asked for by an event, and what its answer says of its release."""

import json
from typing import Any

from mpl_export import __version__
from operate.account import asking
from operate.deployed import Deployed
from operate.doctor.findings import Examination, FaultError, Step


def ask_function(stack: Deployed, steps: Examination) -> None:
    """Invoke the doctor in the function, and take over what it found."""
    answer: dict[str, Any] = {}

    def invoke() -> str:
        name = stack.outputs["ExporterFunction"]
        with asking("lambda:InvokeFunction", f"invoke {name}"):
            told = stack.account.client("lambda").invoke(
                FunctionName=name, Payload=json.dumps({"check": True}).encode()
            )
        payload = json.loads(told["Payload"].read())
        if told.get("FunctionError"):
            raise FaultError(*_why(payload))
        answer.update(payload)
        return f"{name} answers"

    steps.step("function", invoke)
    for each in answer.get("steps", ()):
        steps.steps.append(Step(**each))

    def release() -> str:
        if not answer:
            raise FaultError("unknown, as the function did not answer", "mend that first")
        deployed = answer.get("release", "unknown")
        if deployed != __version__:
            raise FaultError(
                f"the stack runs release {deployed}, this folder holds {__version__}",
                "make deploy, or check out the release that is deployed",
            )
        return f"{deployed}, as in this folder"

    steps.step("release", release)


def _why(payload: dict[str, Any]) -> tuple[str, str]:
    """What a failed invocation says, and what to do."""
    kind, message = payload.get("errorType", "an error"), payload.get("errorMessage", "")
    if kind == "EventError":
        return (
            "the deployed release does not know the doctor",
            "deploy this release: make deploy",
        )
    return (
        f"the function ended with {kind}: {message}",
        "AWS console: Lambda > the function > Monitor > View CloudWatch logs",
    )
