"""When the flows that fail were deployed, as far as the last snapshot says."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from mpl_export.archive.records import DamagedPartError
from mpl_export.archive.snapshots import snapshot_in
from mpl_export.artifacts import Artifact
from mpl_export.errors import ExportError
from mpl_export.notifier.artifact_watching import Snapshots
from mpl_export.notifier.notices import ArtifactNotices

SUSPECT = timedelta(days=1)
"""A deployment that was longer ago is not told beside a failure."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The last time that an artifact was deployed."""

    version: str
    at: datetime


class Deployments:
    """The deployments that are known, read when they are asked for, and once.

    Best effort: a digest does not wait for them.
    """

    def __init__(self, artifacts: ArtifactNotices, snapshots: Snapshots) -> None:
        self._artifacts = artifacts
        self._snapshots = snapshots

    def before(self, artifact: str, instant: datetime) -> Deployment | None:
        """The deployment of an artifact not long before an instant; None if there was none."""
        found = self._deployed.get(artifact)
        if found is None or found.deployed is None:
            return None
        if not instant - SUSPECT <= found.deployed <= instant:
            return None
        return Deployment(version=found.version or "", at=found.deployed)

    @cached_property
    def _deployed(self) -> Mapping[str, Artifact]:
        try:
            key = self._artifacts.judged()
            if key is None:
                return {}
            snapshot = snapshot_in(self._snapshots.get(key))
        except (ExportError, DamagedPartError) as error:
            _log.warning("digests go without what was deployed: %s", error)
            return {}
        return {artifact.id: artifact for artifact in snapshot.artifacts}
