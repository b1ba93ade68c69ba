"""A file of rules as an operator has it: read, checked, and refused by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mpl_export.rules.lines import Lines
from mpl_export.rules.mutes import LONGEST
from mpl_export.rules.parse import parse_rules
from mpl_export.rules.problems import Problem, RulesError
from mpl_export.rules.rules import Rules
from operate.endings import Ending, StoppedError
from operate.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFile:
    """A file that holds.

    Attributes:
        text: As it is.
    """

    path: Path
    text: str
    rules: Rules

    def remarks(self, now: datetime) -> list[str]:
        """What is worth to be said of it although it holds."""
        lines = Lines(self.text)
        return [
            f"line {lines.of('mute', index, 'until')}: the mute {mute.name} has ended already"
            for index, mute in enumerate(self.rules.mutes)
            if mute.until <= now
        ]

    def as_json(self) -> dict[str, object]:
        """What it holds, in numbers."""
        masks = self.rules.masks
        return {
            "file": str(self.path),
            "teams": list(self.rules.teams),
            "routes": len(self.rules.routes),
            "owners": len(self.rules.owners),
            "mutes": len(self.rules.mutes),
            "masks": len(masks.patterns) + len(masks.headers),
        }


def read_rules(path: Path, now: datetime, voice: Voice) -> RulesFile:
    """Read a file.

    Raises:
        StoppedError: It cannot be read, or does not hold; each line and reason was said.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise StoppedError(f"the file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StoppedError(f"the file {path} is not UTF-8") from error
    try:
        rules = parse_rules(text)
    except RulesError as error:
        raise refused(path, error.problems, voice) from error
    lines = Lines(text)
    endless = [
        Problem(
            lines.of("mute", index, "until"),
            f"the mute {mute.name} ends later than {LONGEST.days} days from now",
        )
        for index, mute in enumerate(rules.mutes)
        if mute.until - now > LONGEST
    ]
    if endless:
        raise refused(path, endless, voice)
    return RulesFile(path=path, text=text, rules=rules)


def refused(path: Path, problems: Sequence[Problem], voice: Voice) -> StoppedError:
    """Say what is wrong with a file, line by line, as compilers do."""
    for each in problems:
        voice.complain(f"{path}:{each.line}: {each.reason}")
    count = len(problems)
    return StoppedError(
        f"{path} is refused for {count} {'line' if count == 1 else 'lines'}, and nothing was put: "
        + "; ".join(map(str, problems)),
        Ending.SETUP,
    )
