"""What AWS may do to us, call by call, and how a run has to end: the table of the matrix."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from tests.support.faults.aws_faults import (
    Answer,
    answers_too_late,
    does,
    ends_the_connection,
    refuses,
    says,
)
from tests.support.faults.fault_endings import (
    AWS_REFUSED,
    AWS_UNAVAILABLE,
    HELD,
    KEY_REFUSED,
    WELL,
    WRONG_KEY,
    Column,
)
from tests.support.faults.fault_world import DAY, MINUTE, TODAY, FaultWorld

type AwsCall = Literal[
    "secret",
    "secret, read afresh",
    "secret, version before",
    "lease",
    "marker",
    "marker, read",
    "list",
    "get",
    "put",
    "commit",
    "note of the sweep",
    "release",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the calls of a kind are known.

    Attributes:
        operation: Their operation.
        mark: What stands in them.
        after: How many such calls of a run are of another kind and come before.
        times: How many of them a faultless run makes.
    """

    operation: str
    mark: str = ""
    after: int = 0
    times: int = 1


AWS_CALLS: dict[AwsCall, Wanted] = {
    "secret": Wanted("GetSecretValue", "AWSCURRENT"),
    "secret, read afresh": Wanted("GetSecretValue", "AWSCURRENT", after=1),
    "secret, version before": Wanted("GetSecretValue", "AWSPREVIOUS"),
    "lease": Wanted("UpdateItem", "if_not_exists(start_from"),
    "marker": Wanted("PutObject", "/sources/"),
    "marker, read": Wanted("GetObject", "/sources/"),
    "list": Wanted("ListObjectsV2", times=3),
    "get": Wanted("GetObject", "/mpl/", times=3),
    "put": Wanted("PutObject", "/mpl/", times=3),
    "commit": Wanted("UpdateItem", "reached = :reached", times=3),
    "note of the sweep": Wanted("UpdateItem", "swept = :swept"),
    "release": Wanted("UpdateItem", "REMOVE held_until"),
}
"""The kinds of calls that a run makes, where a token is refused those after it too."""

_DOWN = Column(WELL, AWS_UNAVAILABLE)
_REFUSED = Column(AWS_REFUSED, AWS_REFUSED)
_WRONG_KEY = Column(WRONG_KEY, WRONG_KEY)
_NO_OTHER_KEY = Column(KEY_REFUSED, KEY_REFUSED)
_EASY = Column(WELL, WELL)
_SECRET: tuple[AwsCall, ...] = ("secret", "secret, read afresh", "secret, version before")
_BODIES: tuple[AwsCall, ...] = ("marker", "marker, read", "get", "put")
_S3: tuple[AwsCall, ...] = (*_BODIES, "list")
_TABLE: tuple[AwsCall, ...] = ("lease", "commit", "note of the sweep", "release")

type Row = Mapping[AwsCall, Column]


@dataclass(frozen=True, slots=True)
class AwsKind:
    """One thing that goes wrong on the side of AWS.

    Attributes:
        name: What a reader calls it.
        answer: What AWS does, in a world.
        row: How runs end, by the call that it strikes.
    """

    name: str
    answer: Callable[[FaultWorld], Answer]
    row: Row


def _kind(name: str, answer: Answer, row: Row) -> AwsKind:
    return AwsKind(name, lambda _: answer, row)


def _for(calls: tuple[AwsCall, ...], column: Column) -> dict[AwsCall, Column]:
    return dict.fromkeys(calls, column)


def _another_writes_first(world: FaultWorld) -> Answer:
    """412: a backfill writes that very object between our look and our put, in bytes of its own."""

    def export() -> None:
        world.clock.turn(MINUTE)  # so each record says another ``ReadAt`` than ours
        world.export(TODAY - 3 * DAY, TODAY, "backfill")

    return does(export)


LOST_RACE = "412: another run writes it first"
_NO_KMS = (
    "User: x is not authorized to perform: kms:Decrypt on the resource associated with this "
    "ciphertext because no identity-based policy allows the kms:Decrypt action"
)
_NO_VALUE = "can't find value for staging label: AWSCURRENT"
_UNUSABLE: Row = {
    "secret": _WRONG_KEY,
    "secret, read afresh": _EASY,  # the version before helps out
    "secret, version before": _NO_OTHER_KEY,
}

AWS_FAULTS = (
    _kind("503 SlowDown", refuses(503, "SlowDown"), _for(_S3, _DOWN)),
    _kind(
        "500 InternalError",
        refuses(500, "InternalError", json_code="InternalServerError"),
        _for((*_S3, *_TABLE, *_SECRET), _DOWN),
    ),
    _kind("the connection ends", ends_the_connection, _for((*_S3, *_TABLE, *_SECRET), _DOWN)),
    _kind(
        "it was done, but the answer is lost",
        answers_too_late,
        _for(("marker", "put", "commit", "lease", "release"), _DOWN),
    ),
    _kind(
        "409 ConditionalRequestConflict",
        refuses(409, "ConditionalRequestConflict"),
        _for(("marker", "put"), _DOWN),
    ),
    AwsKind(LOST_RACE, _another_writes_first, {"put": _EASY}),
    _kind(
        "access denied",
        refuses(403, "AccessDenied", json_code="AccessDeniedException"),
        _for((*_S3, *_TABLE, *_SECRET), _REFUSED),
    ),
    _kind(
        "KMS denied",
        refuses(403, "AccessDenied", _NO_KMS, json_code="AccessDeniedException"),
        _for((*_BODIES, *_SECRET), _REFUSED),
    ),
    _kind("bucket missing", refuses(404, "NoSuchBucket"), _for(_S3, _REFUSED)),
    _kind("table missing", refuses(400, "ResourceNotFoundException"), _for(_TABLE, _REFUSED)),
    _kind(
        "throttled (capacity)",
        refuses(400, "ProvisionedThroughputExceededException"),
        _for(_TABLE, _DOWN),
    ),
    _kind(
        "throttled (rate)",
        refuses(400, "ThrottlingException"),
        _for((*_TABLE, *_SECRET), _DOWN),
    ),
    _kind(
        "condition failed",
        refuses(400, "ConditionalCheckFailedException"),
        {**_for(_TABLE, _EASY), "lease": Column(HELD, HELD)},
    ),
    _kind("secret missing", refuses(400, "ResourceNotFoundException"), _for(_SECRET, _REFUSED)),
    _kind(
        "secret marked for deletion",
        refuses(400, "InvalidRequestException"),
        _for(_SECRET, _REFUSED),
    ),
    _kind(
        "secret that KMS cannot decrypt", refuses(400, "DecryptionFailure"), _for(_SECRET, _REFUSED)
    ),
    _kind(
        "secret without a value",
        refuses(400, "ResourceNotFoundException", _NO_VALUE),
        {**_for(_SECRET, _WRONG_KEY), "secret, version before": _NO_OTHER_KEY},
    ),
    _kind("secret that is no JSON", says('{"SecretString":"clientid: x"}'), _UNUSABLE),
    _kind(
        "secret that is still the placeholder",
        says('{"SecretString":"{\\"placeholder\\":\\"Replace this\\"}"}'),
        _UNUSABLE,
    ),
    _kind(
        "credentials expired",
        refuses(400, "ExpiredToken", json_code="ExpiredTokenException"),
        _for((*_S3, *_TABLE, *_SECRET), _REFUSED),
    ),
)
