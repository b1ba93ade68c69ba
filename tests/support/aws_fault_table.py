"""What AWS may do to us, call by call, and how a run has to end: the table of the matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mpl_export.errors import AwsRefusedError, AwsUnavailableError, ServiceKeyError
from tests.support.aws_faults import (
    Answer,
    answers_too_late,
    ends_the_connection,
    refuses,
    says,
)
from tests.support.fault_table import WELL, Column, Ending

type AwsCall = Literal[
    "secret", "lease", "marker", "list", "get", "put", "commit", "note of the sweep", "release"
]

AWS_CALLS: dict[AwsCall, tuple[str, str]] = {
    "secret": ("GetSecretValue", ""),
    "lease": ("UpdateItem", "if_not_exists(start_from"),
    "marker": ("PutObject", "/sources/"),
    "list": ("ListObjectsV2", ""),
    "get": ("GetObject", "/mpl/"),
    "put": ("PutObject", "/mpl/"),
    "commit": ("UpdateItem", "reached = :reached"),
    "note of the sweep": ("UpdateItem", "swept = :hour"),
    "release": ("UpdateItem", "REMOVE held_until"),
}
"""The kinds of calls: their operation, and what stands in them."""

UNAVAILABLE = Ending(AwsUnavailableError)
REFUSED = Ending(AwsRefusedError)
WRONG_KEY = Ending(ServiceKeyError)
HELD = Ending(less="ends at once: another run has the lease")

_DOWN = Column(WELL, UNAVAILABLE)
_REFUSED = Column(REFUSED, REFUSED)
_WRONG_KEY = Column(WRONG_KEY, WRONG_KEY)
_S3: tuple[AwsCall, ...] = ("marker", "list", "get", "put")
_TABLE: tuple[AwsCall, ...] = ("lease", "commit", "note of the sweep", "release")


@dataclass(frozen=True, slots=True)
class AwsKind:
    """One thing that goes wrong on the side of AWS.

    Attributes:
        name: What a reader calls it.
        answer: What AWS does.
        row: How runs end, by the call that it strikes.
    """

    name: str
    answer: Answer
    row: Mapping[AwsCall, Column]


def _for(calls: tuple[AwsCall, ...], column: Column) -> dict[AwsCall, Column]:
    return dict.fromkeys(calls, column)


_NO_KMS = (
    "User: x is not authorized to perform: kms:Decrypt on the resource associated with this "
    "ciphertext because no identity-based policy allows the kms:Decrypt action"
)

AWS_FAULTS = (
    AwsKind("503 SlowDown", refuses(503, "SlowDown"), _for(_S3, _DOWN)),
    AwsKind("500 InternalError", refuses(500, "InternalError"), _for(_S3, _DOWN)),
    AwsKind(
        "the connection ends",
        ends_the_connection,
        _for((*_S3, *_TABLE, "secret"), _DOWN),
    ),
    AwsKind(
        "it was done, but the answer is lost",
        answers_too_late,
        {**_for(("marker", "put", "commit"), _DOWN)},
    ),
    AwsKind(
        "409 ConditionalRequestConflict",
        refuses(409, "ConditionalRequestConflict"),
        _for(("marker", "put"), _DOWN),
    ),
    AwsKind("access denied", refuses(403, "AccessDenied"), _for(_S3, _REFUSED)),
    AwsKind(
        "access denied ", refuses(400, "AccessDeniedException"), _for(("secret", *_TABLE), _REFUSED)
    ),
    AwsKind(
        "KMS denied",
        refuses(403, "AccessDenied", _NO_KMS),
        _for(("marker", "get", "put"), _REFUSED),
    ),
    AwsKind(
        "KMS denied ",
        refuses(400, "AccessDeniedException", "Access to KMS is not allowed"),
        _for(("secret",), _REFUSED),
    ),
    AwsKind("bucket missing", refuses(404, "NoSuchBucket"), _for(_S3, _REFUSED)),
    AwsKind(
        "throttled",
        refuses(400, "ProvisionedThroughputExceededException"),
        _for(_TABLE, _DOWN),
    ),
    AwsKind("throttled ", refuses(400, "ThrottlingException"), _for(("secret", *_TABLE), _DOWN)),
    AwsKind("table missing", refuses(400, "ResourceNotFoundException"), _for(_TABLE, _REFUSED)),
    AwsKind(
        "condition failed",
        refuses(400, "ConditionalCheckFailedException"),
        {
            "lease": Column(HELD, HELD),
            **_for(("commit", "note of the sweep", "release"), Column(WELL, WELL)),
        },
    ),
    AwsKind(
        "secret missing", refuses(400, "ResourceNotFoundException"), _for(("secret",), _REFUSED)
    ),
    AwsKind(
        "secret marked for deletion",
        refuses(400, "InvalidRequestException"),
        _for(("secret",), _REFUSED),
    ),
    AwsKind(
        "secret that KMS cannot decrypt",
        refuses(400, "DecryptionFailure"),
        _for(("secret",), _REFUSED),
    ),
    AwsKind(
        "secret without a value",
        refuses(400, "ResourceNotFoundException", "can't find value for staging label: AWSCURRENT"),
        _for(("secret",), _WRONG_KEY),
    ),
    AwsKind(
        "secret that is no JSON",
        says('{"SecretString":"clientid: x"}'),
        _for(("secret",), _WRONG_KEY),
    ),
    AwsKind(
        "secret that is still the placeholder",
        says('{"SecretString":"{\\"placeholder\\":\\"Replace this\\"}"}'),
        _for(("secret",), _WRONG_KEY),
    ),
    AwsKind(
        "credentials expired",
        refuses(400, "ExpiredTokenException"),
        _for(("secret", "lease"), _REFUSED),
    ),
)
