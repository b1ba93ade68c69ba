"""What people ask, asked over an archive that the exporter made; a model in Python knows better."""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import duckdb
import hypothesis.strategies as st
import pytest
import sqlglot
from hypothesis import given, settings

from mpl_export.notifier.digest import Origin
from mpl_export.notifier.failures import failure_of
from mpl_export.notifier.failures_digest import Telling, failures_digest
from mpl_export.notifier.grouping import groups_of
from mpl_export.rules.teams import UNASSIGNED
from operate.asking.columns import COLUMNS
from operate.asking.local import in_duckdb
from operate.asking.texts import Query, queries, query_named, views
from tests.support.asking.asked_archive import AskedArchive
from tests.support.asking.hive_reader import hive_row
from tests.support.asking.lived_archive import LONG_TEXT, LivedArchive, lived
from tests.support.asking.model import ANSWERS, Asked, newest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

    from tests.support.asking.asked_archive import Row

DAY: Final = timedelta(days=1)


@pytest.fixture(scope="module")
def life() -> LivedArchive:
    """A tenant's life, archived once for all tests here."""
    return lived()


@pytest.fixture(scope="module")
def archive(life: LivedArchive, tmp_path_factory: pytest.TempPathFactory) -> AskedArchive:
    """Its parts on this disk."""
    return AskedArchive.of(tmp_path_factory.mktemp("archive"), life.objects)


@pytest.fixture(scope="module")
def version(life: LivedArchive, archive: AskedArchive) -> Callable[[str], Row]:
    """The newest version of a message, by what is special about it."""

    def of(name: str) -> Row:
        everything = archive.ask("SELECT * FROM mpl_now")
        (row,) = (each for each in everything if each["message_guid"] == life.named[name])
        return row

    return of


def test_every_line_fits_the_declared_columns(life: LivedArchive) -> None:
    """And DuckDB, which is more lenient, reads what the strict reader reads."""
    rows = [
        hive_row(line)
        for key, body in life.objects.items()
        if key.startswith("mpl/")
        for line in gzip.decompress(body).splitlines(keepends=True)
        if line.strip()
    ]

    assert len(rows) == len(life.records)


def test_the_table_holds_each_record_member_by_member(
    life: LivedArchive, archive: AskedArchive
) -> None:
    """Upper-case names are asked for in lower case; what a record lacks is null."""
    asked = archive.ask("SELECT * FROM mpl UNION ALL SELECT *, 'undated' AS dt FROM mpl_undated")

    held = {row["version"]: row for row in asked}
    assert len(held) == len(asked) == len(life.records)
    for record in life.records:
        row = held[record["Version"]]
        for column in COLUMNS:
            assert row[column.name] == record.get(column.member), column.member


def test_the_days_are_those_of_the_keys(life: LivedArchive, archive: AskedArchive) -> None:
    """A query that bounds `dt` reads what lies under these days."""
    days = {key.split("dt=")[1].split("/")[0] for key in life.objects if "/dt=" in key}

    assert {row["dt"] for row in archive.ask("SELECT DISTINCT dt FROM mpl_versions")} == days
    assert {row["dt"] for row in archive.ask("SELECT DISTINCT dt FROM mpl")} == days - {"undated"}
    assert "undated" in days


def test_times_and_flags_are_typed(version: Callable[[str], Row], life: LivedArchive) -> None:
    """Timestamps in UTC, to the millisecond; what is not amended is false, not null."""
    row = version("second of a chain")

    assert row["ended"] == datetime(2026, 11, 22, 10)  # noqa: DTZ001 - as SQL gives it
    assert row["seconds"] == 1.0
    assert row["amended"] is False
    assert row["archiving_attachments"] in (True, False)
    assert row["unparsed"] is None
    assert (row["tenant"], row["dt"]) == ("demo", "2026-11-22")
    assert row["artifact_id"] == "Broken_For_Good"
    assert row["read_at"] <= life.now.replace(tzinfo=None)


def test_a_text_of_many_lines_and_quotes_comes_whole(version: Callable[[str], Row]) -> None:
    """Up to the 64 kB that the exporter keeps."""
    text = version("long text")["error_text"]

    assert len(text.encode()) > 60_000
    assert LONG_TEXT.startswith(text)


def test_headers_are_a_list_of_names_and_values(version: Callable[[str], Row]) -> None:
    """Nested members keep their spelling of the archive; SQL folds it."""
    headers = version("headers")["custom_headers"]

    assert headers == [
        {"Name": "po", "Value": "4711"},
        {"Name": "Kunde", "Value": 'Müller "&" Söhne'},
    ]


def test_headers_can_be_asked_for(life: LivedArchive, archive: AskedArchive) -> None:
    """In the dialect of Athena."""
    rows = archive.ask(
        "SELECT message_guid, h.value AS po FROM mpl_versions "
        "CROSS JOIN UNNEST(custom_headers) AS t(h) WHERE h.name = 'po'"
    )

    assert rows == [{"message_guid": life.named["headers"], "po": "4711"}]


def test_an_artifact_without_members_is_null(version: Callable[[str], Row]) -> None:
    """As recorded of tenants."""
    row = version("no artifact")

    assert (row["artifact_id"], row["artifact_name"], row["package_id"]) == (None, None, None)


def test_half_of_a_character_is_its_replacement(version: Callable[[str], Row]) -> None:
    """No reader of UTF-8 could read it otherwise."""
    assert version("half a character")["sender"] == "cut \ufffd"


def test_a_row_that_was_odd_says_so(version: Callable[[str], Row]) -> None:
    """What could be read of it is there; the rest is null, and `unparsed` says why."""
    row = version("raw")

    assert row["unparsed"] == "not of its type: see raw"
    assert row["status"] is None
    assert '"Status":' in row["raw"]
    assert row["ended"] == datetime(2026, 11, 22, 11)  # noqa: DTZ001


def test_an_undated_row_is_where_it_was_created(version: Callable[[str], Row]) -> None:
    """By the time in its id; one without even that is undated, and not out of sight."""
    assert version("no dates")["ended"] is None
    assert version("no dates")["dt"].startswith("2026-11-")
    assert version("no time at all")["dt"] == "undated"


@pytest.mark.parametrize("column", ["logstart", "logend", "readat"])
def test_a_time_that_cannot_be_parsed_is_told(tmp_path: Any, column: str) -> None:  # noqa: ANN401
    """Never just null."""
    member = {each.name: each.member for each in COLUMNS}[column]
    line = f'{{"Version":"v","MessageGuid":"g","{member}":"2026-13-45T00:00:00Z"}}\n'
    key = "mpl/v1/tenant=demo/dt=2026-11-22/11Z-0000.jsonl.gz"
    archive = AskedArchive.of(tmp_path, {key: gzip.compress(line.encode())})

    (row,) = archive.ask("SELECT * FROM mpl_versions")

    assert row["unparsed"] == f"{member} 2026-13-45T00:00:00Z"


def test_what_has_no_column_is_in_the_line(life: LivedArchive, archive: AskedArchive) -> None:
    """A member of tomorrow can be asked for today."""
    rows = archive.ask(
        "SELECT json_extract_scalar(line, '$.MessageGuid') AS guid, "
        "json_extract_scalar(line, '$.CustomHeaderProperties[0].Value') AS po FROM mpl_lines"
    )

    assert {row["guid"]: row["po"] for row in rows}[life.named["headers"]] == "4711"


def test_now_is_the_newest_of_each(life: LivedArchive, archive: AskedArchive) -> None:
    """By the rule of the records: newest end (without one last), newest reading."""
    now = archive.ask("SELECT version FROM mpl_now")

    assert {row["version"] for row in now} == {r["Version"] for r in newest(life.records)}
    assert len(now) == len(newest(life.records))
    assert set(views()) == {"mpl_versions", "mpl_now"}


def test_the_query_in_a_digest_finds_what_the_digest_tells(
    life: LivedArchive, archive: AskedArchive
) -> None:
    """As it is printed, in whatever database it is asked."""
    failures = [
        found
        for record in life.records
        if (
            found := failure_of(
                record, statuses={"FAILED", "ESCALATED"}, max_age=DAY, with_text=True
            )
        )
    ]
    tellings = [
        Telling(group=g, told_before=None)
        for g in groups_of([(each, UNASSIGNED) for each in failures]).values()
    ]
    digest = failures_digest(tellings, Origin(tenant="demo", bucket="archive", database="main"))
    query = digest.body.partition("In Athena:\n")[2].partition("\n\n")[0]

    rows = archive.ask(query)

    assert "FROM main.mpl\n" in query
    assert failures
    assert {row["messageguid"] for row in rows} == {f.record["MessageGuid"] for f in failures}


def asked_of(life: LivedArchive) -> dict[str, Asked]:
    """Each query with the bounds that it is tried with: the last three days."""
    until = life.now.replace(tzinfo=None) + timedelta(minutes=1)
    three_days = Asked(records=life.records, since=until - 3 * DAY, until=until)
    everything = replace(three_days, since=until - 12 * DAY)
    return {
        **dict.fromkeys(ANSWERS, three_days),
        "longest-open": everything,
        "any-member": everything,
        "text-in-errors": replace(everything, text="Http 500"),
        "one-message": replace(everything, id="chain-1"),
    }


def answered(archive: AskedArchive, name: str, asked: Asked) -> list[Row]:
    """What a query answers with these values."""
    query = query_named(name)
    given: dict[str, Any] = {
        "since": asked.since,
        "until": asked.until,
        "text": asked.text,
        "id": asked.id,
    }
    takes = {each.name for each in query.parameters}
    return archive.ask(query.sql({key: each for key, each in given.items() if key in takes}))


def alike(rows: list[Row], columns: set[str]) -> list[str]:
    """Rows by these columns, in an order of their own."""
    return sorted(repr(sorted((key, row[key]) for key in columns)) for row in rows)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_a_query_answers_what_the_model_answers(
    life: LivedArchive, archive: AskedArchive, name: str
) -> None:
    """Over the archive that the exporter made; and something is there to be found."""
    asked = asked_of(life)[name]

    rows, expected = answered(archive, name, asked), ANSWERS[name](asked)

    assert expected, "the life has nothing that this query would find"
    assert alike(rows, set(expected[0])) == alike(expected, set(expected[0]))


def test_every_query_has_its_answer_checked() -> None:
    """But for the one that writes; that has a test of its own."""
    assert set(queries()) == {*ANSWERS, "month-to-parquet"}


def test_a_span_as_parquet_holds_each_version_once(
    life: LivedArchive, archive: AskedArchive, tmp_path: Path
) -> None:
    """As far as the local engine goes: the same SELECT, written by days."""
    query = query_named("month-to-parquet")
    day = life.now.replace(hour=0, minute=0, second=0, microsecond=0)
    sql = query.sql({"since": day - 12 * DAY, "until": day, "to": str(tmp_path / "copy")})

    archive.ask(sql)

    copied = duckdb.execute(
        "SELECT version, CAST(dt AS VARCHAR), error_text, custom_headers "
        f"FROM '{tmp_path}/copy/**/*.parquet'"
    ).fetchall()
    held = archive.ask(
        "SELECT version, dt, error_text, custom_headers FROM mpl_versions "
        f"WHERE dt >= '{(day - 12 * DAY).date()}' AND dt <= '{day.date()}'"
    )
    assert len(copied) > 500
    assert sorted(map(repr, copied)) == sorted(repr(tuple(row.values())) for row in held)
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["tenant=demo"]


@settings(max_examples=6, deadline=None)
@given(seed=st.randoms(use_true_random=False))
def test_the_order_of_parts_and_their_repetition_change_no_answer(
    life: LivedArchive, tmp_path_factory: pytest.TempPathFactory, seed: Random
) -> None:
    """Parts may be copied, merged, or written twice by who hands them on."""
    asked = asked_of(life)
    days: dict[str, list[bytes]] = defaultdict(list)
    for key, body in life.objects.items():
        if key.startswith("mpl/"):
            days[key.rpartition("/")[0]] += gzip.decompress(body).splitlines(keepends=True)
    objects = {}
    for prefix, lines in days.items():
        again = [*lines, *seed.choices(lines, k=seed.randrange(len(lines)))]
        seed.shuffle(again)
        cut = seed.randrange(len(again))
        for number, some in enumerate((again[:cut], again[cut:])):
            name = f"{number:04d}" if prefix.endswith("undated") else f"14Z-{number:04d}"
            if some:
                objects[f"{prefix}/{name}.jsonl.gz"] = gzip.compress(b"".join(some))
    mixed = AskedArchive.of(tmp_path_factory.mktemp("mixed"), objects)

    for name, model in ANSWERS.items():
        expected = model(asked[name])
        rows = answered(mixed, name, asked[name])
        assert alike(rows, set(expected[0])) == alike(expected, set(expected[0])), name


@pytest.mark.parametrize("query", queries().values(), ids=lambda each: each.name)
def test_a_query_runs_as_it_is_saved(archive: AskedArchive, query: Query) -> None:
    """With its defaults and examples, over whatever days that is."""
    if query.name == "month-to-parquet":
        assert sqlglot.parse_one(in_duckdb(query.saved()), read="duckdb").key == "copy"
    else:
        archive.ask(query.saved())


def test_each_query_says_what_it_scans() -> None:
    """And bounds the days itself, by constants that a planner can see."""
    for query in queries().values():
        assert query.scans, query.name
        assert query.about, query.name
        assert "dt BETWEEN CAST(" in query.text, query.name
        assert {each.name for each in query.parameters} >= {"since", "until"}, query.name
