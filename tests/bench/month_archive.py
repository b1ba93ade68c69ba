"""A month of an archive on this disk, with any number of logs, in seconds.

Every line is a record as the exporter writes it, with ids and dates of its own; statuses, flows,
errors and headers are drawn as the simulated tenant draws them.  In the last week something is
different: one flow is silent, one is slower, and one fails as it never did.

    PYTHONPATH=.:functions python -m tests.bench.month_archive FOLDER 1000000
"""

from __future__ import annotations

import base64
import random
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from mpl_export.archive.layout import part_key
from mpl_export.archive.records import compressed, record_line
from mpl_export.instants import iso_millis
from mpl_export.model import window_of
from mpl_export.tenant.logs.rows import log_of
from operate.sap_tenant.population import draft, new_status

TENANT: Final = "acme"
DAYS: Final = 28
_PATTERNS: Final = 4_000
_ROWS_OF_A_PART: Final = 10_000
_GUID, _CORRELATION = "@guid@", "@correlation@"
_START, _END = 1_111_111_111_111, 1_222_222_222_222
_READ = "2001-01-01T00:00:00.000Z"
_MARKS: Final = {
    _GUID: "%(guid)s",
    _CORRELATION: "%(correlation)s",
    iso_millis(_START): "%(start)s",
    iso_millis(_END): "%(end)s",
    _READ: "%(read)s",
}
_NEW_ERROR: Final = "com.acme.PartnerException: The partner's certificate ends in {number} days"


def _pattern(source: random.Random) -> tuple[str, str, bytes]:
    """A record with marks for what differs; its flow and its status."""
    status = new_status(source)
    made = draft(source, status)
    row = {
        "MessageGuid": _GUID,
        "LogStart": f"/Date({_START})/",
        "LogEnd": f"/Date({_END})/",
        **made.values,
        "CorrelationId": _CORRELATION,
        "IntegrationArtifact": made.artifact,
        "AlternateWebLink": "https://acme.example:443/shell/monitoring/Messages/%7B%22identifier"
        f"%22%3A%22{_GUID}%22%7D",
        "CustomHeaderProperties": {
            "results": [{"Name": name, "Value": value} for name, value in made.custom_headers]
        },
    }
    log = log_of(row, datetime(2001, 1, 1, tzinfo=UTC))
    text = record_line(log, error_text=made.error_text).decode().replace("%", "%%")
    for mark, place in _MARKS.items():
        text = text.replace(mark.replace("%", "%%"), place)
    return str(made.artifact["Id"]), status, text.encode()


def fill(folder: Path, count: int, until: datetime, *, seed: int = 0) -> int:
    """Write the parts of the four weeks before an instant; gives their size in bytes."""
    source = random.Random(seed)  # noqa: S311 - logs, no secrets
    patterns = [_pattern(source) for _ in range(_PATTERNS)]
    last = int(until.timestamp() * 1000)
    first = last - DAYS * 86_400_000
    week = last - 7 * 86_400_000
    size = 0
    lines: list[bytes] = []
    numbers: dict[datetime, int] = {}
    window = window_of(datetime.fromtimestamp(first / 1000, UTC))
    for end in sorted(_instant(source, first, last) for _ in range(count)):
        at = window_of(datetime.fromtimestamp(end / 1000, UTC))
        if lines and (at != window or len(lines) == _ROWS_OF_A_PART):
            size += _write(folder, window, numbers, lines)
        window = at
        flow, status, pattern = source.choice(patterns)
        if end >= week and flow == "Employee_Sync":
            continue
        lines.append(_line(source, pattern, (flow, status), end, recent=end >= week))
    if lines:
        size += _write(folder, window, numbers, lines)
    return size


def _instant(source: random.Random, first: int, last: int) -> int:
    """An end: fewer at night and at weekends, as people order by day."""
    while True:
        end = source.randrange(first, last)
        moment = datetime.fromtimestamp(end / 1000, UTC)
        busy = 1.0 if 6 <= moment.hour < 20 else 0.25
        if source.random() < busy * (0.35 if moment.weekday() >= 5 else 1.0):
            return end


def _line(
    source: random.Random, pattern: bytes, kind: tuple[str, str], end: int, *, recent: bool
) -> bytes:
    flow, status = kind
    slow = 6 if recent and flow == "Price_List_Publish" else 1
    start = end - int(source.random() ** 3 * 30_000 * slow)
    if recent and status == "FAILED" and flow == "Bank_Statement_Inbound":
        head, _, _ = pattern.partition(b',"ErrorText":')
        text = _NEW_ERROR.format(number=source.randrange(1, 30))
        pattern = head + f',"ErrorText":"{text}"}}\n'.encode()
    delay = source.randrange(20_000, 330_000)
    guid = base64.urlsafe_b64encode(b"\0" + struct.pack(">I", start // 1000) + source.randbytes(16))
    return pattern % {
        b"guid": guid,
        b"correlation": base64.urlsafe_b64encode(
            b"\0" + struct.pack(">I", start // 1000) + source.randbytes(16)
        ),
        b"start": iso_millis(start).encode(),
        b"end": iso_millis(end).encode(),
        b"read": iso_millis(end + delay).encode(),
    }


def _write(folder: Path, window: datetime, numbers: dict[datetime, int], lines: list[bytes]) -> int:
    number = numbers.get(window, 0)
    numbers[window] = number + 1
    path = folder / part_key(TENANT, window, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = compressed(lines)
    path.write_bytes(body)
    lines.clear()
    return len(body)


if __name__ == "__main__":
    until = datetime.now(UTC) - timedelta(minutes=5)
    written = fill(Path(sys.argv[1]), int(sys.argv[2]), until)
    print(f"{written / 1e6:.1f} MB of parts in {sys.argv[1]}")  # noqa: T201 - what the command is for
