"""The proof as a whole: each step is asked for first, and all that was seen is told at the end."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from operate.account import Account
from operate.deploy.answers import Given, planned
from operate.deploy.run import carry_out
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from operate.options import Where
from operate.prove.attempts import export_again, look_at_settings, try_to_damage
from operate.prove.removal import delete_stack, delete_what_stayed
from operate.prove.seals import verify_seals
from operate.prove.seen import Record
from operate.showcases import run_drill
from operate.voice import Voice


@dataclass(slots=True)
class _Inner(Voice):
    """The voice of a step: what it has for programs is not the proof's document."""

    def document(self, value: object) -> None:
        """Keep it: the proof has one document of its own."""
        del value


@dataclass(slots=True)
class Proof:
    """One proof in one account.

    Attributes:
        template: A built template; None to build one.
        asks: Whether each step is asked for.
    """

    account: Account
    where: Where
    given: Given
    voice: Voice
    template: Path | None = None
    asks: bool = True
    record: Record = field(default_factory=Record)
    left: list[str] = field(default_factory=list)

    def carry_out(self) -> int:
        """Do all of it; what was begun and not deleted is named, however it ends.

        Raises:
            StoppedError: There is such a stack already: a proof takes a new one, as it deletes it.
        """
        name = self.where.stack
        if Deployed.look(self.account, name) is not None:
            raise StoppedError(
                f"there is a stack {name} already; a proof deletes what it deploys, so give it a"
                " name of its own by --stack (make: STACK=...)"
            )
        if not self._go(f"Deploy the stack {name}"):
            return Ending.STOPPED
        self.left = [f"stack {name}"]
        stopped = True
        try:
            self._deploy()
            stack = Deployed.find(self.account, name)
            self._try(stack)
            stopped = False
        finally:
            self._remove()
            self.record.show(self.voice, self.left, stopped=stopped)
        return self.record.ending

    def _deploy(self) -> None:
        inner = _Inner(as_json=self.voice.as_json)
        given = replace(self.given, goes_ahead=True)
        plan = planned(self.account, self.where.stack, given, inner)
        ending = carry_out(
            plan,
            inner,
            template=self.template,
            profile=self.where.profile,
            environment="default",
        )
        paused = plan.parameters.get("ScheduleState") == "DISABLED"
        self.record.note(
            "CloudFormation takes the template, the tenant takes the key, and the schedule's run"
            " archives logs",
            held={Ending.WELL: None if paused else True, Ending.UNCHECKED: None}.get(
                Ending(ending), False
            ),
            what="the schedule is switched off" if paused else f"deploy ended: {_words(ending)}",
        )

    def _try(self, stack: Deployed) -> None:
        voice = self.voice
        if self._go("Export the last day once more, and look at bucket and table"):
            with voice.waiting("Exporting, and looking"):
                export_again(stack, self.record)
                look_at_settings(stack, self.record)
        if self._go("Try to overwrite and to delete a part, which has to be refused"):
            with voice.waiting("Trying"):
                try_to_damage(stack, self.record)
        claim = "every alarm fires, and reaches the topic"
        if self._go("Set every alarm off (people get the mails, too)"):
            ending = run_drill(self.where, _Inner(as_json=voice.as_json))
            self.record.note(claim, held=ending == 0, what=f"the drill ended: {_words(ending)}")
            self._ask_for_mails()
        else:
            self.record.note(claim, held=None, what="you did not want it")
        if self._go("Seal what has arrived, and hold the archive against its seals"):
            with voice.waiting("Sealing, and reading all of it again"):
                verify_seals(stack, self.record, _Inner(as_json=voice.as_json))

    def _ask_for_mails(self) -> None:
        """What only a person can see."""
        claim = "the mails arrive"
        if not self.asks:
            self.record.note(claim, held=None, what="nobody was asked")
            return
        came = self._go("Have the mails of the alarms arrived")
        self.record.note(claim, held=came, what="as you say")

    def _remove(self) -> None:
        stack = Deployed.look(self.account, self.where.stack)
        if stack is None:
            self.left = []  # nothing was begun: a key that is no good ends it before
            return
        if "ArchiveBucket" not in stack.outputs:
            return
        if not self._go(f"Delete the stack {stack.name}"):
            return
        with self.voice.waiting("Deleting"):
            leftovers = delete_stack(stack)
        self.left = leftovers.named()
        self.record.note(
            "what one would miss outlives the stack", held=True, what=", ".join(self.left)
        )
        if self._go(f"Delete what it left behind, for ever: {', '.join(self.left)}"):
            delete_what_stayed(stack, leftovers)
            self.left = []

    def _go(self, what: str) -> bool:
        if not self.asks:
            self.voice.say(what)
            return True
        return click.confirm(f"{what}?", default=True, err=True)


def _words(ending: int) -> str:
    return Ending(ending).name.lower()
