"""What the operator's half finds; a step without the right for it never passes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from operate.account import DeniedError
from operate.endings import Ending, StoppedError

type Verdict = Literal["ok", "failed", "not checked", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step, in the shape that the function's half has."""

    name: str
    verdict: Verdict
    seen: str
    do: str = ""


class FaultError(Exception):
    """Something is wrong.

    Attributes:
        do: What to do about it, in the words of the console.
    """

    def __init__(self, seen: str, do: str) -> None:
        super().__init__(seen)
        self.do = do


class UnknownError(Exception):
    """AWS does not say, so nobody may claim that all is well."""


@dataclass(slots=True)
class Examination:
    """The steps in their order; none hides another."""

    steps: list[Step] = field(default_factory=list)

    def step(self, name: str, look: Callable[[], str]) -> None:
        """Look, and note what was seen, or what is wrong, or which right is missing."""
        try:
            self.steps.append(Step(name=name, verdict="ok", seen=look()))
        except FaultError as error:
            self.steps.append(Step(name=name, verdict="failed", seen=str(error), do=error.do))
        except DeniedError as error:
            self.steps.append(
                Step(
                    name=name,
                    verdict="not checked",
                    seen=f"not checked, needs {error.action}",
                    do="ask who manages your role for this right, or let them run the doctor",
                )
            )
        except UnknownError as error:
            self.steps.append(Step(name=name, verdict="not checked", seen=str(error)))
        except StoppedError as error:
            unavailable = error.ending is Ending.UNAVAILABLE
            self.steps.append(
                Step(
                    name=name,
                    verdict="not checked" if unavailable else "failed",
                    seen=str(error),
                    do="try again" if unavailable else "mend what the message names, or report it",
                )
            )

    @property
    def ending(self) -> Ending:
        """The exit code that belongs to these verdicts."""
        verdicts = {each.verdict for each in self.steps}
        if "failed" in verdicts:
            return Ending.FAULT
        return Ending.UNCHECKED if "not checked" in verdicts else Ending.WELL
