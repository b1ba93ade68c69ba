"""The event that other systems get when a flow stops, fails to start, runs again or is deployed.

The schema is in ``docs/flows.md``, examples in ``events/flow-*.json``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mpl_export.instants import iso_instant
from mpl_export.notifier.artifact_news import ArtifactNews, Kind
from mpl_export.notifier.plain import cut, plain
from mpl_export.notifier.signature import signature_of

DETAIL_TYPES: Final[Mapping[Kind, str]] = {
    "stopped": "Flow Stopped",
    "failed to start": "Flow Failed To Start",
    "runs again": "Flow Started",
    "deployed": "Flow Deployed",
}

_ERROR_BYTES = 4_000
_TEXT_BYTES = 1_000
_DOWN = "not running"


def artifact_event(
    news: ArtifactNews,
    *,
    tenant: str,
    bucket: str,
    key: str,
    teams: Sequence[str],
    error_text: str | None,
) -> dict[str, Any]:
    """The ``detail`` of an artifact's event.

    Args:
        key: The snapshot that shows it.
        error_text: Why it did not start, as far as it may be told.
    """
    artifact, now, before = news.artifact, news.now, news.before
    deployed = None if now is None else now.deployed
    return {
        "schema": 1,
        "tenant": tenant,
        # The same for all that is told of an artifact: what opens an incident finds what ends it.
        "signature": signature_of(artifact.id, _DOWN, ""),
        "team": list(teams),
        "artifact": {
            "id": _text(artifact.id),
            "name": _text(artifact.name),
            "type": _text(artifact.type),
        },
        "status": None if now is None else _text(now.status),
        "version": None if now is None else _text(now.version),
        "deployedOn": None if deployed is None else iso_instant(deployed),
        "previousStatus": None if before is None else _text(before.status),
        "previousVersion": None if before is None else _text(before.version),
        "seenAt": iso_instant(news.seen),
        "downSince": None if news.down is None else iso_instant(news.down.since),
        "errorText": None if not error_text else cut(plain(error_text), _ERROR_BYTES),
        "record": {"bucket": bucket, "key": key},
    }


def _text(value: str | None) -> str | None:
    return cut(plain(value), _TEXT_BYTES) if value else None
