"""What was told and what waits to be told: the notifier's memory, and the words for it.

Everything that is to be told is first noted here, as one item per part and signature, and told
from here by the notifier that holds the lease.  So a notifier may be killed anywhere: what was
noted is told by the next one, and what was not is delivered again by the queue.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from mpl_export.notifier.artifact_news import Down
from mpl_export.notifier.flows import FlowNotice, Mark
from mpl_export.notifier.grouping import Group


class Begun(Enum):
    """What came of beginning with a part."""

    NEW = "its failures are to be noted and their events to be sent"
    NOTED = "its failures were noted by somebody who did not get to send all events"
    TOLD = "everything was done before"
    BUSY = "another invocation is handling it"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Failures of one part and one signature that wait to be told."""

    part: str
    group: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """When a signature was told.

    Attributes:
        at: The last time.
        times: How often, since it began or began again.
        last: When the last of the failures that were told ended.
    """

    at: datetime
    times: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPart:
    """A part that was delivered, and of which something is left to do.

    Attributes:
        since: When it was written, or else delivered.
        seen: When it was delivered last.
    """

    name: str
    since: datetime
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The right to tell until an instant, or the news that another invocation has it.

    Attributes:
        sent: When the last digests were sent to each team, oldest first; at least those of the
            last hour.
        day: For which day that was done last what is done once a day; None if it never was.
    """

    held: bool
    sent: Mapping[str, Sequence[datetime]]
    day: date | None = None


class Notices(Protocol):
    """Where the notices of one tenant are kept."""

    def open(self, parts: Collection[OpenPart]) -> None:
        """Note that parts were delivered."""

    def close(self, parts: Collection[str]) -> None:
        """Note that nothing is left to do for parts that were delivered."""

    def open_parts(self) -> list[OpenPart]:
        """The parts for which something is left to do."""

    def begin(self, part: str, owner: str, *, now: datetime, until: datetime) -> Begun:
        """Take the right to handle a part until an instant, unless that is done or being done.

        Args:
            owner: The id of this invocation.
            until: When Lambda will end it; the right ends by itself then.
        """

    def wait(self, part: str, groups: Collection[Group], *, now: datetime) -> None:
        """Let failures of a part wait to be told; valid once the part is noted."""

    def note(self, part: str) -> None:
        """Note that all failures of a part wait to be told."""

    def note_sent(self, part: str, version: str) -> None:
        """Note that the events of a part are sent, up to the one of this version."""

    def sent(self, part: str) -> str | None:
        """The version up to which the events of a part are sent; None if none is noted."""

    def finish(self, part: str, *, now: datetime) -> None:
        """Note that nothing of a part is left to do."""

    def is_finished(self, part: str) -> bool:
        """Whether nothing of a part is left to do."""

    def waiting(self) -> list[Waiting]:
        """What waits to be told, of parts that are noted."""

    @contextmanager
    def turn(self, owner: str, *, now: datetime, until: datetime) -> Iterator[Turn]:
        """Hold the right to tell for the length of the ``with``, unless somebody holds it."""

    def note_day(self, day: date) -> None:
        """Note for which day that is done what is done once a day."""

    def last_told(self, signatures: Collection[str]) -> dict[str, Told]:
        """When each signature was told; those not told for eight days may be missing."""

    def told(
        self,
        told: Mapping[str, Told],
        closed: Collection[Waiting],
        *,
        sent: Mapping[str, Sequence[datetime]],
    ) -> None:
        """Note that these signatures were told, by the last of the digests ``sent`` to a team.

        Args:
            closed: What does not wait any more.
        """


class FlowNotices(Protocol):
    """Where it is kept what is known of the flows of one tenant that are watched."""

    def completed(self, flow: str, at: datetime) -> None:
        """Note that a watched flow completed; ignored if it did so later, too."""

    def flows(self, names: Collection[str], *, now: datetime) -> dict[str, FlowNotice]:
        """What is known of these flows, which are watched from now on if they were not before."""

    def told_flows(self, silent: Mapping[str, bool]) -> None:
        """Note for each flow that people were told that it is silent, or is not any more."""

    def mark(self) -> Mark:
        """How far the notifier has read."""

    def note_mark(self, mark: Mark) -> None:
        """Note how far the notifier has read."""

    def note_read(self, written: datetime, *, now: datetime) -> None:
        """Note that a part was read that was written at an instant."""


class ArtifactNotices(Protocol):
    """Where it is kept what people were told of what is deployed at one tenant."""

    def judged(self) -> str | None:
        """The key of the snapshot that was judged last; None before the first."""

    def down(self) -> dict[str, Down]:
        """What people were told that does not run, by id."""

    def told(self, key: str, down: Mapping[str, Down], running: Collection[str]) -> None:
        """Note what people were told by a snapshot, and that it is judged.

        Args:
            down: What does not run, by id, of what was told now.
            running: The ids of what runs again.
        """
