"""What to do about an error, in the words of SAP's cockpit and of AWS's console.

The error itself says what is wrong; this says where to click.  Sources: SAP Help Portal, "Creating
Service Instance and Service Key for Inbound Authentication"; the consoles' own labels.
"""

from collections.abc import Mapping

from mpl_export.aws_failures import MISSING_CODES, REGION_CODES
from mpl_export.errors import (
    AccessRefusedError,
    AwsRefusedError,
    AwsUnavailableError,
    ConfigurationError,
    ExportError,
    KeyRefusedError,
    OutOfTimeError,
    ServiceKeyError,
    SettingsError,
    TemporaryError,
    TenantMismatchError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)
from mpl_export.tenant.credentials.service_key import CertificateDatesError
from mpl_export.tenant.http.transport import ConnectionLostError, ConnectTimeoutError, TlsError

_PUT = (
    "put it into the secret (AWS console: Secrets Manager > the stack's secret > Retrieve secret "
    "value > Edit > Plaintext; or aws secretsmanager put-secret-value --secret-string "
    "file://key.json)"
)
_INSTANCE = "SAP BTP cockpit: Services > Instances and Subscriptions > the instance of plan api"
_NEW_KEY = f"{_INSTANCE} > Service Keys > Create, key type Certificate; then {_PUT}"
_NETWORK = (
    "in subnets of yours: AWS console: VPC > Route tables: a route 0.0.0.0/0 to a NAT gateway; VPC "
    "> Security groups: outbound HTTPS (443); else compare the URLs of the service key with the "
    "cockpit, and ask who runs the firewall"
)
_ADVICE: Mapping[type[ExportError], str] = {
    SettingsError: (
        "AWS console: CloudFormation > the stack > Update > Use existing template, and correct the "
        "parameter; or deploy again"
    ),
    CertificateDatesError: _NEW_KEY,
    ServiceKeyError: f"copy the service key from the cockpit, from brace to brace, and {_PUT}",
    KeyRefusedError: _NEW_KEY,
    AccessRefusedError: (
        f"{_INSTANCE} > Update: add the role MonitoringDataRead (grant type Client Credentials); "
        "a change takes up to an hour"
    ),
    TenantMismatchError: (
        "one stack is one tenant: put back the service key of the first tenant, or deploy another "
        "stack with another TenantName"
    ),
    AwsRefusedError: (
        "deploy the stack again, so that its role is as the template says; if it stays, ask who "
        "manages the permissions boundary, the service control policies, the bucket's policy and "
        "the KMS key's policy"
    ),
    AwsUnavailableError: (
        "try again; if it stays and the function runs in subnets of yours: AWS console: VPC > "
        "Endpoints: gateway endpoints for S3 and DynamoDB, an interface endpoint for Secrets "
        "Manager, or a NAT gateway"
    ),
    ConnectTimeoutError: _NETWORK,
    ConnectionLostError: _NETWORK,
    TlsError: (
        "see whether something on the way ends TLS (a proxy, a firewall that inspects); its CA "
        "goes into the template parameter TenantCaPem"
    ),
    TenantThrottledError: "wait some minutes and try again; lower PageConcurrency if it stays",
    TenantUnavailableError: "try again; SAP for Me > Cloud Service Status tells SAP's own state",
    TemporaryError: "try again in some minutes; nothing was lost",
    OutOfTimeError: "try again; the function had too little time left",
    UnexpectedResponseError: "report this: this release does not understand the tenant",
    ConfigurationError: (
        "do as the message says; a CA goes into the parameter TenantCaPem (AWS console: "
        "CloudFormation > the stack > Update) as PEM text, and only if you know whose it is"
    ),
}


_MISSING = (
    "AWS console: CloudFormation > the stack > Resources: see whether it is there; one that was "
    "given is corrected by the parameter ArchiveBucketName or ServiceKeySecretArn; else deploy the "
    "stack again"
)
_ELSEWHERE = (
    "AWS console: S3 > the bucket > Properties > AWS Region: deploy the stack in that region, or "
    "give a bucket of this one (ArchiveBucketName)"
)


def advice_on(error: ExportError) -> str:
    """Where to click; of the error's own kind, or else of the nearest kind above it."""
    if isinstance(error, ServiceKeyError) and getattr(error, "member", None) == "url":
        return f"it has to be the key of an instance of plan api: {_NEW_KEY}"
    if isinstance(error, AwsRefusedError):
        code = getattr(error, "code", "")
        if code in MISSING_CODES:
            return _MISSING
        if code in REGION_CODES:
            return _ELSEWHERE
    for kind in type(error).__mro__:
        if kind in _ADVICE:
            return _ADVICE[kind]
    return "try again; if it stays, report it"
