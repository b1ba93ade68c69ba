"""Snapshots of what is deployed: one object each, whole, written when it differs from the last one.

The first line says of which time it is, which snapshot came before it and how many artifacts there
are, none being possible; each further line is one of them.  What has changed is found by comparing
two.
"""

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from mpl_export.archive.records import DamagedPartError, compressed
from mpl_export.artifacts import Artifact
from mpl_export.instants import iso_instant, parse_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was deployed at one time.

    Attributes:
        read_at: When it was read.
        previous: The key of the snapshot before; None for the first.
        artifacts: All of them, in the order of their ids.
    """

    read_at: datetime
    previous: str | None
    artifacts: Sequence[Artifact]

    def body(self) -> bytes:
        """The object that holds it."""
        head = {
            "ReadAt": iso_instant(self.read_at),
            "Previous": self.previous,
            "Artifacts": len(self.artifacts),
        }
        lines = [head, *(artifact.as_json() for artifact in self.artifacts)]
        return compressed(orjson.dumps(line) + b"\n" for line in lines)


def snapshot_in(body: bytes) -> Snapshot:
    """Read what ``body`` gave.

    Raises:
        DamagedPartError: It is something else, or a part of it.
    """
    try:
        head, *lines = map(orjson.loads, gzip.decompress(body).splitlines())
        artifacts = [Artifact.from_json(line) for line in lines]
        snapshot = Snapshot(
            read_at=parse_instant(head["ReadAt"]),
            previous=head["Previous"],
            artifacts=artifacts,
        )
        whole = head["Artifacts"] == len(artifacts)
    except (EOFError, OSError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise DamagedPartError("it does not hold runtime artifacts") from error
    if not whole:
        raise DamagedPartError("it does not hold all of its runtime artifacts")
    return snapshot
