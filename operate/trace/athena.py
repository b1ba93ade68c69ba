"""Versions found by Athena, for stretches that nobody wants to fetch.

Athena only looks for ids in whole lines (table ``mpl_lines``); what a line means is found out
here, by the same rules as for parts that were fetched.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from typing import Final

import orjson

from mpl_export.model import Span
from operate.archive import athena
from operate.archive.athena import Workgroup
from operate.archive.parts import Listed, day_of, dollars, megabytes
from operate.trace.chain import Link
from operate.trace.source import Found, link_of
from operate.trace.wanted import Wanted
from operate.voice import Voice

_IDS_AT_ONCE: Final = 500


@dataclass(slots=True)
class AthenaLines:
    """Lines of the archive by the ids that they name.

    Attributes:
        listed: The parts of the first span: what one query reads.
    """

    workgroup: Workgroup
    tenant: str
    wanted: Wanted
    voice: Voice
    listed: Listed
    _span: Span | None = None
    _seeds: list[Link] | None = None
    _found: dict[str, Found] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _scanned: int = 0
    _queries: int = 0

    @property
    def by(self) -> str:
        """How they are found."""
        return f"by Athena (workgroup {self.workgroup.name})"

    @property
    def read(self) -> str:
        """What was read so far."""
        cost = athena.dollars(self._scanned, self._queries)
        return f"{self._queries} queries, {megabytes(self._scanned)} scanned, {dollars(cost)}"

    def cover(self, span: Span) -> None:
        """Look from now on in this span; what was found in an earlier one is looked for again."""
        if span == self._span:
            return
        cost = athena.dollars(self.listed.size)
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
        self._queries += 1
        with self.voice.waiting("Athena is looking"):
            answered = self.workgroup.ask(sql)
        self._scanned += answered.bytes_read
        for path, line in answered.rows:
            if path is not None and line is not None:
                yield _key_of(path), line


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
