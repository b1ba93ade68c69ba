"""Set-ups that are broken in one way each, and what the doctor has to say about it.

The tenant speaks real TLS; what AWS keeps is in memory and fails with the codes of AWS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectTimeoutError

from mpl_export.archive.layout import probe_key, rules_key, source_key
from mpl_export.archive.objects import NoSuchObjectError
from mpl_export.aws import aws_errors
from mpl_export.clock import SystemClock
from mpl_export.errors import AwsRefusedError
from mpl_export.exporter.doctor.check import Means, check
from mpl_export.rules.rules import Noted
from operate.sap_tenant import Fault
from tests.support.exporter import keys
from tests.support.exporter.fakes import MemoryCheckpoints, MemoryObjects

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpl_export.checkpoint import Checkpoint
    from operate.sap_tenant import SapTenant
    from operate.sap_tenant.server import SapTenantServer

TENANT = "acme"


def refusal(code: str, message: str = "") -> ClientError:
    """An error of AWS, as the SDK raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Call")


@dataclass(slots=True)
class Kept:
    """Secret, table and bucket in memory; each fails if it is told to."""

    text: str
    objects: MemoryObjects = field(default_factory=MemoryObjects)
    checkpoints: MemoryCheckpoints = field(default_factory=MemoryCheckpoints)
    no_secret: Exception | None = None
    no_read: Exception | None = None
    no_write: Exception | None = None
    no_get: Exception | None = None
    no_rules: Exception | None = None

    def current(self) -> str:
        """The secret."""
        if self.no_secret is not None:
            raise self.no_secret
        return self.text

    def previous(self) -> str | None:
        """There is none."""
        return None

    def read(self) -> Checkpoint:
        """The checkpoint."""
        if self.no_read is not None:
            raise self.no_read
        return self.checkpoints.read()

    def prove_writable(self) -> None:
        """The right to write it."""
        if self.no_write is not None:
            raise self.no_write

    def put_if_absent(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object."""
        return self.objects.put_if_absent(key, body, content_type=content_type)

    def get(self, key: str) -> bytes:
        """Read an object; one that is absent is denied, as to a role that may not list."""
        with aws_errors("read", f"s3://archive/{key}"):
            if self.no_get is not None:
                raise self.no_get
            if self.no_rules is not None and key.startswith("rules/"):
                raise self.no_rules
            try:
                return self.objects.get(key)
            except NoSuchObjectError:
                raise refusal("AccessDenied") from None

    def keys(self, prefix: str) -> Any:  # noqa: ANN401 - an iterator of keys
        """List keys."""
        return self.objects.keys(prefix)


@dataclass(slots=True)
class Setup:
    """A set-up that works, until something of it is broken."""

    server: SapTenantServer
    environment: dict[str, str]
    kept: Kept

    @classmethod
    def working(cls, server: SapTenantServer) -> Setup:
        """One that works."""
        environment = {
            "TENANT": TENANT,
            "SERVICE_KEY_SECRET": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key",
            "ARCHIVE_BUCKET": "archive",
            "CHECKPOINT_TABLE": "checkpoints",
            "TENANT_CA_PEM": server.ca_pem,
        }
        return cls(server, environment, Kept(json.dumps(server.service_key(nesting="top"))))

    @property
    def tenant(self) -> SapTenant:
        """The tenant."""
        return self.server.tenant

    def change_key(self, **members: object) -> None:
        """Change members of the service key; None takes one away."""
        document = json.loads(self.kept.text) | members
        self.kept.text = json.dumps({k: v for k, v in document.items() if v is not None})

    def put_rules(self, body: bytes | None) -> None:
        """Note rules in the checkpoint, and put that object; None for one that was deleted."""
        memory = self.kept.checkpoints
        memory.checkpoint = replace(memory.checkpoint, rules=Noted(number=3, teams=("sales",)))
        if body is not None:
            self.kept.objects.held[rules_key(TENANT, 3)] = body

    def examined(self) -> dict[str, Any]:
        """What the doctor finds."""
        means = Means(
            secret=lambda _: self.kept, table=lambda _: self.kept, bucket=lambda _: self.kept
        )
        return check(self.environment, SystemClock(), means)


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that is wrong.

    Attributes:
        name: What it is.
        failed: The steps that have to fail, and no others.
        words: What the first of them has to say, and what to do.
        hidden: The steps that mean nothing then, and no others.
    """

    name: str
    how: Callable[[Setup], object]
    failed: tuple[str, ...]
    words: tuple[str, ...]
    hidden: tuple[str, ...] = ()


_TOKEN_SERVER = ("token server: DNS", "token server: connection", "token server: TLS")
_API_SERVER = ("API: DNS", "API: connection", "API: TLS")
_ANSWERS = ("API", "$metadata", "clocks", "one page", "runtime artifacts")
_TENANT = (*_TOKEN_SERVER, *_API_SERVER, "token", *_ANSWERS)
_ALL_OF_THE_KEY = ("certificate", *_TENANT)


def _other_key(setup: Setup) -> None:
    setup.change_key(key=keys.client("stranger").key_pem())


def _ended(setup: Setup) -> None:
    text = json.dumps(setup.server.service_key(nesting="top", valid=timedelta(days=-2)))
    setup.kept.text = text


def _secret_key_elsewhere(setup: Setup) -> None:
    document = setup.server.service_key("secret", nesting="top")
    setup.kept.text = json.dumps({**document, "tokenurl": setup.server.token_url})


def _closed_port(setup: Setup) -> None:
    setup.change_key(tokenurl="https://127.0.0.1:9/oauth/token")


def _fault(**how: Any) -> Callable[[Setup], object]:  # noqa: ANN401 - as Fault has it
    return lambda setup: setup.tenant.faults.add(Fault(times=None, **how))


def _set(name: str, value: object) -> Callable[[Setup], object]:
    return lambda setup: setattr(setup.kept, name, value)


def _fail_put(setup: Setup) -> None:
    def refuse(_: str) -> None:
        raise refusal("AccessDenied", "explicit deny in a resource-based policy")

    setup.kept.objects.before_put = refuse


def _wrong_region(setup: Setup) -> None:
    def refuse(_: str) -> None:
        raise refusal("PermanentRedirect")

    setup.kept.objects.before_put = refuse


def _no_bucket(setup: Setup) -> None:
    def refuse(_: str) -> None:
        raise refusal("NoSuchBucket")

    setup.kept.objects.before_put = refuse


def _claimed(setup: Setup) -> None:
    setup.kept.objects.held[source_key(TENANT)] = b'{"api_host": "other.example"}'


def _rules(body: bytes | None) -> Callable[[Setup], object]:
    return lambda setup: setup.put_rules(body)


def _rules_of_another_key(setup: Setup) -> None:
    setup.put_rules(b"")
    setup.kept.no_rules = refusal("AccessDenied", "not authorized to perform: kms:Decrypt")


def _ahead(setup: Setup) -> None:
    setup.tenant.behaviour.clock_offset = timedelta(minutes=10)


def _odd_row(setup: Setup) -> None:
    guid = setup.tenant.add(status="COMPLETED")
    _fault(kind="malformed_row", guid=guid, shape="date_garbage")(setup)


BROKEN = (
    Broken(
        "settings that cannot be understood, all named at once",
        lambda setup: setup.environment.update(OVERLAP_MINUTES="soon", PAGE_CONCURRENCY="99"),
        ("settings",),
        ("OVERLAP_MINUTES", "PAGE_CONCURRENCY", "CloudFormation > the stack > Update"),
    ),
    Broken(
        "no name of the bucket",
        lambda setup: setup.environment.pop("ARCHIVE_BUCKET"),
        ("settings",),
        ("ARCHIVE_BUCKET is missing",),
        ("bucket", "archive", "rules"),
    ),
    Broken(
        "a CA that is no certificate",
        lambda setup: setup.environment.update(TENANT_CA_PEM="pem"),
        ("settings", "token server: TLS", "API: TLS", "token"),
        ("TENANT_CA_PEM holds no certificate",),
        _ANSWERS,
    ),
    Broken(
        "a secret that the role may not read",
        _set(
            "no_secret",
            AwsRefusedError("read", "the secret key", "AccessDeniedException", "grant it"),
        ),
        ("secret",),
        ("AccessDeniedException", "deploy the stack again"),
        ("service key", *_ALL_OF_THE_KEY),
    ),
    Broken(
        "the placeholder",
        _set("text", '{"placeholder": "replace this"}'),
        ("service key",),
        ("placeholder", "Secrets Manager > the stack's secret > Retrieve secret value > Edit"),
        _ALL_OF_THE_KEY,
    ),
    Broken(
        "a key that was cut",
        lambda setup: setattr(setup.kept, "text", setup.kept.text[:500]),
        ("service key",),
        ("is not JSON", "from brace to brace"),
        _ALL_OF_THE_KEY,
    ),
    Broken(
        "an external certificate without its key",
        lambda setup: setup.change_key(key=None),
        ("service key",),
        ("member 'key'", "external certificate"),
        _ALL_OF_THE_KEY,
    ),
    Broken(
        "the key of another certificate",
        _other_key,
        ("certificate",),
        ("does not fit any certificate",),
        ("token", *_ANSWERS),
    ),
    Broken(
        "a certificate that has ended",
        _ended,
        ("certificate",),
        ("expired on", "Service Keys > Create, key type Certificate"),
        ("token", *_ANSWERS),
    ),
    Broken(
        "a token server that nobody knows",
        lambda setup: setup.change_key(tokenurl="https://acme.invalid/oauth/token"),
        ("token server: DNS", "token"),
        ("DNS does not know the name", "NAT gateway"),
        ("token server: connection", "token server: TLS", *_ANSWERS),
    ),
    Broken(
        "a port that refuses",
        _closed_port,
        ("token server: connection", "token"),
        ("it was refused", "127.0.0.1:9"),
        ("token server: TLS", *_ANSWERS),
    ),
    Broken(
        "a gateway that opens TLS",
        lambda setup: setup.environment.pop("TENANT_CA_PEM"),
        ("token server: TLS", "API: TLS", "token"),
        ("is not trusted", "TenantCaPem", "only if you know whose it is"),
        _ANSWERS,
    ),
    Broken(
        "a key that was deleted in the cockpit",
        lambda setup: setup.tenant.revoke_key(),
        ("token",),
        ("the token server refused the service key (401", "Service Keys > Create"),
        _ANSWERS,
    ),
    Broken(
        "a client secret at the host for certificates",
        _secret_key_elsewhere,
        ("token",),
        ("client secret", "'tokenurl'"),
        _ANSWERS,
    ),
    Broken(
        "a token server that is down",
        _fault(kind="status", endpoint="token", status=503),
        ("token",),
        ("503", "Cloud Service Status"),
        _ANSWERS,
    ),
    Broken(
        "a missing role",
        _fault(kind="status", status=403),
        ("API",),
        ("MonitoringDataRead", "Instances and Subscriptions"),
        ("$metadata", "clocks", "one page", "runtime artifacts"),
    ),
    Broken(
        "an address without the API",
        lambda setup: setup.change_key(url=f"{setup.server.api_url}/elsewhere"),
        ("API",),
        (
            "there is no MessageProcessingLogs API (404)",
            "it has to be the key of an instance of plan api",
        ),
        ("$metadata", "clocks", "one page", "runtime artifacts"),
    ),
    Broken(
        "the address of the web user interface",
        _fault(kind="login_page"),
        ("API",),
        ("a page for people", "Service Keys > View"),
        ("$metadata", "clocks", "one page", "runtime artifacts"),
    ),
    Broken(
        "clocks that differ",
        _ahead,
        ("clocks",),
        ("s ahead of the function's", "open a ticket with SAP"),
    ),
    Broken(
        "rows of another make",
        _odd_row,
        ("one page",),
        ("1 of 21 rows", "report one"),
    ),
    Broken(
        "no table",
        _set("no_read", refusal("ResourceNotFoundException")),
        ("table",),
        ("ResourceNotFoundException", "CloudFormation > the stack > Resources"),
        ("rules",),
    ),
    Broken(
        "a table that the role may read and not write",
        _set("no_write", refusal("AccessDeniedException")),
        ("table",),
        ("AccessDeniedException", "permissions boundary"),
        ("rules",),
    ),
    Broken(
        "subnets without a way to DynamoDB",
        _set("no_read", ConnectTimeoutError(endpoint_url="https://dynamodb")),
        ("table",),
        ("ConnectTimeoutError", "gateway endpoints for S3 and DynamoDB"),
        ("rules",),
    ),
    Broken("no bucket", _no_bucket, ("bucket",), ("NoSuchBucket", "ArchiveBucketName")),
    Broken(
        "a bucket whose policy denies the role",
        _fail_put,
        ("bucket",),
        ("AccessDenied", "bucket's policy"),
    ),
    Broken(
        "a bucket in another region",
        _wrong_region,
        ("bucket",),
        ("PermanentRedirect", "AWS Region"),
    ),
    Broken(
        "an object of somebody else where the probe belongs",
        lambda setup: setup.kept.objects.held.update({probe_key(TENANT): b"other"}),
        ("bucket",),
        ("sources/tenant=acme.probe", "somebody else writes"),
    ),
    Broken(
        "the archive of another tenant",
        _claimed,
        ("archive",),
        ("was begun with other.example", "another stack"),
    ),
    Broken(
        "rules that are in force and were deleted",
        _rules(None),
        ("rules",),
        (
            "tenant=acme/00000003.toml",
            "or it was deleted",
            "make rules FILE=",
            "permissions boundary",
        ),
    ),
    Broken(
        "rules that cannot be understood",
        _rules(b"[[mute]]\nname = 'n'\n"),
        ("rules",),
        ("tenant=acme/00000003.toml", "line 1: a mute has to end", "nothing is exported"),
    ),
    Broken(
        "rules that are no text",
        _rules(b"\xff\xfe"),
        ("rules",),
        ("00000003.toml", "not UTF-8", "whoever may put rules"),
    ),
    Broken(
        "rules whose KMS key does not serve the role",
        _rules_of_another_key,
        ("rules",),
        ("00000003.toml", "KMS key's policy"),
    ),
)
