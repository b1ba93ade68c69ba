"""Runtime artifacts as values: what is deployed at a tenant at one time, whole or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson

from mpl_export.instants import iso_instant, parse_instant

STARTED = "STARTED"
STOPPED = "STOPPED"
ERROR = "ERROR"
"""Statuses that are judged; SAP, "Manage Integration Content".  Others pass, such as STARTING."""

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One artifact that is deployed.

    Attributes:
        type: What it is, such as ``INTEGRATION_FLOW``; None if the tenant does not say.
        deployed: When it was deployed; None if the tenant does not say.
        deployed_by: Who did it; None unless that is asked for.
        error_text: Why it did not start; None if it did, or if that is not known.
    """

    id: str
    version: str | None
    name: str | None
    type: str | None
    deployed: datetime | None
    status: str | None
    deployed_by: str | None = None
    error_text: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """The artifact under the tenant's names; what is left out by choice is not there."""
        record = {
            "Id": self.id,
            "Version": self.version,
            "Name": self.name,
            "Type": self.type,
            "DeployedOn": None if self.deployed is None else iso_instant(self.deployed),
            "Status": self.status,
        }
        if self.deployed_by is not None:
            record["DeployedBy"] = self.deployed_by
        if self.error_text is not None:
            record["ErrorText"] = self.error_text
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Artifact":
        """Read what ``as_json`` gave."""
        deployed = record["DeployedOn"]
        return cls(
            id=record["Id"],
            version=record["Version"],
            name=record["Name"],
            type=record["Type"],
            deployed=None if deployed is None else parse_instant(deployed),
            status=record["Status"],
            deployed_by=record.get("DeployedBy"),
            error_text=record.get("ErrorText"),
        )


def in_order(artifacts: Iterable[Artifact]) -> tuple[Artifact, ...]:
    """The artifacts in the order of their ids: the same list, however a tenant sorts it."""
    return tuple(sorted(artifacts, key=lambda each: (each.id, repr(each))))


def digest_of(artifacts: Iterable[Artifact]) -> str:
    """A digest of a list, in 32 hex digits: the same for lists that say the same.

    Error texts do not count: they are fetched for a list that differs only, and by best effort.
    """
    lines = [replace(artifact, error_text=None).as_json() for artifact in in_order(artifacts)]
    return blake2b(orjson.dumps(lines), digest_size=_DIGEST_BYTES).hexdigest()
