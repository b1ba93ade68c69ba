"""A connector for Grove, by Grove's own pattern: read a page, save it, follow the next link.

Run as a script it is Grove's process with this connector installed.  The environment says where:
``PEER_KEY``, ``PEER_CA``, ``PEER_SINCE``, ``PEER_UNTIL``, ``PEER_SELECT``, and Grove's own.
"""

import os
import sys
from pathlib import Path

from grove.connectors import BaseConnector
from grove.constants import CHRONOLOGICAL
from grove.exceptions import NotFoundException
from signed_in import signed_in


class Connector(BaseConnector):
    """Message processing logs of SAP Cloud Integration."""

    CONNECTOR = "mpl"
    POINTER_PATH = "LogEnd"
    LOG_ORDER = CHRONOLOGICAL
    pointer: str  # a property of the base class

    def collect(self) -> None:
        """Collect what ended since the pointer."""
        env = os.environ
        try:
            _ = self.pointer
        except NotFoundException:
            self.pointer = env["PEER_SINCE"]
        session, root = signed_in()
        where = f"LogEnd ge datetime'{self.pointer}' and LogEnd lt datetime'{env['PEER_UNTIL']}'"
        params = {"$format": "json", "$filter": where, "$orderby": "LogEnd"}
        if env["PEER_SELECT"]:
            params["$select"] = env["PEER_SELECT"]
        answer = session.get(f"{root}MessageProcessingLogs", params=params)
        while True:
            answer.raise_for_status()
            page = answer.json()["d"]
            self.save(page["results"])
            if "__next" not in page:
                break
            answer = session.get(root + page["__next"])


def install(folder: Path) -> None:
    """Register the connector as an installed package would."""
    info = folder / "grove_mpl-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: grove-mpl\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[grove.connectors]\nmpl = grove_mpl:Connector\n")
    sys.path.append(str(folder))


if __name__ == "__main__":
    install(Path(os.environ["TMPDIR"]) / "grove-plugin")
    from grove.entrypoints.local_process import entrypoint

    entrypoint()
