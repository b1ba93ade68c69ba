"""A dlt pipeline by dlt's own pattern: its REST source with a next link, into files on S3.

The environment says where: ``PEER_KEY``, ``PEER_CA``, ``PEER_SINCE_MILLIS``,
``PEER_UNTIL``, ``PEER_SELECT``, and dlt's own variables.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source
from signed_in import signed_in


def literal(date: str) -> str:
    """A date of OData's JSON as the API reads it in a filter."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(date[6:-2]))
    return instant.replace(tzinfo=None).isoformat(timespec="milliseconds")


def main() -> None:
    """Run the pipeline once."""
    env = os.environ
    session, root = signed_in()
    params = {
        "$format": "json",
        "$filter": "LogEnd ge datetime'{incremental.start_value}'"
        f" and LogEnd lt datetime'{env['PEER_UNTIL']}'",
        "$orderby": "LogEnd",
    }
    if env["PEER_SELECT"]:
        params["$select"] = env["PEER_SELECT"]
    source = rest_api_source(
        {
            "client": {
                "base_url": root,
                "session": session,
                "paginator": {"type": "json_link", "next_url_path": "d.__next"},
            },
            "resources": [
                {
                    "name": "logs",
                    "primary_key": "MessageGuid",
                    "endpoint": {
                        "path": "MessageProcessingLogs",
                        "params": params,
                        "data_selector": "d.results",
                        "incremental": {
                            "cursor_path": "LogEnd",
                            "initial_value": f"/Date({env['PEER_SINCE_MILLIS']})/",
                            "convert": literal,
                        },
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "mpl",
        destination="filesystem",
        dataset_name="mpl",
        pipelines_dir=str(Path(env["TMPDIR"]) / "dlt"),
    )
    pipeline.run(source, loader_file_format="jsonl").raise_on_failed_jobs()


if __name__ == "__main__":
    main()
