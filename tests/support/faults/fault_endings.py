"""How a run ends into which a fault strikes, and who has to act: what all fault tables say."""

from dataclasses import dataclass

from mpl_export.errors import (
    AccessRefusedError,
    AwsRefusedError,
    AwsUnavailableError,
    ConfigurationError,
    ExportError,
    KeyRefusedError,
    ServiceKeyError,
    TemporaryError,
    TenantThrottledError,
    TenantUnavailableError,
    UnexpectedResponseError,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ends in which a fault struck.

    Attributes:
        error: What it raises; None if it ends well, with everything archived.
        less: What the archive has less of, for good, or what else a reader should know.
        told: What the run leaves to the next one, and says so.
    """

    error: type[ExportError] | None = None
    less: str = ""
    told: str = ""

    def __str__(self) -> str:
        if self.error is None:
            return ", ".join(filter(None, ("recovers", self.less, self.told)))
        return f"`{self.error.__name__}`"


@dataclass(frozen=True, slots=True)
class Column:
    """How a run ends if a fault strikes one call, and if it strikes all from that call on."""

    once: Ending
    lasting: Ending

    def __str__(self) -> str:
        if self.once == self.lasting:
            return str(self.once)
        return f"{self.once} / {self.lasting}"


WELL = Ending()
TEXTLESS = Ending(less="without the text")
UNSWEPT = Ending(told="tells that the look at open messages failed")
UNLOOKED = Ending(told="tells that what is deployed could not be looked at")
HALF_A_TEXT = Ending(less="with half the text")
THROTTLED = Ending(TenantThrottledError)
UNAVAILABLE = Ending(TenantUnavailableError)
TEMPORARY = Ending(TemporaryError)
UNEXPECTED = Ending(UnexpectedResponseError)
NO_ACCESS = Ending(AccessRefusedError)
KEY_REFUSED = Ending(KeyRefusedError)
WRONG_KEY = Ending(ServiceKeyError)
MISCONFIGURED = Ending(ConfigurationError)
AWS_UNAVAILABLE = Ending(AwsUnavailableError)
AWS_REFUSED = Ending(AwsRefusedError)
HELD = Ending(less="ends at once: another run has the lease")
KEPT_RAW = Ending(less="the row is kept as it came")


def who_acts(error: type[ExportError] | None) -> str:
    """Who has to do something about an error."""
    if error is None:
        return "nobody"
    if issubclass(error, ConfigurationError):
        return "an operator: the message says what to do"
    if issubclass(error, TemporaryError):
        return "nobody yet: the next run goes on"
    return "a developer: the tenant said what this version does not understand"
