"""From a row of the API to an artifact.

Source: SAP Business Accelerator Hub, "Integration Content", ``IntegrationRuntimeArtifacts``.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from mpl_export.artifacts import Artifact
from mpl_export.errors import UnexpectedResponseError
from mpl_export.instants import EPOCH, floor_millisecond, parse_instant
from mpl_export.model import TEXT_MARGIN_BYTES

TEXT_BYTES = 16_000
"""The most of an error text that is kept: its first lines say what did not start."""

_MOST_CAUSES = 10
"""Causes of causes; nobody reads further."""

_JSON_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)


def artifact_of(row: object, *, with_deployer: bool) -> Artifact:
    """Normalise a row.

    Args:
        with_deployer: Whether it is kept who deployed the artifact.

    Raises:
        UnexpectedResponseError: It does not say which artifact it is: what is missing could not be
            told from what is gone.
    """
    if not isinstance(row, dict) or not isinstance(row.get("Id"), str) or not row["Id"]:
        raise UnexpectedResponseError(
            "the tenant shows a runtime artifact without an id; please report this"
        )
    return Artifact(
        id=row["Id"],
        version=_text(row, "Version"),
        name=_text(row, "Name"),
        type=_text(row, "Type"),
        deployed=_instant(row.get("DeployedOn")),
        status=_text(row, "Status"),
        deployed_by=_text(row, "DeployedBy") if with_deployer else None,
    )


def error_text_of(body: bytes) -> str:
    """What an error information says, line by line.

    The tenant answers with JSON (``{"message": {"messageId", "messageText"}, "parameter": [...],
    "childMessageInstances": [...]}``), seen in public recordings; whatever else it is, it is kept
    as it came.
    """
    text = body.decode("utf-8", "replace")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        lines = [text]
    else:
        lines = _lines(said) or [text]
    whole = "\n".join(dict.fromkeys(line.strip() for line in lines if line.strip()))
    return whole.encode()[: TEXT_BYTES + TEXT_MARGIN_BYTES].decode("utf-8", "ignore")


def _lines(said: object, *, depth: int = 0) -> list[str]:
    """The texts of an error and of what caused it."""
    if depth > _MOST_CAUSES:
        return []
    match said:
        case str():
            return [said]
        case list():
            return [line for each in said for line in _lines(each, depth=depth + 1)]
        case dict():
            message = said.get("message")
            named = message if isinstance(message, dict) else {}
            first = [named.get("messageId"), named.get("messageText"), message]
            lines = [text for text in first if isinstance(text, str)]
            for name in ("parameter", "childMessageInstances"):
                lines += _lines(said.get(name), depth=depth + 1)
            return lines
        case _:
            return []


def _text(row: Mapping[str, Any], name: str) -> str | None:
    """A text; absent, null, empty and what is no text are all None."""
    value = row.get(name)
    return value if isinstance(value, str) and value else None


def _instant(value: object) -> datetime | None:
    """A date in either form of OData V2; None for what is none."""
    if not isinstance(value, str):
        return None
    match = _JSON_DATE.fullmatch(value)
    try:
        if match is not None:
            return floor_millisecond(EPOCH + timedelta(milliseconds=int(match[1])))
        return parse_instant(value)
    except (ValueError, OverflowError):
        return None
