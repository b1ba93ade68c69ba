"""Parts as the notifier reads them; one that is gone is an error of its own."""

from botocore.exceptions import ClientError

from mpl_export.archive.objects import S3Objects
from mpl_export.aws import error_code
from mpl_export.errors import ConfigurationError


class S3Parts:
    """The parts in the archive bucket."""

    def __init__(self, objects: S3Objects) -> None:
        self._objects = objects

    def get(self, key: str) -> bytes:
        """Read a part.

        Raises:
            ConfigurationError: Somebody has deleted it.
        """
        try:
            return self._objects.get(key)
        except ClientError as error:
            if error_code(error) != "NoSuchKey":
                raise
            raise ConfigurationError(
                f"the part {key} was deleted before its failures were told; parts have to stay"
            ) from error
