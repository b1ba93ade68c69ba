"""What a seal is about to name, as it is read back from the bucket."""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from mpl_export.archive.arrivals import Arrivals, Entry
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.sealing.chain import Chain
from mpl_export.sealing.erasures import erasure_of
from mpl_export.sealing.facts import facts_of
from mpl_export.sealing.seal import Erasure, SealedObject, StoredSeal

_log = logging.getLogger(__name__)


def look(store: Arrivals, entry: Entry) -> tuple[SealedObject, dict[str, str]] | None:
    """An object as it lies there now, and its notes; None if it is gone."""
    try:
        body = store.read(entry.key)
        facts = facts_of(body.chunks)
    except NoSuchObjectError:
        return None
    sealed = SealedObject(key=entry.key, arrived=entry.arrived, facts=facts)
    return sealed, dict(body.notes)


@dataclass(slots=True)
class ReadBack:
    """What was read back for one seal.

    Attributes:
        seen: How many objects were looked at.
        reached: When the last of them arrived.
        vanished: Those that were gone: deleted before anybody sealed them.
    """

    objects: list[SealedObject] = field(default_factory=list)
    erased: list[Erasure] = field(default_factory=list)
    vanished: set[tuple[str, datetime]] = field(default_factory=set)
    seen: int = 0
    reached: datetime | None = None

    def take(
        self, entry: Entry, result: tuple[SealedObject, dict[str, str]] | None, chain: Chain
    ) -> None:
        """Take an object, in the order of arrival."""
        self.seen += 1
        self.reached = entry.arrived
        if result is None:
            _log.warning("%s was deleted before it was sealed", entry.key)
            self.vanished.add(place_of(entry))
            return
        sealed, notes = result
        erasure = erasure_of(sealed, notes, chain)
        if erasure is None:
            self.objects.append(sealed)
        else:
            self.erased.append(erasure)


def place_of(entry: Entry) -> tuple[str, datetime]:
    """What an arrival is known by: a key that was erased arrives anew."""
    return entry.key, entry.arrived


def named_by(seal: StoredSeal) -> set[tuple[str, datetime]]:
    """The arrivals that a seal names, erased ones as they are now."""
    names = [*seal.seal.objects, *(each.now for each in seal.seal.erased)]
    return {(each.key, each.arrived) for each in names}
