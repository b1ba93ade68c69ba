"""Every failure that this package raises on purpose, sorted by who has to act.

* ExportError
  * ConfigurationError         an operator: a setting, an event, the secret or a role is wrong
    * SettingsError            an environment variable, set by a template parameter
    * EventError               the event that the function was invoked with
    * ServiceKeyError          the service key in Secrets Manager; names the member at fault
    * KeyRefusedError          the token server does not accept the service key
    * AccessRefusedError       the API does not accept the token: a role is missing (403)
    * TenantMismatchError      the service key belongs to another tenant than the archive
    * AwsRefusedError          AWS denies a call, or a resource of the stack is missing
  * TemporaryError             nobody yet: the next scheduled run is the retry
    * TenantUnavailableError   no usable answer after all attempts
      * TenantThrottledError   429
    * AwsUnavailableError      AWS throttles, fails or cannot be reached
    * PartsUntoldError         a part was stored and is not told; the message says what to look at
    * NoProgressError          a span: one run's time was too short to get anywhere in it
    * OutOfTimeError           the run's own time was up; mostly it ends well all the same
  * UnexpectedResponseError    a developer: the tenant said what we do not understand

A message says what is wrong and what to do, and never quotes a body, a key, a token or a secret.
"""

from datetime import timedelta


class ExportError(Exception):
    """Any failure that this package raises on purpose."""


class ConfigurationError(ExportError):
    """Something that an operator has set up is wrong; to try again changes nothing."""


class SettingsError(ConfigurationError):
    """A setting of the function is missing or cannot be understood.

    Attributes:
        name: The environment variable.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"the setting {name} {problem}; correct the template parameter and deploy")
        self.name = name


class EventError(ConfigurationError):
    """The function was invoked with an event that it does not understand."""


class ServiceKeyError(ConfigurationError):
    """The service key in Secrets Manager cannot be used.

    Attributes:
        member: The member of the service key at fault; None if it is the text as a whole.
    """

    def __init__(self, problem: str, *, member: str | None = None) -> None:
        subject = "the service key" if member is None else f"member {member!r} of the service key"
        super().__init__(f"{subject} {problem}")
        self.member = member


class KeyRefusedError(ConfigurationError):
    """The token server refused the client: by a TLS alert, or with 400, 401 or 403."""


class AccessRefusedError(ConfigurationError):
    """The API refused a fresh token (401 or 403): the service instance lacks the role."""


class TenantMismatchError(ConfigurationError):
    """The service key leads to another API host than the one this archive was begun with."""


class AwsRefusedError(ConfigurationError):
    """AWS refused a call: the role lacks an action, or a resource of the stack is missing.

    Attributes:
        code: The error code of AWS, such as ``AccessDenied``.
    """

    def __init__(self, action: str, resource: str, code: str, advice: str) -> None:
        super().__init__(f"AWS refused to {action} {resource} ({code}); {advice}")
        self.code = code


class TemporaryError(ExportError):
    """Nothing to do yet: nothing was lost, and the next scheduled run tries again."""


class TenantUnavailableError(TemporaryError):
    """The tenant gave no usable answer, after all attempts."""


class TenantThrottledError(TenantUnavailableError):
    """The tenant refused the request because we asked too often (429).

    Attributes:
        retry_after: The wait that the tenant asked for; None if it named none.

    Source: RFC 6585, section 4; RFC 9110, section 10.2.3.
    """

    def __init__(self, retry_after: timedelta | None) -> None:
        wait = "an unnamed time" if retry_after is None else f"{retry_after.total_seconds():g} s"
        super().__init__(
            f"the tenant throttles us (429) and asked to wait {wait}; the next run goes on"
        )
        self.retry_after = retry_after


class AwsUnavailableError(TemporaryError):
    """AWS throttled or failed a call, or could not be reached, after all attempts of the SDK."""


class PartsUntoldError(TemporaryError):
    """The notifier was not told of a part, or could not tell it, for 45 minutes."""


class NoProgressError(TemporaryError):
    """A span of one's choice: the run's time was up before anything of it was read and stored.

    Not a report, because who goes on where that says would do the same for ever.
    """

    def __init__(self, since: str) -> None:
        super().__init__(
            f"the run's time was up before anything was stored: nothing of the span from {since} "
            "on was got; the tenant or S3 answers too slowly, so try again later"
        )


class OutOfTimeError(TemporaryError):
    """The run's own time is up; nothing is wrong with the tenant, and the next run goes on.

    Reading pages stops there and the run ends well; before the first answer, it ends the run.
    """

    def __init__(self) -> None:
        super().__init__("the run's time was up before the tenant had answered; the next goes on")


class UnexpectedResponseError(ExportError):
    """The tenant answered in a way that this version does not understand."""
