"""The SQL texts of ``queries/``: views, and the queries that people ask, with their parameters.

A query begins with comments: its title, what it answers, what it scans.  ``:name`` stands for a
parameter; what it takes and what stands there by default is one list for all queries.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from operate.endings import Ending, StoppedError

FOLDER: Final = Path(__file__).parents[2] / "queries"

_PARAMETER = re.compile(r"(?<![:\w]):([a-z]+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What stands behind a colon in a query.

    Attributes:
        default: An expression of Athena's SQL that is constant when a query is planned, so that
            it can choose the days that are read; None if there is none to guess.
        example: What stands in the saved query, where there is no default.
    """

    name: str
    about: str
    default: str | None = None
    example: str = ""


PARAMETERS: Final = {
    each.name: each
    for each in (
        Parameter(
            name="since",
            about="messages that ended from this instant on",
            default="CAST(current_timestamp - INTERVAL '7' DAY AS timestamp)",
        ),
        Parameter(
            name="until",
            about="and before this one",
            default="CAST(current_timestamp AS timestamp)",
        ),
        Parameter(
            name="id",
            about="a MessageGuid, CorrelationId or ApplicationMessageId",
            example="'put the id here'",
        ),
        Parameter(
            name="text",
            about="what the error text contains, in any case",
            example="'timeout'",
        ),
        Parameter(
            name="member",
            about="a member of the record, as a path such as $.IntegrationArtifact.Name",
            default="'$.Status'",
        ),
        Parameter(
            name="to",
            about="an empty place in S3 that you may write to",
            example="'s3://put-your-bucket-here/mpl-parquet/2026-11/'",
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question that people ask.

    Attributes:
        name: Its file's name, by which it is asked for.
        title: One line.
        about: What it answers, and how.
        scans: What it reads.
        text: The statement, comments included, parameters as ``:name``.
    """

    name: str
    title: str
    about: str
    scans: str
    text: str

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What it takes, each once, in the order of their first use."""
        statement = "\n".join(
            line for line in self.text.splitlines() if not line.lstrip().startswith("--")
        )
        return tuple(PARAMETERS[name] for name in dict.fromkeys(_PARAMETER.findall(statement)))

    def sql(self, values: Mapping[str, datetime | str]) -> str:
        """The statement with these values, and defaults for the others.

        Args:
            values: Instants in UTC, or texts, by name.

        Raises:
            StoppedError: A value is missing, or for a parameter that the query does not have.
        """
        names = {each.name for each in self.parameters}
        if unknown := sorted(values.keys() - names):
            raise StoppedError(
                f"the query {self.name} takes no {unknown[0]}; it takes {', '.join(sorted(names))}",
                Ending.USAGE,
            )
        written = {name: literal(value) for name, value in values.items()}
        for each in self.parameters:
            if each.name not in written and each.default is None:
                raise StoppedError(
                    f"the query {self.name} needs {each.name}: {each.about} "
                    f"(--set {each.name}=..., make: SET='{each.name}=...')",
                    Ending.USAGE,
                )
        return self._with(
            {each.name: written.get(each.name) or str(each.default) for each in self.parameters}
        )

    def saved(self) -> str:
        """The statement as the stack saves it: with defaults, and examples to write over."""
        return self._with({each.name: each.default or each.example for each in self.parameters})

    def _with(self, written: Mapping[str, str]) -> str:
        lines = [
            line
            if line.lstrip().startswith("--")
            else _PARAMETER.sub(lambda found: written[found[1]], line)
            for line in self.text.splitlines()
        ]
        return "\n".join(lines) + "\n"


def literal(value: datetime | str) -> str:
    """A value as SQL."""
    if isinstance(value, datetime):
        return f"timestamp '{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}'"
    return "'" + value.replace("'", "''") + "'"


@cache
def queries() -> dict[str, Query]:
    """All queries by name."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.sql"))}


def query_named(name: str) -> Query:
    """The query of this name.

    Raises:
        StoppedError: There is none.
    """
    if name not in queries():
        raise StoppedError(
            f"there is no query {name}; there is {', '.join(queries())}", Ending.USAGE
        )
    return queries()[name]


@cache
def views() -> dict[str, str]:
    """The views' statements, each after those it stands on."""
    return {
        name: (FOLDER / "views" / f"{name}.sql").read_text(encoding="utf-8").strip()
        for name in ("mpl_versions", "mpl_now")
    }


def _read(path: Path) -> Query:
    text = path.read_text(encoding="utf-8").strip()
    head = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        head.append(line.removeprefix("--").strip())
    title, _, rest = "\n".join(head).partition("\n\n")
    about, _, scans = rest.partition("Scans:")
    return Query(
        name=path.stem,
        title=" ".join(title.split()),
        about=" ".join(about.split()),
        scans=" ".join(scans.split()),
        text=text,
    )
