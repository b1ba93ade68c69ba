"""Errors as the SDK raises them."""

from botocore import exceptions as botocore_errors


def service_error(code: str, *, status: int = 400, message: str = "") -> Exception:
    """An error as the SDK makes it of a service's answer."""
    return botocore_errors.ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "HTTPHeaders": {},
                "RequestId": "",
                "RetryAttempts": 0,
                "HostId": "",
            },
        },
        "GetObject",
    )
