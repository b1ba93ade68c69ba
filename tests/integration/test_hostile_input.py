"""Whatever is thrown at the readers: no hang, no error that is not ours, no secret in a message."""

import gzip
import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from mpl_export.archive.archive import Archive
from mpl_export.archive.records import compressed, record_line, versions_in
from mpl_export.clock import SystemClock
from mpl_export.errors import EventError, ExportError, ServiceKeyError, SettingsError
from mpl_export.exporter.events import request_of
from mpl_export.model import Log, window_of
from mpl_export.settings import Settings
from mpl_export.tenant.credentials.client_certificate import ClientCertificate
from mpl_export.tenant.credentials.service_key import CertificateAndKey, ServiceKey
from mpl_export.tenant.http.https_exchange import HttpsExchange
from mpl_export.tenant.http.transport import (
    Answer,
    AnswerTooLargeError,
    Request,
    tls_context,
)
from mpl_export.tenant.logs import odata
from mpl_export.tenant.logs.error_texts import READ_BYTES, cut_text
from mpl_export.tenant.logs.rows import log_of
from mpl_export.tenant.odata import answers
from operate.sap_tenant import Fault, SapTenant
from tests.support.exporter import keys
from tests.support.exporter.fakes import MemoryObjects
from tests.support.exporter.secret_watch import key_material, leaks

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
tried = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**400), 10**400) | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)
KEY_TEXT = keys.service_key_text(keys.certificate_members())
MEMBERS = ("clientid", "certificate", "key", "tokenurl", "url", "clientsecret", "oauth")
HOSTILE = [
    "[" * 60_000,
    '{"oauth":' * 5_000 + "{}" + "}" * 5_000,
    '{"clientid":' + "9" * 50_000 + "}",
    '{"clientid":NaN,"url":Infinity}',
    '{"key":"a","key":"b"}',
    '{"clientid":"\\ud800","tokenurl":"https://a","url":"https://a","clientsecret":"b"}',
    "\x00" * 1000,
]


def read_key(text: str) -> None:
    """Read a service key down to its certificate."""
    key = ServiceKey.parse(text)
    if isinstance(key.credential, CertificateAndKey):
        ClientCertificate.of(key.credential)


def assert_silent(error: Exception) -> None:
    """Nothing of the key that the text was made from is in what can be read of an error."""
    seen: BaseException | None = error
    while seen is not None:
        assert leaks(f"{seen!r} {seen} {vars(seen)}", key_material(KEY_TEXT)) == []
        seen = seen.__cause__ or seen.__context__


@tried
@given(
    text=st.sampled_from(HOSTILE) | any_text | any_json.map(json.dumps),
    wrap=st.sampled_from(["{}", '{{"oauth":{}}}']),
)
def test_any_text_as_a_service_key(text: str, wrap: str) -> None:
    """It is refused by an error that names no value."""
    with pytest.raises(ServiceKeyError):
        read_key(wrap.format(text))


@tried
@given(
    member=st.sampled_from(MEMBERS),
    value=any_json | st.sampled_from(HOSTILE),
    cut=st.integers(0, len(KEY_TEXT)),
    hit=st.integers(0, len(KEY_TEXT)),
    instead=any_text,
)
def test_a_damaged_service_key(
    member: str, value: object, cut: int, hit: int, instead: str
) -> None:
    """One odd member, a text that is cut short, a text that is overwritten in the middle."""
    members = {**keys.certificate_members(), member: value}
    for text in (
        json.dumps(members),
        KEY_TEXT[:cut],
        KEY_TEXT[:hit] + instead + KEY_TEXT[hit + len(instead) :],
    ):
        try:
            read_key(text)
        except ExportError as error:
            assert_silent(error)


@st.composite
def rows(draw: st.DrawFn) -> object:
    """Rows that look like logs, with anything as any of their members."""
    names = st.sampled_from(
        ["MessageGuid", "LogEnd", "LogStart", "Status", "Sender", "IntegrationArtifact", "Version"]
    )
    dates = st.integers(-(10**18), 10**18).map("/Date({})/".format)
    row = {"MessageGuid": draw(any_text), "LogEnd": draw(dates | any_json)}
    row |= draw(st.dictionaries(names | any_text, any_json | dates, max_size=6))
    return draw(st.just(row) | any_json)


@tried
@given(st.lists(rows(), max_size=5), st.sampled_from(["utf-8", "utf-16-le", "latin-1"]))
@example([{"MessageGuid": "a", "x": [[[[[["deep"]]]]]]}], "utf-8")
def test_any_rows_as_a_page(found: list[object], encoding: str) -> None:
    """What is read is archived and read back, each version once; the rest is refused by ours."""
    text = json.dumps({"d": {"results": found}}, ensure_ascii=len(found) % 2 == 0)
    body = text.encode(encoding, "surrogatepass" if "utf" in encoding else "replace")
    try:
        page = answers.page_of(Answer(200, {}, body))
    except ExportError:
        return
    logs = [log_of(row, NOW) for row in page.rows]
    objects = MemoryObjects()
    for _ in range(2):
        archive = Archive(objects, "demo")
        windows: dict[datetime, list[Log]] = defaultdict(list)
        for log in logs:
            windows[window_of(log.filed_at)].append(log)
        for each in windows.values():
            list(archive.store(each, lambda _: {}))

    lines = [line for part in objects.held.values() for line in gzip.decompress(part).splitlines()]
    versions = [json.loads(line)["Version"] for line in lines]
    assert sorted(versions) == sorted({log.version.hex() for log in logs})


@tried
@given(st.binary(max_size=200) | st.sampled_from([text.encode() for text in HOSTILE]))
@example(b'{"d":{"results":[' + b"[" * 200_000 + b"]}}")
@example(b'{"d":' * 50_000)
@example(b'{"d":{"results":[],"__count":"' + b"9" * 5_000 + b'"}}')
def test_any_bytes_as_an_answer(body: bytes) -> None:
    """Pages, counts and metadata are read or refused by an error of ours."""
    answer = Answer(200, {}, body)
    for read in (answers.page_of, answers.count_of, lambda it: odata.declared_properties(it.body)):
        try:
            read(answer)
        except ExportError:
            continue


def test_a_row_with_ten_thousand_custom_headers_is_one_line() -> None:
    """A message may have as many as its integration flow wishes."""
    headers = [{"Name": f"name {n}", "Value": "\u2028\u0000\ud800" * 3} for n in range(10_000)]
    row = {"MessageGuid": "a", "CustomHeaderProperties": {"results": headers}}

    log = log_of(row, NOW)

    line = record_line(log)
    assert line.count(b"\n") == 1
    assert list(versions_in(compressed([line]))) == [log.version]


@tried
@given(st.binary(max_size=100), st.integers(0, 3))
def test_an_error_text_of_a_megabyte_is_cut_to_what_a_line_can_hold(tail: bytes, at: int) -> None:
    """It is cut inside no character, and is one line of JSON whatever it holds."""
    text = cut_text(b"x" * at + "\u20ac".encode() * 350_000 + tail)

    assert len(text.encode()) <= READ_BYTES
    assert "\ufffd" not in text
    line = record_line(log_of({"MessageGuid": "a"}, NOW), error_text=cut_text(tail))
    assert json.loads(line)["MessageGuid"] == "a"


ENVIRONMENT = [
    "TENANT",
    "SERVICE_KEY_SECRET",
    "START_FROM",
    "OVERLAP_MINUTES",
    "PAGE_CONCURRENCY",
    "ERROR_TEXT",
    "EXPAND",
    "ALERT_MAX_AGE_HOURS",
    "TENANT_RETENTION_DAYS",
]
odd_values = any_text | st.sampled_from(
    ["9" * 5_000, "P" + "9" * 99 + "D", "0001-01-01", "P99999D"]
)


@tried
@given(st.dictionaries(st.sampled_from(ENVIRONMENT), odd_values))
def test_any_environment_as_settings(environment: dict[str, str]) -> None:
    """It is understood, or the setting is named."""
    good = dict.fromkeys(
        ("TENANT", "SERVICE_KEY_SECRET", "ARCHIVE_BUCKET", "CHECKPOINT_TABLE"), "a"
    )
    try:
        Settings.from_env({**good, **environment}, NOW)
    except SettingsError as error:
        assert error.name in environment  # noqa: PT017 - most are refused, but not all


@tried
@given(
    any_json
    | st.dictionaries(
        st.sampled_from(["since", "until", "purpose", "source", "scheduled", "plan", "check"]),
        any_json | odd_values | st.sampled_from(["P1D", "2026-11-22T00:00:00Z", "backfill"]),
    )
)
def test_any_event(event: Any) -> None:  # noqa: ANN401 - anything is what is tried
    """It is understood, or refused by an error that does not repeat it."""
    try:
        request_of(event, NOW)
    except EventError as error:
        assert len(str(error)) < 500  # noqa: PT017 - most are refused, but not all


def test_a_bomb_of_gzip_stops_at_the_limit() -> None:
    """A megabyte that would become a quarter of a gigabyte is left where it is, at once."""
    tenant = SapTenant()
    bomb = tenant.faults.add(Fault(kind="oversized", size=1 << 28))
    with tenant.serve() as server:
        exchange = HttpsExchange(tls_context(server.ca_pem), SystemClock())
        authorization = {"Authorization": f"Bearer {tenant.issue_token()}"}
        request = Request("GET", f"{server.api_url}/api/v1/$metadata", authorization)
        with pytest.raises(AnswerTooLargeError):
            exchange(request, timeout=30, size_limit=1 << 20)
        exchange.close()

    assert bomb.struck
