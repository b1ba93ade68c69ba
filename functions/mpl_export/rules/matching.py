"""What rules ask of a failed message, and whether it is so."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mpl_export.properties import ARTIFACT

HEADERS = "CustomHeaderProperties"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What rules may ask of a record.

    Attributes:
        artifact: The artifact's id and name.
        package: The package's id and name.
        headers: Names and values of the custom headers, where they are archived.
    """

    artifact: Sequence[str] = ()
    package: Sequence[str] = ()
    sender: str = ""
    receiver: str = ""
    status: str = ""
    text: str = ""
    headers: Sequence[tuple[str, str]] = ()

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Facts":
        """What a record says; what it does not say is empty."""
        artifact = record.get(ARTIFACT)
        named: Mapping[str, Any] = artifact if isinstance(artifact, dict) else {}
        headers = record.get(HEADERS)
        return cls(
            artifact=_texts(
                named.get("Id") or record.get("IntegrationFlowName"), named.get("Name")
            ),
            package=_texts(named.get("PackageId"), named.get("PackageName")),
            sender=_text(record.get("Sender")),
            receiver=_text(record.get("Receiver")),
            status=_text(record.get("Status")),
            text=_text(record.get("ErrorText")),
            headers=[
                (_text(each.get("Name")), _text(each.get("Value")))
                for each in (headers if isinstance(headers, list) else [])
                if isinstance(each, dict)
            ],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """Patterns of which one has to fit.

    Attributes:
        whole: Wildcards, for a value as a whole.
        within: Regular expressions, for any part of it.
    """

    whole: Sequence[re.Pattern[str]] = ()
    within: Sequence[re.Pattern[str]] = ()

    def fits(self, values: Sequence[str]) -> bool:
        """Whether one of the values fits one of the patterns."""
        return any(
            any(pattern.match(value) for pattern in self.whole)
            or any(pattern.search(value) for pattern in self.within)
            for value in values
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a rule asks for; all that it names has to fit.

    Attributes:
        members: By the name of a member of ``Facts``.
        headers: By the name of a custom header, in small letters.
    """

    members: Mapping[str, AnyOf]
    headers: Mapping[str, AnyOf]

    def holds(self, facts: Facts) -> bool:
        """Whether it is so."""
        return all(
            wanted.fits(_values(getattr(facts, name))) for name, wanted in self.members.items()
        ) and all(
            wanted.fits([value for header, value in facts.headers if header.lower() == name])
            for name, wanted in self.headers.items()
        )


def _values(value: str | Sequence[str]) -> Sequence[str]:
    """The values of a member; one that says nothing still fits ``*``."""
    return [value] if isinstance(value, str) else value or [""]


def _texts(*values: object) -> list[str]:
    return [value for value in values if isinstance(value, str) and value]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
