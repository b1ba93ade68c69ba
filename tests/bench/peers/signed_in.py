"""What both peers need to know of the tenant: a session with a token, and where to ask."""

import json
import os
from pathlib import Path

import requests


def signed_in() -> tuple[requests.Session, str]:
    """A session with a token that the client certificate brought, and the service root."""
    path = Path(os.environ["PEER_KEY"])
    key = json.loads(path.read_text())["oauth"]
    for name in ("certificate", "key"):
        path.with_suffix(f".{name}").write_text(key[name].replace("\\n", "\n"))
    session = requests.Session()
    session.verify = os.environ["PEER_CA"]
    answer = session.post(
        key["tokenurl"],
        data={"grant_type": "client_credentials", "client_id": key["clientid"]},
        cert=(str(path.with_suffix(".certificate")), str(path.with_suffix(".key"))),
    )
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session, f"{key['url']}/api/v1/"
