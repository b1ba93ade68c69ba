"""How the tenant says no: a status and a sentence, as JSON or as XML.

The recorded 400 has the reason phrase of HTTP as its ``code``, not a number (facts, section 4.6).
The sentences are those of the OData library behind the API.
"""

import json
from http import HTTPStatus
from xml.sax.saxutils import escape


class ODataError(Exception):
    """A request that the tenant refuses.

    Attributes:
        status: The HTTP status of the answer.
        message: The sentence that the answer carries.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def refused(message: str) -> ODataError:
    """Give the error of a request that is wrong in itself (400)."""
    return ODataError(400, message)


def error_body(status: int, message: str, *, as_json: bool) -> tuple[str, bytes]:
    """Give the content type and the body of a refusal, in the form that was asked for."""
    code = HTTPStatus(status).phrase
    if as_json:
        error = {"error": {"code": code, "message": {"lang": "en", "value": message}}}
        return "application/json", json.dumps(error, separators=(",", ":")).encode()
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">'
        f'<code>{escape(code)}</code><message xml:lang="en">{escape(message)}</message></error>'
    )
    return "application/xml", text.encode()
