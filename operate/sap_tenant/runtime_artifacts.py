"""What is deployed at the tenant, and the part of OData V2 that asks for it.

Source: SAP Business Accelerator Hub, "Integration Content", ``IntegrationRuntimeArtifacts``: the
options, the properties and that filters know only ``or``; shapes of errors from public recordings.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from operate.sap_tenant.columns import NAMESPACE
from operate.sap_tenant.moments import micros_of
from operate.sap_tenant.odata_errors import ODataError, refused
from operate.sap_tenant.query_string import Options, continued, number_of

SET: Final = "IntegrationRuntimeArtifacts"
PROPERTIES: Final = ("Id", "Version", "Name", "Type", "DeployedBy", "DeployedOn", "Status")

_KNOWN: Final = frozenset(
    {"$format", "$select", "$filter", "$top", "$skip", "$skiptoken", "$inlinecount", "$orderby"}
)
_TEST: Final = re.compile(r"\s*(\w+) eq '((?:[^']|'')*)'\s*")
_ORDER: Final = re.compile(r"\s*(\w+)( desc| asc)?\s*")

_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeArtifact:
    """One artifact that is deployed.

    Attributes:
        error: The parameters of its error; None if it has none.
    """

    id: str
    version: str
    name: str
    type: str
    deployed_by: str
    deployed_on: datetime
    status: str
    error: tuple[str, ...] | None = None

    def shown(self) -> dict[str, str]:
        """The properties as JSON has them."""
        millis = micros_of(self.deployed_on) // 1000
        return {
            "Id": self.id,
            "Version": self.version,
            "Name": self.name,
            "Type": self.type,
            "DeployedBy": self.deployed_by,
            "DeployedOn": f"/Date({millis})/",
            "Status": self.status,
        }


@dataclass(slots=True)
class RuntimeArtifacts:
    """All that is deployed.

    Attributes:
        closed: The role does not cover them: every question is a 403.
        counts: $inlinecount is understood.
        selects: $select is understood; if not, it is a 400.
    """

    clock: Callable[[], datetime]
    held: dict[str, RuntimeArtifact] = field(default_factory=dict)
    closed: bool = False
    counts: bool = True
    selects: bool = True

    def deploy(
        self,
        artifact: str,
        version: str = "1.0.0",
        *,
        name: str | None = None,
        kind: str = "INTEGRATION_FLOW",
        by: str = "sb-somebody!b1|it!b2",
        error: tuple[str, ...] | None = None,
    ) -> None:
        """Deploy an artifact now, over the version that is there.

        Args:
            error: Why it fails to start; None if it starts.
        """
        self.held[artifact] = RuntimeArtifact(
            id=artifact,
            version=version,
            name=name or artifact.replace("_", " "),
            type=kind,
            deployed_by=by,
            deployed_on=self.clock(),
            status="STARTED" if error is None else "ERROR",
            error=error,
        )

    def undeploy(self, artifact: str) -> None:
        """Take an artifact away."""
        del self.held[artifact]

    def set_status(self, artifact: str, status: str) -> None:
        """Let an artifact be in another status."""
        self.held[artifact] = replace(self.held[artifact], status=status)

    def page(self, options: Options, query: str, *, cap: int, root: str) -> bytes:
        """Answer a question for the list.

        Args:
            query: The raw query, from which the next link is made.
            cap: The most rows of an answer.

        Raises:
            ODataError: What the tenant refuses.
        """
        unknown = {name for name in options if name.startswith("$")} - _KNOWN
        if unknown:
            raise refused(f"Invalid system query option: '{min(unknown)}'.")
        chosen = self._chosen(options.get("$select"))
        rows = self._ordered(self._filtered(options.get("$filter")), options.get("$orderby"))
        skip = (number_of(options, "$skip") or 0) + (number_of(options, "$skiptoken") or 0)
        top = number_of(options, "$top")
        limit = cap if top is None else min(top, cap)
        some = rows[skip : skip + limit]
        members = [f'"results":[{",".join(_entry(row, chosen, root) for row in some)}]']
        if options.get("$inlinecount") == "allpages" and self.counts:
            members.insert(0, f'"__count":"{len(rows)}"')
        if top is None and skip + limit < len(rows):
            link = f"{SET}?{continued(query, offset=skip + limit, top=None)}"
            members.append(f'"__next":{_encode(link)}')
        return f'{{"d":{{{",".join(members)}}}}}'.encode()

    def one(self, artifact: str, root: str) -> bytes:
        """Answer for one artifact."""
        return f'{{"d":{_entry(self.found(artifact), PROPERTIES, root)}}}'.encode()

    def error_text(self, artifact: str) -> bytes:
        """Answer why an artifact did not start."""
        error = self.found(artifact).error
        if error is None:
            raise ODataError(404, "Requested entity could not be found.")
        said = {
            "message": {
                "subsystemName": "CONTENT",
                "subsystemPartName": "CONTENT_DEPLOY",
                "messageId": "GenerationFailed",
                "messageText": "",
            },
            "parameter": list(error),
        }
        return _encode(said).encode()

    def found(self, artifact: str) -> RuntimeArtifact:
        """The artifact of an id.

        Raises:
            ODataError: There is none (404).
        """
        if artifact not in self.held:
            raise ODataError(404, "Requested entity could not be found.")
        return self.held[artifact]

    def refuse_if_closed(self) -> None:
        """Refuse who has not got the role.

        Raises:
            ODataError: 403.
        """
        if self.closed:
            raise ODataError(403, "Forbidden")

    def _chosen(self, select: str | None) -> tuple[str, ...]:
        if select is None:
            return PROPERTIES
        if not self.selects:
            raise refused("Invalid system query option: '$select'.")
        names = [name.strip() for name in select.split(",")]
        for name in names:
            if name not in PROPERTIES:
                raise refused(f"Could not find property with name: '{name}'.")
        return tuple(name for name in PROPERTIES if name in names)

    def _filtered(self, text: str | None) -> list[RuntimeArtifact]:
        if text is None:
            return list(self.held.values())
        tests = [_TEST.fullmatch(piece) for piece in text.split(" or ")]
        if not all(test and test[1] in PROPERTIES and test[1] != "DeployedOn" for test in tests):
            raise refused(f"Invalid filter expression: '{text}'.")
        wanted = {(test[1], test[2].replace("''", "'")) for test in tests if test}
        return [row for row in self.held.values() if wanted & set(row.shown().items())]

    def _ordered(self, rows: list[RuntimeArtifact], order: str | None) -> list[RuntimeArtifact]:
        if order is None:
            return rows
        match = _ORDER.fullmatch(order)
        if match is None or match[1] not in PROPERTIES:
            raise refused(f"Invalid order by expression: '{order}'.")
        return sorted(rows, key=lambda row: row.shown()[match[1]], reverse=match[2] == " desc")


def _entry(row: RuntimeArtifact, chosen: tuple[str, ...], root: str) -> str:
    uri = f"{root}/{SET}('{row.id}')"
    kind = f"{NAMESPACE}.IntegrationRuntimeArtifact"
    entry: dict[str, object] = {"__metadata": {"id": uri, "uri": uri, "type": kind}}
    shown = row.shown()
    entry |= {name: shown[name] for name in chosen}
    if chosen == PROPERTIES:
        entry["ErrorInformation"] = {"__deferred": {"uri": f"{uri}/ErrorInformation"}}
    return _encode(entry)
