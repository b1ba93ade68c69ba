"""The environment of an exporter for which nothing was chosen."""

from typing import Final

ENVIRONMENT: Final = {
    "TENANT": "acme",
    "SERVICE_KEY_SECRET": "secret",
    "ARCHIVE_BUCKET": "archive",
    "CHECKPOINT_TABLE": "table",
}
