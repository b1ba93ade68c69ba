"""What the test of a frozen thing says in the first line of its failure: that, and why.

A test gives one of these as the message of its ``assert``.
"""

from typing import Final

WINDOW: Final = (
    "FROZEN for v1 of the archive: a window is an hour. With another length every log would lie"
    " below another key, and all that is exported again would be stored, and told, a second time"
    " (docs/upgrade.md). Change model.WINDOW back; do not renew this test."
)
VERSION_IDS: Final = (
    "FROZEN for v1 of the archive: the id of a version. With another id every log that the tenant"
    " still shows would be stored, and told, a second time (docs/upgrade.md). Change version.py"
    " back; do not renew the golden ids."
)
KEYS: Final = (
    "FROZEN for v1 of the archive: the keys of objects. Readers, Athena's partitions, rights and"
    " bucket policies go by every character (docs/upgrade.md). Change archive/layout.py back; what"
    " is new gets a prefix of its own."
)
RECORD: Final = (
    "FROZEN for v1 of the archive: the members of a record. One may be added; none may be renamed,"
    " removed or given another type, because parts are never rewritten and readers go by them"
    " (docs/upgrade.md)."
)
EVENT: Final = (
    "FROZEN for schema 1: the members of the event of a failed message. One may be added, in"
    " events/message-failed.json and docs/telling.md too; none may be renamed, removed or given"
    " another type, because rules and targets of other teams match on them."
)
STATE: Final = (
    "FROZEN: the logical ids of what holds state. With another id CloudFormation makes an empty"
    " archive, table or secret beside the old one, and the stack forgets where it was"
    " (docs/upgrade.md). Change template.yaml back."
)
PLACEHOLDER: Final = (
    "FROZEN: the text in the stack's secret, to the letter. CloudFormation writes a value again"
    " when its text changes, so the next update would put the placeholder over every service key."
    " Change template.yaml back; do not renew this hash."
)
OUTPUTS: Final = (
    "FROZEN: the names of outputs. One may be added; none may be renamed or removed, because other"
    " tools ask for them by name (docs/upgrade.md)."
)
