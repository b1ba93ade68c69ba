"""Mutants that no test notices, and why that is well."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REASONS: Final = Path(__file__).with_name("survivors.toml")

# mutmut's names: module.xǁClassǁmethod__mutmut_7 or module.x_function__mutmut_7.
_NAME = re.compile(r"# (?:mpl_export\.)?([\w.]*)\.x(?:ǁ(\w+)ǁ|_)(\w+?)__mutmut_\d+:")


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """One change of one function, told apart by what is changed, which outlives other edits.

    Attributes:
        where: The function; one of ``mpl_export`` from below the package on.
        was: The lines as they are, without indentation.
        becomes: The lines as mutmut had them.
    """

    where: str
    was: str
    becomes: str

    def __str__(self) -> str:
        was = "\n".join(f"  - {line}" for line in self.was.splitlines())
        becomes = "\n".join(f"  + {line}" for line in self.becomes.splitlines())
        return f"{self.where}\n{was}\n{becomes}\n"


def survivor(shown: str) -> Mutant:
    """Read what ``mutmut show`` prints: a name and a unified diff."""
    match = _NAME.match(shown)
    if match is None:
        raise ValueError(f"mutmut shows no mutant: {shown[:200]}")
    module, owner, function = match.groups()
    lines = shown.splitlines()
    return Mutant(
        where=".".join(part for part in (module, owner, function) if part),
        was=_lines_with("-", lines),
        becomes=_lines_with("+", lines),
    )


def read_reasons() -> dict[Mutant, str]:
    """Read why each known survivor may survive."""
    entries = tomllib.loads(REASONS.read_text())["survivor"]
    return {
        Mutant(
            where=entry["where"], was=entry["was"].strip(), becomes=entry["becomes"].strip()
        ): entry["reason"]
        for entry in entries
    }


def _lines_with(sign: str, lines: list[str]) -> str:
    return "\n".join(
        line[1:].strip()
        for line in lines
        if line.startswith(sign) and not line.startswith(("---", "+++"))
    ).strip()
