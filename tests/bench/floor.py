"""The floor: the shortest honest loop that copies the logs of a span into a bucket.  Frozen.

One thread, no state, nothing but what has to be done: a token through mTLS, pages by key (not by
the tenant's offsets, which lose rows), each log once, JSON lines, gzip, ten puts.  An exporter that
also remembers, resumes, proves and tells is measured against this.

The environment says where: ``FLOOR_KEY`` (file with the service key), ``FLOOR_CA`` (root to
trust), ``FLOOR_SINCE`` and ``FLOOR_UNTIL`` (instants without a zone), ``FLOOR_SELECT`` (a list of
properties; empty for whole rows), ``FLOOR_BUCKET``, ``FLOOR_ROWS_A_PART``, and boto3's own.
"""

import json
import os
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import orjson
import requests

PAGE = 1000


def main() -> None:
    """Copy the span."""
    env = os.environ
    key = json.loads(Path(env["FLOOR_KEY"]).read_text())["oauth"]
    session = requests.Session()
    session.verify = env["FLOOR_CA"]
    session.headers["Authorization"] = "Bearer " + token(session, key)
    bucket = boto3.client("s3")
    body, zipping, lines, part = bytearray(), zlib.compressobj(6, wbits=31), 0, 0
    since, known = env["FLOOR_SINCE"], set[str]()
    more = True
    while more:
        options = {
            "$format": "json",
            "$filter": f"LogEnd ge datetime'{since}' and LogEnd lt datetime'{env['FLOOR_UNTIL']}'",
            "$orderby": "LogEnd",
        }
        if env["FLOOR_SELECT"]:
            options["$select"] = env["FLOOR_SELECT"]
        answer = session.get(f"{key['url']}/api/v1/MessageProcessingLogs", params=options)
        answer.raise_for_status()
        rows = orjson.loads(answer.content)["d"]["results"]
        fresh = [orjson.dumps(row) for row in rows if row["MessageGuid"] not in known]
        body += zipping.compress(b"\n".join((*fresh, b"")))
        lines += len(fresh)
        more = len(rows) == PAGE
        if lines >= int(env["FLOOR_ROWS_A_PART"]) or (lines and not more):
            body += zipping.flush()
            key_of_part = f"floor/{part:04d}.jsonl.gz"
            bucket.put_object(Bucket=env["FLOOR_BUCKET"], Key=key_of_part, Body=bytes(body))
            body, zipping, lines, part = bytearray(), zlib.compressobj(6, wbits=31), 0, part + 1
        if more:
            edge = int(rows[-1]["LogEnd"][6:-2]) - 1  # a tenant may round what it shows
            known = {row["MessageGuid"] for row in rows if int(row["LogEnd"][6:-2]) >= edge}
            since = literal(edge)


def token(session: requests.Session, key: dict[str, str]) -> str:
    """Prove by the client certificate who we are."""
    for name in ("certificate", "key"):
        pem = key[name].replace("\\n", "\n")
        Path(f"{os.environ['FLOOR_KEY']}.{name}").write_text(pem)
    answer = session.post(
        key["tokenurl"],
        data={"grant_type": "client_credentials", "client_id": key["clientid"]},
        cert=(f"{os.environ['FLOOR_KEY']}.certificate", f"{os.environ['FLOOR_KEY']}.key"),
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def literal(millis: int) -> str:
    """An instant as the API reads it."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    return instant.replace(tzinfo=None).isoformat(timespec="milliseconds")


if __name__ == "__main__":
    main()
