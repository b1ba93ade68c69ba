"""What an examination finds: a verdict for each step, what was seen, and what to do."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from mpl_export.errors import ExportError
from mpl_export.exporter.doctor.advice import advice_on

type Verdict = Literal["ok", "failed", "not checked", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step.

    Attributes:
        name: What was looked at.
        seen: What there was, in a sentence; never a secret.
        do: What to do about it; empty if nothing.
    """

    name: str
    verdict: Verdict
    seen: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Found[T]:
    """A step that went well, with what later steps need of it."""

    value: T
    seen: str
    do: str = ""


class FaultError(Exception):
    """Something is wrong that no run would raise an error of its own for.

    Attributes:
        do: What to do about it.
    """

    def __init__(self, seen: str, do: str) -> None:
        super().__init__(seen)
        self.do = do


class UncheckedError(Exception):
    """What belongs to this step could not be looked at, so nobody may claim that it is well.

    Attributes:
        do: What to do about it; empty if nothing of its own.
    """

    def __init__(self, seen: str, do: str = "") -> None:
        super().__init__(seen)
        self.do = do


class SwitchedOffError(Exception):
    """A setting says that this is not wanted, so there is nothing to look at."""


class NotReachedError(UncheckedError):
    """An earlier step failed, and without it this one means nothing."""

    def __init__(self, needed: str) -> None:
        super().__init__(f"comes after {needed!r}, which is to be mended first")


def need[T](value: T | None, step: str) -> T:
    """The value that an earlier step gave.

    Raises:
        NotReachedError: That step failed.
    """
    if value is None:
        raise NotReachedError(step)
    return value


class Examination:
    """The steps in their order; one that fails hides only those that rest on it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def step[T](self, name: str, look: Callable[[], Found[T]]) -> T | None:
        """Look, and note what was found; None if that is nothing to go on with."""
        try:
            found = look()
        except UncheckedError as error:
            self.steps.append(Step(name=name, verdict="not checked", seen=str(error), do=error.do))
            return None
        except SwitchedOffError as error:
            self.steps.append(Step(name=name, verdict="off", seen=str(error)))
            return None
        except FaultError as error:
            self.steps.append(Step(name=name, verdict="failed", seen=str(error), do=error.do))
            return None
        except ExportError as error:
            self.steps.append(
                Step(name=name, verdict="failed", seen=str(error), do=advice_on(error))
            )
            return None
        self.steps.append(Step(name=name, verdict="ok", seen=found.seen, do=found.do))
        return found.value

    def as_json(self) -> list[dict[str, Any]]:
        """The steps as they leave."""
        return [asdict(each) for each in self.steps]

    @property
    def healthy(self) -> bool:
        """Whether every step that is switched on was looked at and went well."""
        return all(each.verdict in {"ok", "off"} for each in self.steps)
