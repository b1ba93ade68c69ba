"""What has become of what is deployed: which flows stopped, failed to start, run again or are new.

Judged from one snapshot and from what people were told before, not only from the snapshot before:
an artifact that is being started in between neither hides that it failed nor that it runs again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from mpl_export.archive.snapshots import Snapshot
from mpl_export.artifacts import ERROR, STARTED, STOPPED, Artifact

type Kind = Literal["stopped", "failed to start", "runs again", "deployed"]
type Trouble = Literal["stopped", "failed to start"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """What people were told of an artifact that does not run.

    Attributes:
        since: When it was first seen so.
        deployed: When the version was deployed that it was told of; None if unknown.
    """

    trouble: Trouble
    since: datetime
    deployed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactNews:
    """Something that is new to tell of one artifact.

    Attributes:
        now: The artifact; None if it is not deployed any more.
        before: The artifact in the snapshot before; None if it was not there, or there is none.
        seen: When it was seen.
        down: What people were told of it before; None if nothing, or that it runs.
    """

    kind: Kind
    now: Artifact | None
    before: Artifact | None
    seen: datetime
    down: Down | None = None

    @property
    def artifact(self) -> Artifact:
        """The artifact as it was seen last."""
        artifact = self.now or self.before
        if artifact is None:  # nobody makes news of nothing
            raise ValueError("news of no artifact")
        return artifact

    @property
    def undeployed(self) -> bool:
        """Whether it is gone."""
        return self.now is None


def news_of(
    previous: Snapshot | None, snapshot: Snapshot, down: Mapping[str, Down]
) -> list[ArtifactNews]:
    """What a snapshot has to tell, in the order of the artifacts' ids.

    Args:
        previous: The snapshot before; None for the first.  What is deployed then is not new, but
            what does not run is told.
        down: What people were told that does not run, by id.
    """
    return list(_news(previous, snapshot, down))


def _news(
    previous: Snapshot | None, snapshot: Snapshot, down: Mapping[str, Down]
) -> Iterator[ArtifactNews]:
    then = {} if previous is None else {each.id: each for each in previous.artifacts}
    here = {each.id: each for each in snapshot.artifacts}
    for artifact in sorted({*then, *here}):
        now, before, told = here.get(artifact), then.get(artifact), down.get(artifact)
        news = partial(ArtifactNews, now=now, before=before, seen=snapshot.read_at, down=told)
        if previous is not None and now is not None and _is_new(now, before):
            yield news(kind="deployed")
        trouble = _trouble(now)
        if trouble is not None and _is_to_be_told(trouble, now, told):
            yield news(kind=trouble)
        elif told is not None and now is not None and now.status == STARTED:
            yield news(kind="runs again")


def _is_new(now: Artifact, before: Artifact | None) -> bool:
    """Whether an artifact was deployed since."""
    if before is None or now.version != before.version:
        return True
    return now.deployed is not None and now.deployed != before.deployed


def _trouble(now: Artifact | None) -> Trouble | None:
    """Why an artifact does not run; None if it does, or if it is on its way somewhere."""
    if now is None or now.status == STOPPED:
        return "stopped"
    return "failed to start" if now.status == ERROR else None


def _is_to_be_told(trouble: Trouble, now: Artifact | None, told: Down | None) -> bool:
    """Whether people do not know yet: once is enough, but for a new attempt that failed, too."""
    if told is None:
        return True
    if trouble == "stopped" or now is None:
        return False
    return told.trouble == "stopped" or now.deployed != told.deployed
