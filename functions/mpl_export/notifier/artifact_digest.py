"""The digest of flows that stopped, failed to start or run again."""

from collections.abc import Mapping, Sequence

from mpl_export.notifier.artifact_news import ArtifactNews, Kind
from mpl_export.notifier.digest import Digest, Origin
from mpl_export.notifier.flows_digest import some
from mpl_export.notifier.plain import one_line
from mpl_export.notifier.subject import in_ascii, name_in_ascii
from mpl_export.rules.teams import UNASSIGNED

_SHOWN = 20
_NAMES_SHOWN = 60
_NAME_CHARACTERS = 150
_ERROR_CHARACTERS = 600
_ORDER: tuple[Kind, ...] = ("failed to start", "stopped", "runs again")
_SEVERITIES: Mapping[Kind, str] = {
    "failed to start": "failed-to-start",
    "stopped": "stopped",
    "runs again": "started",
}


def artifact_digest(
    news: Sequence[ArtifactNews],
    origin: Origin,
    teams: Sequence[str] = (UNASSIGNED,),
    *,
    texts: Mapping[str, str],
    is_first: bool = False,
) -> Digest:
    """The digest for a team, or for several.

    Args:
        news: At least one, of what people are told: no deployments.
        texts: Why artifacts did not start, by id, as far as that may be told.
        is_first: Whether nothing was known before, so that what does not run may never have run.
    """
    ordered = sorted(news, key=lambda each: (_ORDER.index(each.kind), each.artifact.id))
    blocks = [_heading(ordered, origin, teams, is_first=is_first)]
    blocks += [
        _block(number, each, origin, texts) for number, each in enumerate(ordered[:_SHOWN], 1)
    ]
    if rest := ordered[_SHOWN:]:
        blocks.append(_the_others(rest))
    blocks.append("Each is told once, and once more when it runs again. See docs/flows.md.")
    if links := origin.links("flows-that-are-not-there"):
        blocks.append("\n".join(links))
    return origin.digest(
        kind="artifacts",
        severity=_SEVERITIES[ordered[0].kind],
        said=_said(ordered, texts),
        body="\n\n".join(blocks) + "\n",
        artifacts=[each.artifact.id for each in ordered],
        teams=teams,
    )


def _said(news: Sequence[ArtifactNews], texts: Mapping[str, str]) -> str:
    """The whole digest in a line."""
    if len(news) == 1:
        (each,) = news
        name = name_in_ascii(_name(each), each.artifact.id)
        version = in_ascii(each.now.version or "") if each.now is not None else ""
        if each.kind == "failed to start":
            error = in_ascii(_gist(texts.get(each.artifact.id, "")))
            named = f"{name} {version}".rstrip()
            return f"FAILED TO START: {named}{f' - {error}' if error else ''}"
        word = "UNDEPLOYED" if each.undeployed else each.kind.upper()
        return f"{word}: {name}"
    parts = []
    for kind in _ORDER:
        names = [name_in_ascii(_name(n), n.artifact.id) for n in news if n.kind == kind]
        if names:
            parts.append(f"{len(names)} {kind if len(names) == 1 else _PLURAL[kind]}")
    first = [name_in_ascii(_name(each), each.artifact.id) for each in news]
    return f"{', '.join(parts)}: {some(first)}"


_PLURAL: Mapping[Kind, str] = {
    "failed to start": "failed to start",
    "stopped": "stopped",
    "runs again": "run again",
}


def _heading(
    news: Sequence[ArtifactNews], origin: Origin, teams: Sequence[str], *, is_first: bool
) -> str:
    counts = {kind: sum(each.kind == kind for each in news) for kind in _ORDER}
    told = [f"{n} {kind if n == 1 else _PLURAL[kind]}" for kind, n in counts.items() if n]
    noun = "flow" if len(news) == 1 else "flows"
    team = "" if list(teams) == [UNASSIGNED] else f"Team: {', '.join(teams)}.\n"
    when = "At the first look at what is deployed," if is_first else "Seen"
    return (
        f"{len(news)} {noun} of tenant {origin.tenant}: {', '.join(told)}.\n{team}"
        f"{when} at {origin.clock(max(each.seen for each in news))}; what is deployed is looked at "
        "once an hour."
    )


def _block(number: int, news: ArtifactNews, origin: Origin, texts: Mapping[str, str]) -> str:
    artifact, now, before = news.artifact, news.now, news.before
    what = "was undeployed" if news.undeployed else news.kind
    lines = [f"{number}. {_name(news)}: {what}"]
    if _name(news) != one_line(artifact.id):
        lines.append(f"   Artifact  {one_line(artifact.id)}")
    lines.append(f"   Version   {_version(news, origin)}")
    if now is not None and now.status and news.kind != "runs again":
        was = f", before {one_line(before.status)}" if before and before.status else ""
        lines.append(f"   Status    {one_line(now.status)}{was}")
    if text := texts.get(artifact.id):
        lines.append(f"   Error     {one_line(text)[:_ERROR_CHARACTERS]}")
    if news.down is not None:
        lines.append(f"   Down      since {origin.clock(news.down.since)} at the latest")
    return "\n".join(lines)


def _version(news: ArtifactNews, origin: Origin) -> str:
    artifact, before = news.artifact, news.before
    said = one_line(artifact.version or "unknown")
    if artifact.deployed is not None:
        said += f", deployed at {origin.clock(artifact.deployed)}"
    changed = before is not None and news.now is not None and before.version != artifact.version
    if changed and before is not None and before.version:
        said += f", before {one_line(before.version)}"
    return said


def _the_others(news: Sequence[ArtifactNews]) -> str:
    lines = [f"And {len(news)} more:"]
    lines += [
        f"   {'undeployed' if each.undeployed else each.kind}  {_name(each)}"
        for each in news[:_NAMES_SHOWN]
    ]
    if len(news) > _NAMES_SHOWN:
        lines.append(f"   and {len(news) - _NAMES_SHOWN} further ones")
    return "\n".join(lines)


def _name(news: ArtifactNews) -> str:
    return one_line(news.artifact.name or news.artifact.id)[:_NAME_CHARACTERS]


def _gist(text: str) -> str:
    """The last line of a text: the first ones say what kind of error it is, the last one which."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return one_line(lines[-1]) if lines else ""
