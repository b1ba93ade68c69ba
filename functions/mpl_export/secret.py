"""The secret of the stack that holds the service key, in Secrets Manager."""

from typing import TYPE_CHECKING

from mpl_export.aws import aws_errors
from mpl_export.errors import AwsRefusedError, ServiceKeyError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_NO_VALUE = "staging label"
"""What the message says when the secret exists but has no version of that stage."""


class ServiceKeySecret:
    """Reads the versions of one secret, anew at every call: it is the owner who changes them.

    Attributes:
        name: The ARN or name of the secret.
    """

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self.name = name

    def current(self) -> str:
        """The text of the version that holds.

        Raises:
            ServiceKeyError: The secret has no value yet, or one that is no text.
            AwsRefusedError: It is not there, marked for deletion, or the role or the KMS key does
                not let us.
            AwsUnavailableError: Secrets Manager cannot be reached.
        """
        text = self._read("AWSCURRENT")
        if text is None:
            raise ServiceKeyError(
                "has no value yet: aws secretsmanager put-secret-value --secret-id "
                f"{self.name} --secret-string file://key.json"
            )
        return text

    def previous(self) -> str | None:
        """The text of the version before; None if there is none.

        Raises:
            As ``current``.
        """
        return self._read("AWSPREVIOUS")

    def _read(self, stage: str) -> str | None:
        resource = f"the secret {self.name}"
        with aws_errors("read", resource):
            try:
                answer = self._client.get_secret_value(SecretId=self.name, VersionStage=stage)
            except self._client.exceptions.ResourceNotFoundException as error:
                # The same code as for a secret that does not exist; only the text differs.
                if _NO_VALUE in error.response["Error"].get("Message", ""):
                    return None
                raise
            except self._client.exceptions.InvalidRequestException as error:
                raise AwsRefusedError(
                    "read",
                    resource,
                    "InvalidRequestException",
                    "it is marked for deletion: restore it (aws secretsmanager restore-secret)",
                ) from error
        return _text(answer.get("SecretString"), answer.get("SecretBinary"))


def _text(string: str | None, binary: bytes | None) -> str:
    """The value as text; ``--secret-binary fileb://key.json`` is a common way to store it."""
    if string is not None:
        return string
    try:
        return (binary or b"").decode("utf-8")
    except UnicodeDecodeError:  # not chained: it holds the bytes
        problem = "is stored as binary and is not UTF-8 text; store it with --secret-string"
    raise ServiceKeyError(problem)
