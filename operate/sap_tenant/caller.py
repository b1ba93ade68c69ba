"""A client of a tenant without sockets, for tests: asks, and reads the answers."""

import gzip
import json
from typing import Any
from urllib.parse import quote

from operate.sap_tenant.api import SERVICE_ROOT
from operate.sap_tenant.exchange import Request, Response
from operate.sap_tenant.tenant import SapTenant


class Caller:
    """Holds a token and asks for JSON, as the exporter does."""

    def __init__(self, tenant: SapTenant) -> None:
        self._tenant = tenant
        self.headers = {
            "authorization": f"Bearer {tenant.issue_token()}",
            "accept": "application/json",
        }

    def get(self, resource: str, query: str = "", **headers: str) -> Response:
        """Ask for something below the service root.

        Args:
            query: Readable; blanks and the like are encoded on the way, ``$`` and ``%`` are not.
            headers: More of them, with ``_`` for ``-``.
        """
        target = f"{SERVICE_ROOT}/{resource}"
        if query:
            target += "?" + quote(query, safe="$&=',()/:%+*-")
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._tenant.handle(Request("GET", target, {**self.headers, **more}))

    def logs(self, query: str = "") -> list[dict[str, Any]]:
        """Ask for logs and give the rows of the one page that comes."""
        results: list[dict[str, Any]] = self.envelope(query)["results"]
        return results

    def guids(self, query: str = "") -> list[str]:
        """Ask for logs and give their ids in the order of the answer."""
        return [row["MessageGuid"] for row in self.logs(query)]

    def envelope(self, query: str = "") -> dict[str, Any]:
        """Ask for logs and give what ``d`` holds.

        Raises:
            AssertionError: The tenant refused.
        """
        response = self.get("MessageProcessingLogs", query)
        if response.status != 200:
            raise AssertionError(response.body)
        envelope: dict[str, Any] = json.loads(plain(response))["d"]
        return envelope

    def follow(self, link: str) -> Response:
        """Ask for what a next link of JSON names: it is relative to the service root."""
        return self._tenant.handle(Request("GET", f"{SERVICE_ROOT}/{link}", self.headers))

    def refusal(self, query: str) -> tuple[int, str]:
        """Ask for logs and give status and sentence of the refusal."""
        response = self.get("MessageProcessingLogs", query)
        return response.status, json.loads(response.body)["error"]["message"]["value"]


def plain(response: Response) -> bytes:
    """Give the body without its compression."""
    if response.header("Content-Encoding") == "gzip":
        return gzip.decompress(response.body)
    return response.body
