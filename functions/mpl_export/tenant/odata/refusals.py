"""What it means when the API refuses a request, and who has to act."""

from mpl_export.errors import AccessRefusedError, ServiceKeyError, UnexpectedResponseError


class RefusedQueryError(Exception):
    """The tenant answered 400: it does not take the query as it stands."""


class NothingThereError(Exception):
    """The tenant answered 404."""


class TokenRefusedError(AccessRefusedError):
    """The API does not take our token, however fresh (401); each try costs another one."""


class RefusalError(Exception):
    """A status that no further attempt changes."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def refused(status: int) -> Exception:
    """What a refusal means, and who has to act."""
    if status in {401, 403}:
        kind = TokenRefusedError if status == 401 else AccessRefusedError
        return kind(
            f"the API refuses our token ({status}): give the service instance (plan api) the role "
            "MonitoringDataRead; a change of roles takes up to an hour"
        )
    if status == 400:
        return RefusedQueryError("400")
    if status == 404:
        return NothingThereError("404")
    return UnexpectedResponseError(f"the tenant answered with the unexpected status {status}")


def unexpected_refusal() -> UnexpectedResponseError:
    """The error for a query that the tenant does not take in any form."""
    return UnexpectedResponseError(
        "the tenant does not take our query (400), with or without $select; please report this"
    )


def no_api_there(host: str) -> ServiceKeyError:
    """The error for a host that has no such API."""
    return ServiceKeyError(
        f"leads to {host}, where there is no MessageProcessingLogs API (404); take the key of a "
        "service instance with plan api, not integration-flow",
        member="url",
    )
