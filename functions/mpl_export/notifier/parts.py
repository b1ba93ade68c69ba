"""Reading the parts that the notifier was told of."""

from mpl_export.archive.objects import NoSuchObjectError, S3Objects
from mpl_export.errors import AwsRefusedError, ConfigurationError

_GONE = "was deleted before its failures were told; parts have to stay"


class S3Parts:
    """The parts in the archive bucket."""

    def __init__(self, objects: S3Objects) -> None:
        self._objects = objects

    def get(self, key: str) -> bytes:
        """Read a part.

        Raises:
            ConfigurationError: Somebody has deleted it, or the role may not read it.  S3 tells
                nobody which of both who may not list the bucket, as the notifier may not.
        """
        try:
            return self._objects.get(key)
        except NoSuchObjectError as error:
            raise ConfigurationError(f"the part {key} {_GONE}") from error
        except AwsRefusedError as error:
            if error.code != "AccessDenied" or "KMS" in str(error):
                raise
            raise ConfigurationError(f"{error}; or the part {_GONE}") from error
