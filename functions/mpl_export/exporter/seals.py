"""The nightly invocation that seals what arrived: no lease, no tenant, safe beside anything."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mpl_export import __version__
from mpl_export.archive.arrivals import Arrivals
from mpl_export.archive.layout import day_prefix
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.checkpoint import Checkpoints
from mpl_export.clock import Clock, Deadline
from mpl_export.evidence import Evidence
from mpl_export.instants import iso_instant
from mpl_export.metrics import Meter, Metric
from mpl_export.sealing.facts import facts_of
from mpl_export.sealing.sealer import Pass, Sealer
from mpl_export.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """One invocation.

    Attributes:
        stored: Makes the object of a seal from its payload: signs it, or not.
        deadline: When no more is to be read.
    """

    settings: Settings
    clock: Clock
    checkpoints: Checkpoints
    store: Arrivals
    stored: Callable[[bytes], bytes]
    meter: Meter
    deadline: Deadline

    def run(self) -> dict[str, Any]:
        """Seal what is due, and tell how far the archive is sealed.

        Raises:
            ExportError: The chain is broken, or AWS failed; ``SealFailed`` says so, too.
        """
        done = Pass(tenant=self.settings.tenant)
        has_failed = True
        try:
            known = self.checkpoints.read()
            Sealer(
                store=self.store,
                tenant=self.settings.tenant,
                notes=self.checkpoints,
                clock=self.clock,
                deadline=self.deadline,
                retention=self.settings.archive_retention,
                head=known.seal,
                evidence=self._held(known.evidence),
                stored=self.stored,
            ).run(done)
            has_failed = False
        finally:
            if has_failed:
                self.meter.add(Metric.SEAL_FAILED, 1)
            if done.head is not None:
                self.meter.add(Metric.SEAL_NUMBER, done.head.number)
        if not done.complete:
            _log.warning("%s objects wait for the next seal: the time was up", done.waiting)
        return report_of(done)

    def _held(self, evidence: Evidence | None) -> Evidence | None:
        """The evidence, with the number of versions that the archive holds of its day."""
        if evidence is None:
            return None
        held = 0
        for key in self.store.keys(day_prefix(self.settings.tenant, evidence.day)):
            try:
                held += facts_of(self.store.read(key).chunks).rows or 0
            except NoSuchObjectError:
                continue
        return replace(evidence, held=held)


def report_of(done: Pass) -> dict[str, Any]:
    """What a pass did, as the log line and the answer of the invocation have it."""
    return {
        "tenant": done.tenant,
        "purpose": "seal",
        "seal": done.head and done.head.number,
        "head": done.head and f"{done.head.number}:{done.head.sha256}",
        "until": done.until and iso_instant(done.until),
        "complete": done.complete,
        "made": done.made,
        "objects": done.objects,
        "not_parts": done.not_parts,
        "erased": done.erased,
        "waiting": done.waiting,
        "release": __version__,
    }
