"""Tables, views, workgroup and saved queries: what the template makes of columns and SQL files."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final

import pytest
import sqlglot
from sqlglot import expressions as exp

from operate.asking.columns import COLUMNS
from operate.asking.generate import TEMPLATE, written_into
from operate.asking.texts import queries, views
from operate.asking.view_columns import view_columns
from tests.packaging.template import PROJECT, Stack, load

TABLES: Final = ("Mpl", "MplUndated", "MplLines")
VIEWS: Final = ("MplVersions", "MplNow")


def table(stack: Stack, name: str) -> dict[str, Any]:
    """A table or view as Glue gets it."""
    found: dict[str, Any] = stack.properties(name)["TableInput"]
    return found


def test_the_template_is_what_the_columns_and_the_queries_say() -> None:
    """`make queries` writes it; whoever changes a query and forgets it, is told here."""
    template = TEMPLATE.read_text()

    assert written_into(template) == template, "template.yaml is older than queries/: make queries"


def test_the_template_is_far_from_what_cloudformation_takes() -> None:
    """A megabyte from S3, which is where `sam deploy` puts it."""
    assert TEMPLATE.stat().st_size < 400_000


def test_the_table_declares_what_a_record_may_hold(stack: Stack) -> None:
    """For Hive's own JSON SerDe: AWS says of OpenX that it may give other rows than there are."""
    storage = table(stack, "Mpl")["StorageDescriptor"]

    assert storage["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe"
    }
    assert [(each["Name"], each["Type"]) for each in storage["Columns"]] == [
        (each.name, each.hive) for each in COLUMNS
    ], "template.yaml is older than operate/asking/columns.py: make queries"
    assert storage["Columns"] == table(stack, "MplUndated")["StorageDescriptor"]["Columns"]
    assert {"timestamp", "date"}.isdisjoint(each["Type"] for each in storage["Columns"])


def test_days_are_projected_from_the_first_of_the_archive(stack: Stack) -> None:
    """Not from 1970, which would list thousands of empty prefixes for a query without days."""
    parameters = table(stack, "Mpl")["Parameters"]

    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.dt.type"] == "date"
    assert parameters["projection.dt.range"] == "2025-01-01,NOW+1DAYS"
    assert parameters["projection.dt.format"] == "yyyy-MM-dd"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_finds_its_tenant_without_being_told(stack: Stack, name: str) -> None:
    """An injected tenant would break every query that does not name it."""
    parameters = table(stack, name)["Parameters"]

    assert parameters["projection.tenant.type"] == "enum"
    assert parameters["projection.tenant.values"] == "acme"


def test_the_tables_lie_over_the_keys_of_the_archive() -> None:
    """Dated rows in two of them, undated ones in the third; also in a bucket that is given."""
    stack = Stack(load(), {"TenantName": "acme", "ArchiveBucketName": "given"})
    located = {
        name: table(stack, name)["Parameters"]["storage.location.template"] for name in TABLES
    }

    assert located["Mpl"] == located["MplLines"]
    assert located["Mpl"] == "s3://given/mpl/v1/tenant=${tenant}/dt=${dt}/"
    assert located["MplUndated"] == "s3://given/mpl/v1/tenant=${tenant}/dt=undated/"


def test_a_line_is_one_column(stack: Stack) -> None:
    """The delimiter of columns is a control character, which orjson never writes."""
    storage = table(stack, "MplLines")["StorageDescriptor"]

    assert [each["Name"] for each in storage["Columns"]] == ["line"]
    assert "field.delim" not in storage["SerdeInfo"].get("Parameters", {})
    assert storage["SerdeInfo"]["SerializationLibrary"].endswith("LazySimpleSerDe")


@pytest.mark.parametrize("name", [*TABLES, *VIEWS])
def test_comments_are_as_long_as_glue_takes(stack: Stack, name: str) -> None:
    """255 characters a column, 2,048 a table; a longer one fails the deployment."""
    described = table(stack, name)

    assert 40 < len(described["Description"]) <= 2048
    for column in described["StorageDescriptor"]["Columns"]:
        assert len(column.get("Comment", "")) <= 255, column
    if name in {"Mpl", "MplUndated"}:
        assert all(column["Comment"] for column in described["StorageDescriptor"]["Columns"])


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_holds_its_statement_as_athena_reads_it(stack: Stack, name: str) -> None:
    """Base64 of JSON: the statement, the database, and columns that are those of the statement."""
    view = table(stack, name)
    match = re.fullmatch(r"/\* Presto View: (\S+) \*/", view["ViewOriginalText"])
    assert match is not None
    document = json.loads(base64.b64decode(match[1]))

    assert view["TableType"] == "VIRTUAL_VIEW"
    assert view["Parameters"] == {"presto_view": "true", "comment": "Presto View"}
    assert view["ViewExpandedText"] == "/* Presto View */"
    assert document["catalog"] == "awsdatacatalog"
    assert document["schema"] == "<Database>"
    parsed, written = (
        sqlglot.parse_one(text, read="athena")
        for text in (document["originalSql"], views()[view["Name"]])
    )
    assert parsed == written
    assert isinstance(parsed, exp.Select)
    assert [each["name"] for each in document["columns"]] == parsed.named_selects
    assert [each["Name"] for each in view["StorageDescriptor"]["Columns"]] == parsed.named_selects
    assert [(each["name"], each["type"]) for each in document["columns"]] == [
        (each.name, each.trino) for each in view_columns()[view["Name"]]
    ]
    # Athena refuses a view with one.
    assert not any("time zone" in each["type"] for each in document["columns"])


def test_the_database_is_called_as_the_stack() -> None:
    """With underscores, since a hyphen would have to stand in quotes in every query."""
    database = Stack(load(), {"TenantName": "acme"}).properties("Database")
    named = Stack(load(), {"TenantName": "acme", "DatabaseName": "logs"}).properties("Database")

    assert database["DatabaseInput"]["Name"] == "the_stack"
    assert named["DatabaseInput"]["Name"] == "logs"


def test_a_query_reads_and_leaves_no_more_than_it_may() -> None:
    """Nobody can talk the workgroup out of it; what it leaves is encrypted and forgotten."""
    stack = Stack(load(), {"TenantName": "acme", "QueryScanLimitMB": "7", "QueryResultDays": "3"})
    group = stack.properties("Workgroup")["WorkGroupConfiguration"]
    bucket = stack.properties("QueryResults")

    assert group["EnforceWorkGroupConfiguration"] is True
    assert group["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    assert int(group["BytesScannedCutoffPerQuery"]) == 7 * 10**6
    assert group["PublishCloudWatchMetricsEnabled"] is True
    assert group["ResultConfiguration"] == {
        "OutputLocation": "s3://<QueryResults>/results/",
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    }
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", "3")
    assert "VersioningConfiguration" not in bucket  # versions would outlive the expiry


def _allowed(**parameters: str) -> set[tuple[str, str]]:
    stack = Stack(load(), {"TenantName": "acme", **parameters})
    statements = stack.properties("ReadArchive")["PolicyDocument"]["Statement"]
    return {
        (action, resource)
        for each in statements
        for action in _listed(each["Action"])
        for resource in _listed(each["Resource"])
    }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_who_asks_can_change_nothing() -> None:
    """Reads one tenant's parts; writes results, and nothing beside them."""
    allowed = _allowed()
    writing = {
        each
        for each in allowed
        if not re.match(r"[a-z0-9]+:(Batch)?(Get|List)|athena:St(art|op)QueryExecution", each[0])
    }

    assert writing == {
        ("s3:PutObject", "<QueryResults.Arn>/results/*"),
        ("s3:AbortMultipartUpload", "<QueryResults.Arn>/results/*"),
    }
    assert {resource for action, resource in allowed if action == "s3:GetObject"} == {
        "arn:aws:s3:::<Archive>/mpl/v1/tenant=acme/*",
        "<QueryResults.Arn>/results/*",
    }
    assert all("*" not in action for action, _ in allowed)
    assert {action for action, resource in allowed if resource == "*"} == {
        "athena:ListDataCatalogs",
        "athena:ListEngineVersions",
        "athena:ListWorkGroups",
    }


def test_who_asks_in_a_given_bucket_may_use_its_key() -> None:
    """And no other one."""
    key = "arn:aws:kms:eu-central-1:111122223333:key/2"

    allowed = _allowed(ArchiveBucketName="given", ArchiveKeyArn=key)

    assert ("kms:Decrypt", key) in allowed
    assert ("s3:GetObject", "arn:aws:s3:::given/mpl/v1/tenant=acme/*") in allowed
    assert not any(action.startswith("kms:") for action, _ in _allowed())


def test_keys_of_one_tenant_are_listed_only(stack: Stack) -> None:
    """Several tenants may share a bucket; who asks about one sees no other."""
    statements = stack.properties("ReadArchive")["PolicyDocument"]["Statement"]
    (listing,) = (each for each in statements if each["Sid"] == "Keys")

    assert listing["Condition"] == {"StringLike": {"s3:prefix": "mpl/v1/tenant=acme/*"}}


@pytest.mark.parametrize("query", queries().values(), ids=lambda each: each.name)
def test_a_saved_query_is_one_that_athena_takes(stack: Stack, query: Any) -> None:  # noqa: ANN401
    """Its text parses, in the right database, and its names are as long as they may be."""
    saved = {
        each["Properties"]["Name"]: each["Properties"]
        for each in stack.resources("::NamedQuery").values()
    }[query.title]

    assert saved["QueryString"] == query.saved()
    assert saved["Database"] == "<Database>"
    assert saved["WorkGroup"] == "<Workgroup>"
    assert len(saved["Name"]) <= 128
    assert len(saved["Description"]) <= 1024
    assert "Scans:" in saved["Description"]
    assert isinstance(sqlglot.parse_one(saved["QueryString"], read="athena"), exp.Expression)
    assert not re.search(r"(?<![:\w]):[a-z]+\b", _bare(saved["QueryString"]))


def _bare(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))


def test_the_page_lists_each_query_with_the_days_that_it_reads() -> None:
    """What a query costs is decided by its days."""
    page = (PROJECT / "docs" / "asking.md").read_text().partition("| query | answers |")[2]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| .* \| (.*) \|$", page, re.MULTILINE))

    assert rows.keys() == queries().keys()
    for name, query in queries().items():
        back, forth = (
            re.search(rf"dt BETWEEN CAST\(CAST\(:since{sign}", query.text)
            for sign in (r" - INTERVAL '(\d+)' DAY", "")
        )
        ahead = re.search(r"CAST\(:until \+ INTERVAL '(\d+)' DAY", query.text)
        assert back or forth, name
        said = f"`since`{f' - {back[1]}' if back else ''} to `until`"
        said += f" + {ahead[1]}" if ahead else ""
        said += ", undated rows" if "dt = 'undated'" in query.text else ""
        said += ", whole lines" if "mpl_lines" in query.text else ""
        assert rows[name] == said
