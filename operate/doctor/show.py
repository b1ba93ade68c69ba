"""The doctor as a command: both halves, one list, one exit code."""

from dataclasses import asdict

from operate.deployed import Deployed
from operate.doctor.bucket_steps import look_at_bucket
from operate.doctor.findings import Examination
from operate.doctor.function_steps import ask_function
from operate.doctor.rules_steps import look_at_rules
from operate.doctor.running_steps import look_at_running
from operate.doctor.telling_steps import look_at_telling
from operate.voice import Voice

_MARKS = {"ok": "ok", "failed": "FAILED", "not checked": "not checked", "off": "off"}


def examined(stack: Deployed, voice: Voice) -> Examination:
    """Go through both halves, and say nothing yet but how far it is."""
    steps = Examination()
    with voice.waiting(f"Asking the function of {stack.name}"):
        ask_function(stack, steps)
    with voice.waiting(f"Looking at {stack.name} from outside"):
        look_from_outside(stack, steps)
    return steps


def look_from_outside(stack: Deployed, steps: Examination) -> None:
    """Go through what only the operator's own credentials see."""
    look_at_bucket(stack, steps)
    look_at_telling(stack, steps)
    look_at_running(stack, steps)
    look_at_rules(stack, steps)


def examine(stack: Deployed, voice: Voice) -> Examination:
    """Examine a stack, and tell."""
    steps = examined(stack, voice)
    show(steps, voice)
    voice.document(
        {
            "stack": stack.name,
            "tenant": stack.tenant,
            "ending": steps.ending.name.lower(),
            "steps": [asdict(each) for each in steps.steps],
        }
    )
    return steps


def show(steps: Examination, voice: Voice) -> None:
    """Show people every step, then what there is to do."""
    voice.table(
        "",
        [(each.name, _MARKS[each.verdict], each.seen) for each in steps.steps],
        header=("step", "", "what was seen"),
    )
    for each in steps.steps:
        if each.verdict == "failed":
            voice.say(f"{each.name}: {each.seen}", style="bold red")
            voice.say(f"  -> {each.do}")
        elif each.do:
            voice.say(f"{each.name}: {each.do}")
    failed = sum(each.verdict == "failed" for each in steps.steps)
    unseen = sum(each.verdict == "not checked" for each in steps.steps)
    if failed or unseen:
        voice.say(f"{failed} of {len(steps.steps)} steps failed, {unseen} were not checked.")
    else:
        off = sum(each.verdict == "off" for each in steps.steps)
        besides = f"; {off} is switched off" if off else ""
        well = f"All {len(steps.steps) - off} steps are well{besides}."
        voice.say(well, style="bold green")
