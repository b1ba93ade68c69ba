"""``rules``: show what is in force, or check a file, show what it changes, and put it."""

import difflib
from pathlib import Path

from mpl_export.clock import Clock, SystemClock
from operate.endings import Ending
from operate.options import Where
from operate.rules.file import RulesFile, read_rules
from operate.rules.stored import InForce, StackRules
from operate.voice import Voice


def put_rules(
    where: Where,
    path: Path | None,
    voice: Voice,
    *,
    checks_only: bool = False,
    clock: Clock | None = None,
) -> int:
    """Put a file of rules; without one, show those that are in force.

    Args:
        checks_only: Whether the file is judged, and nothing else done: no account is needed.

    Raises:
        StoppedError: The file is refused, or AWS does not do what it has to.
    """
    now = (clock or SystemClock()).now()
    if path is None:
        return _show(StackRules(where.deployed()), voice)
    file = read_rules(path, now, voice)
    for remark in file.remarks(now):
        voice.say(f"{path}: {remark}", style="yellow")
    if checks_only:
        voice.say(f"{path} holds: {_contents(file)}.")
        voice.document(file.as_json())
        return Ending.WELL
    stack = StackRules(where.deployed())
    before = stack.in_force()
    result = {**file.as_json(), "tenant": stack.stack.tenant, "before": before.number}
    if before.text == file.text:
        voice.say(f"{path} is in force already, as {_key(stack, before)}; nothing was put.")
        voice.document({**result, "number": before.number, "changed": False})
        return Ending.WELL
    for line in _difference(before, file):
        voice.say(line, style=_STYLES.get(line[:1]))
    number = stack.put(file, before)
    voice.say()
    voice.say(
        f"{stack.key(number)} is in force for {stack.stack.tenant} from the next run on: "
        f"{_contents(file)}."
    )
    voice.document({**result, "number": number, "changed": True})
    return Ending.WELL


_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def _show(stack: StackRules, voice: Voice) -> int:
    held = stack.in_force()
    if held.number is None:
        voice.say(f"No rules are in force for {stack.stack.tenant}; see docs/telling.md.")
        voice.document({"tenant": stack.stack.tenant, "number": None, "text": None})
        return Ending.WELL
    voice.document({"tenant": stack.stack.tenant, "number": held.number, "text": held.text})
    if held.text is None:
        voice.complain(
            f"{_key(stack, held)} is in force and does not exist: nothing is exported, and "
            "failures go to everybody, until you put rules by make rules FILE=..."
        )
        return Ending.FAULT
    voice.say(f"# {_key(stack, held)}, in force for {stack.stack.tenant}")
    voice.say(held.text)
    return Ending.WELL


def _key(stack: StackRules, held: InForce) -> str:
    return "nothing" if held.number is None else stack.key(held.number)


def _difference(before: InForce, file: RulesFile) -> list[str]:
    """What the file changes, as a diff."""
    name = "no rules" if before.number is None else f"rules {before.number}"
    return list(
        difflib.unified_diff(
            (before.text or "").splitlines(),
            file.text.splitlines(),
            name,
            str(file.path),
            lineterm="",
        )
    )


def _contents(file: RulesFile) -> str:
    rules = file.rules
    masks = len(rules.masks.patterns) + len(rules.masks.headers)
    counts = (
        (len(rules.routes), "route"),
        (len(rules.owners), "owner"),
        (len(rules.mutes), "mute"),
        (masks, "mask"),
    )
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)
