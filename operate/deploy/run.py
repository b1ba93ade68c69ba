"""The deployment as a whole: judge, build, deploy, put the key, examine, wait, show."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from operate.account import DeniedError, asking
from operate.deploy.answers import Plan
from operate.deploy.first_run import Report, await_first_run, protect_table, show_arrived
from operate.deploy.samcli import build, deploy
from operate.deployed import Deployed
from operate.doctor.findings import Examination
from operate.doctor.function_steps import ask_function
from operate.doctor.show import look_from_outside, show
from operate.endings import Ending
from operate.voice import Voice


def carry_out(
    plan: Plan, voice: Voice, *, template: Path | None, profile: str | None, environment: str
) -> int:
    """Do all of it; 0 only if logs can be exported and, unless paused, a run has done so."""
    began = datetime.now(UTC)
    if template is None:
        with voice.waiting("Building (sam build)"):
            build()
    with voice.waiting("Deploying (sam deploy); some minutes the first time"):
        deploy(plan, template, profile, environment)
    stack = Deployed.find(plan.account, plan.stack)
    voice.say(_put_key(plan, stack))

    steps = Examination()
    with voice.waiting("Asking the function what it can reach"):
        ask_function(stack, steps)
    document: dict[str, Any] = {"stack": stack.name, "outputs": dict(stack.outputs)}
    ending = steps.ending
    report: Report | None = None
    if can_export(ending):
        report, run_ended = _first_run(stack, began, voice)
        ending = max(ending, run_ended)
        with voice.waiting("Looking at the stack from outside"):
            look_from_outside(stack, steps)
    show(steps, voice)
    if report is not None:
        show_arrived(stack, report, voice)
        voice.say(f"From now on: make doctor STACK={stack.name} examines it again.")
    document |= {
        "ending": ending.name.lower(),
        "first_run": report,
        "steps": [asdict(each) for each in steps.steps],
    }
    voice.document(document)
    return ending


def can_export(examined: Ending) -> bool:
    """Whether a run is worth waiting for: all that it needs is well.

    A step that could not be checked, such as runtime artifacts that the role does not cover, is
    told by the exit code, and keeps no log out of the archive.
    """
    return examined in {Ending.WELL, Ending.UNCHECKED}


def _first_run(stack: Deployed, began: datetime, voice: Voice) -> tuple[Report | None, Ending]:
    """Wait for a run, and protect what it has begun; a pause or a missing right is told."""
    if stack.parameters.get("ScheduleState", "ENABLED") == "DISABLED":
        voice.say("The schedule is switched off, so no run is waited for.")
        return None, Ending.WELL
    try:
        with voice.waiting(f"Waiting for a run ({stack.parameters['ScheduleExpression']})"):
            report = await_first_run(stack, began, voice)
        voice.say(protect_table(stack))
    except DeniedError as error:
        voice.say(f"not checked: {error}")
        return None, Ending.UNCHECKED
    return report, Ending.WELL


def _put_key(plan: Plan, stack: Deployed) -> str:
    """Put the key into the secret, unless it is there; it is shown nowhere."""
    name = stack.outputs["ServiceKeySecret"]
    if plan.key is None:
        return "The service key stays as it is."
    client = plan.account.client("secretsmanager")
    held: str | None = None
    with asking("secretsmanager:PutSecretValue", f"put the service key into {name}"):
        try:
            held = client.get_secret_value(SecretId=name).get("SecretString")
        except ClientError:
            held = None  # it need not be readable to be written
        if held == plan.key.text:
            return "The secret holds this service key already."
        client.put_secret_value(SecretId=name, SecretString=plan.key.text)
    return f"The service key is in the secret {name}."
