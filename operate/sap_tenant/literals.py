"""Literals of OData V2 as the tenant reads them in a filter.

Source: facts, section 4.2: no zone, milliseconds at most (more digits only if they are zeros).
"""

import re
from datetime import UTC, datetime
from typing import Final

from operate.sap_tenant.moments import Micros, micros_of
from operate.sap_tenant.odata_errors import refused

_DATETIME: Final = re.compile(
    r"datetime'(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?'"
)
_MILLIS_DIGITS: Final = 3


def micros_of_literal(literal: str) -> Micros:
    """Read ``datetime'2026-11-22T14:05:00.123'``.

    Raises:
        ODataError: Another form: a zone, a fourth significant digit, a day that does not exist.
    """
    match = _DATETIME.fullmatch(literal)
    if match is None:
        raise refused(f"Wrong literal format for literal: '{literal}'.")
    minute, second, fraction = match[1], match[2] or "00", match[3] or ""
    if fraction[_MILLIS_DIGITS:].strip("0"):
        raise refused(f"Wrong literal format for literal: '{literal}'.")
    try:
        whole = datetime.fromisoformat(f"{minute}:{second}").replace(tzinfo=UTC)
    except ValueError as error:
        raise refused(f"Wrong literal format for literal: '{literal}'.") from error
    return micros_of(whole) + int(fraction[:_MILLIS_DIGITS].ljust(_MILLIS_DIGITS, "0")) * 1000


def text_of_literal(literal: str) -> str:
    """Read ``'it''s'``: a quote inside is doubled."""
    return literal[1:-1].replace("''", "'")
