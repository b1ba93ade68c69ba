"""A page decoded by types gives what the usual way gives, to the byte, or leaves it to that."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpl_export.model import Log
from mpl_export.properties import FLAGS, LISTS, TEXTS
from mpl_export.tenant.http.transport import Answer
from mpl_export.tenant.logs import rows as rows_module
from mpl_export.tenant.logs.columns import UnusualError
from mpl_export.tenant.logs.rows import logs_of
from mpl_export.tenant.logs.shapes import TypedRows, shape_of
from mpl_export.tenant.logs.typed_rows import typed
from mpl_export.tenant.odata.answers import MOST_ROWS, NotTheApiError, RawPage, page_of
from tests.support.manual_clock import NOON
from tests.unit.samples import guid_of, json_date, row_of

LINK = {"__deferred": {"uri": "https://h/x"}}
ENTRIES = {"results": [{"__metadata": {}, "Name": "po", "Value": "47", "Id": "1"}]}

type Outcome = tuple[list[Log], bool, int | None, int] | tuple[type, str]


def answer(body: bytes) -> Answer:
    """A page as it arrives."""
    return Answer(200, {"Content-Type": "application/json"}, body)


def body_of(*rows: Any, **members: Any) -> bytes:  # noqa: ANN401 - whatever a tenant may say
    """A page of these rows."""
    return orjson.dumps({"d": {"results": rows, **members}})


def by_types(body: bytes, taught: list[Any]) -> RawPage | None:
    """Decode as after a page with the rows ``taught``; None if that is left to the usual way."""
    shape = shape_of(taught)
    known = None if shape is None else typed(shape)
    return None if known is None else known.page_of(answer(body))


def outcome(read: Callable[[Answer], RawPage], body: bytes) -> Outcome:
    """All that the rest of the exporter gets of a page."""
    try:
        page = read(answer(body))
    except Exception as error:  # noqa: BLE001 - whatever it is, both have to raise it
        return type(error), str(error)
    return logs_of(page.rows, NOON), page.more, page.count, len(page.rows)


def same_either_way(body: bytes, taught: list[Any]) -> bool:
    """Compare the two ways; tell whether types were enough."""
    usual = outcome(page_of, body)
    assert outcome(lambda it: by_types(body, taught) or page_of(it), body) == usual
    try:
        page = by_types(body, taught)
    except NotTheApiError:
        return False
    return page is not None and _was_enough(page)


def _was_enough(page: RawPage) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_module, "groupby", None)
        try:
            logs_of(page.rows, NOON)
        except TypeError:
            return False
    return True


USUAL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the same": ({}, {}),
    "texts": ({"Sender": None}, {"Sender": 'a"\\\n\x00\x7f\u2028\U0001f600', "LogEnd": None}),
    "empty": ({}, {"Status": "", "LogStart": "", "LogEnd": ""}),
    "flags": ({"ArchivingLogAttachments": None}, {"ArchivingLogAttachments": False}),
    "an offset": ({}, {"LogEnd": "/Date(1765786792442+0000)/"}),
    "no end": ({}, {"MessageGuid": "not of that make", "LogEnd": None}),
    "no artifact": ({}, {"IntegrationArtifact": None}),
    "no artifact at all": ({"IntegrationArtifact": None}, {"IntegrationArtifact": None}),
    "a linked artifact": ({"IntegrationArtifact": LINK}, {"IntegrationArtifact": LINK}),
    "an artifact without id": (
        {"IntegrationArtifact": {"Name": "n"}},
        {"IntegrationArtifact": {"Name": None}},
    ),
    "expanded": ({"CustomHeaderProperties": ENTRIES}, {"CustomHeaderProperties": ENTRIES}),
    "a list": ({"CustomHeaderProperties": []}, {"CustomHeaderProperties": None}),
    "a list, then links": ({"CustomHeaderProperties": []}, {"CustomHeaderProperties": LINK}),
    "unknown": ({"New": 1, "Runs": LINK}, {"New": 1.50, "Runs": LINK}),
    "unknown text": ({"Née": "a"}, {"Née": "b\u2028"}),
    "numbers": ({"New": 1}, {"New": -0.0}),
    "large numbers": ({"New": None}, {"New": 18446744073709551615}),
}


@pytest.mark.parametrize(("taught", "shown"), USUAL.values(), ids=USUAL)
def test_what_is_usual_is_read_by_types(taught: dict[str, Any], shown: dict[str, Any]) -> None:
    """Else every page goes the long way, and nobody notices."""
    body = body_of(row_of(1, **shown), row_of(2, **shown), __next="n", __count="2")

    assert same_either_way(body, [row_of(3, **taught), row_of(4, **taught)])


ODD: dict[str, bytes] = {
    "another member": body_of(row_of(1, New=1)),
    "a member less": body_of({"MessageGuid": guid_of(1), "LogEnd": None}),
    "another order": body_of(dict(reversed(row_of(1).items()))),
    "another order of the artifact": body_of(
        row_of(1, IntegrationArtifact={"Name": "n", "Id": "i", "__metadata": {}})
    ),
    "a number": body_of(row_of(1), row_of(2, Status=7)),
    "no guid": body_of(row_of(1), row_of(2, MessageGuid=None)),
    "an empty guid": body_of(row_of(1), row_of(2, MessageGuid="")),
    "no date": body_of(row_of(1), row_of(2, LogEnd="soon")),
    "a date beyond all years": body_of(row_of(1, LogEnd="/Date(9999999999999999)/")),
    "more in a link": body_of(
        row_of(1, CustomHeaderProperties={**LINK, "results": [{"Name": "a", "Value": "b"}]})
    ),
    "an artifact that is text": body_of(row_of(1, IntegrationArtifact="Order_to_Cash")),
    "no rows": body_of(),
    "rows that are none": body_of(row_of(1), None, 7),
    "more in the page": body_of(row_of(1), __delta="x"),
    "more in the envelope": b'{"d":{"results":[%b]},"e":1}' % orjson.dumps(row_of(1)),
    "a count that is a number": body_of(row_of(1), __count=1),
    "a count that is a fraction": body_of(row_of(1), __count=1.0),
    "a link that is none": body_of(row_of(1), __next=False),
    "an array": b'{"d":[%b]}' % orjson.dumps(row_of(1)),
    "HTML": b"<!DOCTYPE html><html></html>",
    "nothing": b"",
    "too many": b'{"d":{"results":[%b]}}' % b",".join([orjson.dumps(row_of(1))] * (MOST_ROWS + 1)),
    "too much": body_of(row_of(1), row_of(2, __metadata=[[]] * 10**6)),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_what_is_odd_is_left_to_the_usual_way(body: bytes) -> None:
    """With the same logs, or the same error."""
    assert not same_either_way(body, [row_of(3)])


WHOLE = body_of(row_of(1, Sender="SENDER", New="NEW"), row_of(2, Sender="SENDER", New="NEW"))
GUID = orjson.dumps(guid_of(2))


@pytest.mark.parametrize("where", [b'"SENDER"', b'"NEW"', b'"com.sap.hci.api.IntegrationArtifact"'])
@pytest.mark.parametrize(
    "value",
    [
        *(b'"%c"' % byte for byte in (*range(0x21), 0x7F, 0x80, 0xC0, 0xED, 0xFF)),
        rb'"\x"',
        rb'"\ud800"',
        rb'"\udc00\ud800"',
        rb'"\ud83d\ude00"',
        rb'"\u0000\/\b"',
        b'"\xed\xa0\x80"',
        b"NaN",
        b"-Infinity",
        b"1e400",
        b"-0",
        b"1.0",
        b"01",
        b"1e5",
        b"99999999999999999999",
        b"[1,]",
        b"[" * 1100 + b"]" * 1100,
        b"nul",
        b"'a'",
        b"1 /* c */",
        b'"a","Status":"twice"',
        b'"a","MessageGuid":' + GUID,
        b'"a" ',
        b"\n\t\r null",
        b"\x0cnull",
        b"",
    ],
)
def test_two_parsers_take_the_same_for_json(where: bytes, value: bytes) -> None:
    """In a text, in what is read by the usual rules, and in what is passed over."""
    taught = [row_of(3, Sender="a", New=None)]

    same_either_way(WHOLE.replace(where, value), taught)
    same_either_way(WHOLE.replace(where, value, 1), taught)
    same_either_way(value.join(WHOLE.rsplit(where, 1)), taught)


@pytest.mark.parametrize(
    "around", [(b"\xef\xbb\xbf", b""), (b" \n", b"\n "), (b"", b"{}"), (b"", b"\0")]
)
def test_what_stands_around_a_page_counts(around: tuple[bytes, bytes]) -> None:
    """Blanks are none of it; a byte order mark or more JSON is."""
    same_either_way(around[0] + WHOLE + around[1], [row_of(3, Sender="a", New=None)])


def test_every_character_is_written_as_the_usual_way_writes_it() -> None:
    """Two encoders with one opinion: records are compared by their bytes."""
    characters = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))

    assert same_either_way(body_of(row_of(1, Sender=characters[:9000])), [row_of(3, Sender=None)])
    rest = body_of(row_of(1, Sender=None), row_of(2, Sender=characters))
    assert same_either_way(rest, [row_of(3, Sender=None)])


values = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([guid_of(1), json_date(NOON), "/Date(-1)/", "", LINK, ENTRIES, []]),
    st.dictionaries(st.sampled_from(["__metadata", "Id", "Name", "id"]), st.none() | st.text()),
)
usual_values: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(TEXTS, st.none() | st.text(max_size=6)),
    **dict.fromkeys(FLAGS, st.none() | st.booleans()),
    **dict.fromkeys(LISTS, st.sampled_from([LINK, ENTRIES, [], None])),
    "MessageGuid": st.integers(0, 9).map(guid_of),
    "LogEnd": st.sampled_from([json_date(NOON), None, ""]),
    "New": st.none() | st.text(max_size=6) | st.integers(-9, 9),
}
names = st.lists(st.sampled_from(list(usual_values)), unique=True, max_size=6)


@st.composite
def pages(draw: st.DrawFn) -> tuple[bytes, list[Any]]:
    """A page, and the rows of one that came before it; in half of the cases something is odd."""
    shown = draw(names)
    changes = st.fixed_dictionaries({name: usual_values[name] for name in shown})
    order = (*row_of(1), *shown)  # strategies shuffle it; see the test of another order
    row = changes.map(
        lambda members: {name: {**row_of(1), **members}[name] for name in dict.fromkeys(order)}
    )
    taught = draw(st.lists(row, min_size=1, max_size=2))
    rows: list[Any] = draw(st.lists(row, min_size=1, max_size=3))
    if draw(st.booleans()):
        changed = draw(st.sampled_from(rows))
        name = draw(st.sampled_from([*changed, "PropertyOfNextYear"]))
        changed[name] = draw(values)
    rest: dict[str, Any] = draw(
        st.sampled_from([{}, {"__next": "n"}, {"__count": "3"}, {"__count": 3}])
    )
    return body_of(*rows, **rest), taught


@given(pages())
def test_both_ways_give_the_same(page: tuple[bytes, list[Any]]) -> None:
    """To the byte: which one a page takes must not be seen in the archive."""
    same_either_way(*page)


@given(pages(), st.data())
def test_both_ways_take_damage_the_same(page: tuple[bytes, list[Any]], data: st.DataObject) -> None:
    """Bytes lost, put in or changed: the same rows are saved, or the same error is raised."""
    body, taught = page
    at = data.draw(st.integers(0, len(body)))
    until = data.draw(st.integers(at, min(at + 3, len(body))) | st.just(len(body)))
    put = data.draw(st.binary(max_size=2) | st.sampled_from([b'"', b",", b"}", b"null", b"\xff"]))

    same_either_way(body[:at] + put + body[until:], taught)


def test_rows_in_another_order_hold_the_same() -> None:
    """Behind the first row of a page, which is looked at, order is the one that was learned."""
    turned = {"__metadata": {}, **dict(reversed(row_of(2, Sender="a").items()))}
    body = body_of(row_of(1, Sender="a"), turned)
    page = by_types(body, [row_of(3, Sender="a")])
    assert page is not None

    typed_logs, usual = logs_of(page.rows, NOON), logs_of(page_of(answer(body)).rows, NOON)

    assert [log._replace(members=b"") for log in typed_logs] == [
        log._replace(members=b"") for log in usual
    ]
    assert [orjson.loads(b"{%b}" % log.members) for log in typed_logs] == [
        orjson.loads(b"{%b}" % log.members) for log in usual
    ]


def test_rows_can_be_had_as_they_came() -> None:
    """Whoever does not know of types sees a page like any other; logs can be made again."""
    rows = [row_of(1), row_of(2)]
    page = by_types(body_of(*rows), [row_of(3)])
    assert page is not None

    assert (list(page.rows), page.rows[1], page.rows[:1]) == (rows, rows[1], rows[:1])
    logs = logs_of(page.rows, NOON)
    assert logs_of(page.rows, NOON) == logs == logs_of(rows, NOON)
    assert isinstance(page.rows, TypedRows)
    with pytest.raises(UnusualError):
        page.rows.columns()


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb"])
def test_a_name_that_types_cannot_have_is_left_to_the_usual_way(name: str) -> None:
    """Such as one with a quote."""
    rows = [{**row_of(1), name: "x"}]

    assert by_types(body_of(*rows), rows) is None
