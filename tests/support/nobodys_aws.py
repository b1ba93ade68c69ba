"""An AWS that nobody runs: clients of it can be made, and no call of them gets anywhere."""

from typing import Final

NOBODYS_AWS: Final = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}
