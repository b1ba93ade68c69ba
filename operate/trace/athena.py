"""Versions found by Athena, for stretches that nobody wants to fetch.

Athena only looks for ids in whole lines (table ``mpl_lines``); what a line means is found out
here, by the same rules as for parts that were fetched.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING, Final

import orjson
from botocore.exceptions import ClientError

from mpl_export.model import Span
from operate.account import asking
from operate.archive.parts import Listed, day_of, dollars, megabytes
from operate.endings import Ending, StoppedError
from operate.trace.chain import Link
from operate.trace.source import Found, link_of
from operate.trace.wanted import Wanted
from operate.voice import Voice

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient

_IDS_AT_ONCE: Final = 500
_TERABYTE_DOLLARS: Final = 5.0
_LEAST_BYTES: Final = 10_000_000
"""What a query is billed for at least, by the list price of us-east-1."""
_PAUSE_SECONDS: Final = 1.0
_UNDER_WAY: Final = frozenset({"QUEUED", "RUNNING"})


@dataclass(slots=True)
class AthenaLines:
    """Lines of the archive by the ids that they name.

    Attributes:
        listed: The parts of the first span: what one query reads.
        sleep: How to wait between two looks at a query.
    """

    client: "AthenaClient"
    database: str
    workgroup: str
    tenant: str
    wanted: Wanted
    voice: Voice
    listed: Listed
    sleep: Callable[[float], None] = time.sleep
    _span: Span | None = None
    _seeds: list[Link] | None = None
    _found: dict[str, Found] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _scanned: int = 0
    _queries: int = 0

    @property
    def by(self) -> str:
        """How they are found."""
        return f"by Athena (workgroup {self.workgroup})"

    @property
    def read(self) -> str:
        """What was read so far."""
        cost = max(self._scanned, self._queries * _LEAST_BYTES) / 1e12 * _TERABYTE_DOLLARS
        return f"{self._queries} queries, {megabytes(self._scanned)} scanned, {dollars(cost)}"

    def cover(self, span: Span) -> None:
        """Look from now on in this span; what was found in an earlier one is looked for again."""
        if span == self._span:
            return
        cost = max(self.listed.size, _LEAST_BYTES) / 1e12 * _TERABYTE_DOLLARS
        self.voice.progress(
            f"{span.since:%Y-%m-%d} to {span.until:%Y-%m-%d}: about {megabytes(self.listed.size)} "
            f"for each of two queries or more, {dollars(cost)} each (list price)"
        )
        self._span, self._seeds = span, None
        self._asked.clear()

    def seeds(self) -> Sequence[Link]:
        """The links of what was asked for."""
        if self._seeds is None:
            text = self.wanted.id if self.wanted.header is None else self.wanted.header[1]
            met = [each for each in self._lines([text]) if self.wanted.is_met_by(each.record)]
            self._seeds = _links(met)
        return self._seeds

    def naming(self, ids: Collection[str]) -> Sequence[Link]:
        """The links that name any of these ids."""
        self._look_for(ids)
        known = frozenset(ids)
        return [link for link in _links(self._found.values()) if not known.isdisjoint(link)]

    def versions(self, guids: Collection[str]) -> Sequence[Found]:
        """All versions of these messages; each was looked for by its id before."""
        self._look_for(guids)
        return [
            each for each in self._found.values() if each.record.get("MessageGuid") in set(guids)
        ]

    def _look_for(self, ids: Collection[str]) -> None:
        new = sorted(set(ids) - self._asked)
        for some in batched(new, _IDS_AT_ONCE, strict=False):
            list(self._lines(some))
            self._asked |= set(some)

    def _lines(self, texts: Sequence[str]) -> Iterator[Found]:
        """The records whose line holds any of these as the whole of a text."""
        for key, line in self._rows(lines_sql(self.tenant, self._span, texts)):
            found = Found(key, orjson.loads(line))
            self._found[found.record["Version"]] = found
            yield found

    def _rows(self, sql: str) -> Iterator[tuple[str, str]]:
        with asking("athena:StartQueryExecution", f"ask Athena's workgroup {self.workgroup}"):
            query = self.client.start_query_execution(
                QueryString=sql,
                QueryExecutionContext={"Database": self.database},
                WorkGroup=self.workgroup,
            )["QueryExecutionId"]
        self._wait_for(query)
        with asking("athena:GetQueryResults", "read what Athena has found"):
            pages = self.client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
            rows = (row["Data"] for page in pages for row in page["ResultSet"]["Rows"])
            next(rows, None)  # the names of the columns
            for path, line in rows:
                yield _key_of(path["VarCharValue"]), line["VarCharValue"]

    def _wait_for(self, query: str) -> None:
        """Wait for a query's end; one that is no longer waited for is stopped."""
        self._queries += 1
        try:
            with (
                self.voice.waiting("Athena is looking"),
                asking("athena:GetQueryExecution", "ask how far Athena is"),
            ):
                while True:
                    told = self.client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
                    status = told["Status"]
                    if status["State"] not in _UNDER_WAY:
                        break
                    self.sleep(_PAUSE_SECONDS)
        except BaseException:
            self._stop(query)
            raise
        self._scanned += told.get("Statistics", {}).get("DataScannedInBytes", 0)
        if status["State"] != "SUCCEEDED":
            reason = status.get("StateChangeReason", "no reason given")
            raise StoppedError(
                f"Athena has not answered ({status['State'].lower()}): {reason}; a limit on what "
                "is scanned is the stack's parameter QueryScanLimitMB, and --with here reads "
                "without Athena",
                Ending.SETUP,
            )

    def _stop(self, query: str) -> None:
        try:
            self.client.stop_query_execution(QueryExecutionId=query)
        except ClientError:
            self.voice.progress(f"Athena's query {query} could not be stopped; it ends by itself")


def lines_sql(tenant: str, span: Span | None, texts: Sequence[str]) -> str:
    """Athena's SQL for the lines that hold any of these as the whole of a JSON text.

    A quotation mark on either side keeps an id from being found within a longer one.
    """
    if span is None:
        raise ValueError("no span was named yet")
    needles = " OR ".join(
        f"strpos(line, {_quoted(orjson.dumps(text).decode())}) > 0" for text in texts
    )
    return (
        'SELECT "$path" AS part, line FROM mpl_lines '
        f"WHERE tenant = {_quoted(tenant)} AND dt BETWEEN {_quoted(day_of(span.since))} "
        f"AND {_quoted(day_of(span.until))} AND ({needles})"
    )


def _links(found: Collection[Found]) -> list[Link]:
    links = {link for each in found if (link := link_of(each.record)) is not None}
    return sorted(links, key=lambda link: link.guid)


def _key_of(path: str) -> str:
    """The key in ``s3://bucket/key``."""
    return path.removeprefix("s3://").partition("/")[2]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
