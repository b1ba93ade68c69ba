"""What was claimed, and what the account showed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from operate.endings import Ending
from operate.voice import Voice


@dataclass(frozen=True, slots=True)
class Seen:
    """One claim.

    Attributes:
        claim: What ought to be so.
        held: Whether it was; None if it could not be looked at.
        what: What was seen, or why nothing was.
    """

    claim: str
    held: bool | None
    what: str


@dataclass(slots=True)
class Record:
    """All claims, in the order in which they were tried."""

    claims: list[Seen] = field(default_factory=list)

    def note(self, claim: str, *, held: bool | None, what: str) -> None:
        """Add one."""
        self.claims.append(Seen(claim, held, what))

    @property
    def ending(self) -> Ending:
        """As a whole: what failed outweighs what could not be looked at."""
        if any(each.held is False for each in self.claims):
            return Ending.FAULT
        if any(each.held is None for each in self.claims):
            return Ending.UNCHECKED
        return Ending.WELL

    def show(self, voice: Voice, left: Sequence[str], *, stopped: bool = False) -> None:
        """Tell people and programs.

        Args:
            left: What is still in the account.
            stopped: Whether an error ends the proof: that is what a program is told then.
        """
        words = {True: "seen", False: "NOT SO", None: "not looked at"}
        if self.claims:
            voice.table(
                "What this account has shown",
                [(words[each.held], each.claim, each.what) for each in self.claims],
                header=("", "claim", "what was seen"),
            )
        for each in left:
            voice.say(f"still there: {each}")
        if stopped:
            return
        voice.document(
            {
                "ending": self.ending.name.lower(),
                "claims": [asdict(each) for each in self.claims],
                "left": list(left),
            }
        )
