"""What ``template.yaml`` says of tables, views and saved queries, from columns and SQL files.

``make queries`` writes it between two marks.  It is generated, as a view in Glue is a JSON document
in base64 and two tables have the same columns; a test holds the template to it.
"""

import json
import re
from pathlib import Path
from typing import Final

import yaml

from operate.asking.columns import COLUMNS, Column
from operate.asking.texts import Query, queries, views
from operate.asking.view_columns import view_columns

TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"
BEGIN: Final = (
    "  # --- begin: written by `make queries` from queries/ and operate/asking/columns.py"
)
END: Final = "  # --- end: written by `make queries`"

_ABOUT: Final = {
    "mpl": "Message processing logs of one SAP Cloud Integration tenant, one row for each version "
    "of a log. Bound dt (the day of logend, UTC, as text) in every query. A message has several "
    "versions: the newest logend counts, then the newest readat. Typed: mpl_versions.",
    "mpl_undated": "Rows that tell no time at all, neither by logend nor by their messageguid; few "
    "or none. Columns as in mpl; mpl_versions shows both.",
    "mpl_lines": "The same records as mpl as whole lines of JSON, for members that mpl has no "
    "column for: json_extract_scalar(line, '$.Name'). Bound dt in every query.",
    "mpl_versions": "One row for each version of a log, typed, undated ones included. Times are "
    "UTC. What could not be parsed is null and named in unparsed. Bound dt in every query.",
    "mpl_now": "The newest version of each log. Reads the whole archive, whatever is asked of it.",
}
_VIEWS_COME_FROM: Final = {"mpl_versions": "mpl_undated", "mpl_now": "mpl_versions"}


def written_into(template: str) -> str:
    """The template with what is generated between the marks."""
    before, _, rest = template.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or not after:
        raise ValueError("the template has lost the marks of what is generated")
    return f"{before}{BEGIN}\n\n{generated()}{END}{after}"


def generated() -> str:
    """All resources, as YAML."""
    blocks = [
        _table("Mpl", "mpl", dated=True),
        _table("MplUndated", "mpl_undated", dated=False),
        _lines_table(),
        *(_view(name, text) for name, text in views().items()),
        *(_saved(query) for query in queries().values()),
    ]
    return "".join(f"{block}\n" for block in blocks)


def _table(logical_id: str, name: str, *, dated: bool) -> str:
    return _storage(
        logical_id,
        name,
        dated=dated,
        columns=_columns(COLUMNS),
        serde="""\
            # Not OpenX, of which AWS says that it may give other rows than there are.
            SerializationLibrary: org.apache.hive.hcatalog.data.JsonSerDe
""",
    )


def _lines_table() -> str:
    columns = "          - {Name: line, Type: string, Comment: A record as JSON}\n"
    return _storage(
        "MplLines",
        "mpl_lines",
        dated=True,
        columns=columns,
        serde="""\
            # Its delimiter is a control character, which JSON never holds: a line is one column.
            SerializationLibrary: org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe
""",
    )


def _storage(logical_id: str, name: str, *, dated: bool, columns: str, serde: str) -> str:
    day = "${!dt}" if dated else "undated"
    projection = """\
          projection.dt.type: date
          projection.dt.format: yyyy-MM-dd
          projection.dt.range: !Sub '${ArchiveFirstDay},NOW+1DAYS'
"""
    day_key = "          - {Name: dt, Type: string, Comment: 'Day of logend, UTC: 2026-11-22'}\n"
    return f"""\
  {logical_id}:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: {name}
        Description: {_yaml(_ABOUT[name])}
        TableType: EXTERNAL_TABLE
        Parameters:
          EXTERNAL: 'TRUE'
          classification: json
          comment: {_yaml(_ABOUT[name])}
          projection.enabled: 'true'
          projection.tenant.type: enum
          projection.tenant.values: !Ref TenantName
{projection if dated else ""}\
          storage.location.template: !Sub
          - 's3://${{ArchiveName}}/mpl/v1/tenant=${{!tenant}}/dt={day}/'
          - ArchiveName: !If [CreatesArchive, !Ref Archive, !Ref ArchiveBucketName]
        PartitionKeys:
          - {{Name: tenant, Type: string, Comment: The tenant of this stack}}
{day_key if dated else ""}\
        StorageDescriptor:
          Location: !Sub
          - 's3://${{ArchiveName}}/mpl/v1/'
          - ArchiveName: !If [CreatesArchive, !Ref Archive, !Ref ArchiveBucketName]
          InputFormat: org.apache.hadoop.mapred.TextInputFormat
          OutputFormat: org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat
          Compressed: true
          SerdeInfo:
{serde}\
          Columns:
{columns}"""


def _view(name: str, text: str) -> str:
    columns = view_columns()[name]
    document = json.dumps(
        {
            "originalSql": _bare(text),
            "catalog": "awsdatacatalog",
            "schema": "${Database}",
            "columns": [{"name": each.name, "type": each.trino} for each in columns],
        }
    )
    listed = "".join(
        f"          - {{Name: {each.name}, Type: {_yaml(each.hive)}}}\n" for each in columns
    )
    return f"""\
  # queries/views/{name}.sql
  {_logical_id(name)}:
    Type: AWS::Glue::Table
    DependsOn: {_logical_id(_VIEWS_COME_FROM[name])}
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: {name}
        Description: {_yaml(_ABOUT[name])}
        TableType: VIRTUAL_VIEW
        Parameters: {{presto_view: 'true', comment: Presto View}}
        ViewExpandedText: /* Presto View */
        ViewOriginalText: !Sub
        - '/* Presto View: ${{Encoded}} */'
        - Encoded:
            Fn::Base64: !Sub {_yaml(document)}
        StorageDescriptor:
          Columns:
{listed}"""


def _saved(query: Query) -> str:
    text = query.saved()
    indented = "".join(f"        {line}\n" for line in text.splitlines())
    return f"""\
  {_logical_id(query.name)}Saved:
    Type: AWS::Athena::NamedQuery
    Properties:
      Name: {_yaml(query.title)}
      Description: {_yaml(f"{query.about} Scans: {query.scans}")}
      Database: !Ref Database
      WorkGroup: !Ref Workgroup
      QueryString: |
{indented}"""


def _columns(columns: tuple[Column, ...]) -> str:
    return "".join(
        f"          - {{Name: {each.name}, Type: {_yaml(each.hive)}, "
        f"Comment: {_yaml(each.comment)}}}\n"
        for each in columns
    )


def _bare(text: str) -> str:
    """A statement without its comments, blanks as single ones where they mean nothing."""
    lines = (line.strip() for line in text.splitlines())
    return " ".join(line for line in lines if line and not line.startswith("--"))


def _logical_id(name: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[-_]", name))


def _yaml(text: str) -> str:
    """A text as a scalar of YAML on one line, also within braces."""
    line: str = yaml.safe_dump(text, default_style="'", width=1_000_000, allow_unicode=True)
    return line.strip()


def main() -> None:
    """Write the template anew."""
    TEMPLATE.write_text(
        written_into(TEMPLATE.read_text(encoding="utf-8")),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
