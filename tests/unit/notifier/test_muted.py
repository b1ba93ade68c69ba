"""What is muted is not told, and is never just gone."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mpl_export.instants import iso_instant
from mpl_export.notifier.muted import MOST_ARTIFACTS, OTHERS, Muted, merged_mutes, muted_of
from tests.support.manual_clock import NOON
from tests.support.notifier.notifier_harness import Harness

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WINDOW = f"""
default = "platform"
[[mute]]
name = "wms-upgrade"
reason = "The warehouse is upgraded"
from = {iso_instant(NOON)}
until = {iso_instant(NOON + 2 * HOUR)}
receiver = "WMS"
"""


def harness_with(rules: str = WINDOW) -> Harness:
    """A harness at noon for whose tenant rules are in force."""
    harness = Harness()
    harness.put_rules(rules)
    return harness


def muted_now(harness: Harness) -> list[Muted]:
    """What is muted of today."""
    return list(harness.store.muted.values())


def test_what_is_muted_is_kept_and_counted_and_not_told() -> None:
    """Neither people nor systems hear of it; the rest of the part is told as ever."""
    harness = harness_with()
    notifier = harness.notifier()

    notifier.take(
        [harness.part([*(harness.record(n, Receiver="WMS") for n in range(3)), harness.record(9)])]
    )

    assert len(harness.digests) == 1
    assert harness.digests[0][1].body.startswith("1 message ")
    assert [event["version"] for event in harness.events] == [f"{9:032x}"]
    (muted,) = muted_now(harness)
    assert (muted.mute, muted.count) == ("wms-upgrade", 3)
    assert muted.reason == "The warehouse is upgraded"
    assert muted.artifacts == {"Order_to_Cash": 3}
    assert notifier.muted == {"wms-upgrade": 3}
    assert notifier.noted == {"Order_to_Cash": 1}


def test_a_mute_that_ended_mutes_nothing() -> None:
    """The first failure after it is new, and told at once."""
    harness = harness_with()
    harness.notifier().take([harness.part([harness.record(1, Receiver="WMS")])])
    harness.clock.turn(2 * HOUR)

    harness.notifier().take([harness.part([harness.record(2, Receiver="WMS")])])

    assert [digest.subject.split()[1] for _, digest in harness.digests] == ["NEW"]
    assert [event["version"] for event in harness.events] == [f"{2:032x}"]


def test_what_comes_twice_is_muted_once() -> None:
    """A queue delivers again what was handled."""
    harness = harness_with()
    part = harness.part([harness.record(1, Receiver="WMS")])

    for _ in range(3):
        harness.notifier().take([part])

    assert [each.count for each in muted_now(harness)] == [1]


def test_events_go_on_behind_the_last_one_though_some_are_muted() -> None:
    """What was sent is looked for among all failures, muted ones too."""
    harness = harness_with()
    part = harness.part([harness.record(n, Receiver="WMS" if n % 2 else "CRM") for n in range(6)])
    harness.notifier().take([part])
    held = harness.store.parts[part.name]
    held.told, held.sent = False, f"{3:032x}"
    harness.events.clear()
    harness.clock.turn(HOUR)

    harness.notifier().take([part])

    assert [event["version"] for event in harness.events] == [f"{4:032x}"]


def test_many_artifacts_are_counted_within_bounds() -> None:
    """An item of DynamoDB has its size; the rarest are counted together."""
    harness = harness_with(WINDOW.replace('receiver = "WMS"', 'artifact = "*"'))
    records = [harness.record(n, IntegrationArtifact={"Id": f"flow-{n % 80}"}) for n in range(100)]

    harness.notifier().take([harness.part(records)])

    (muted,) = muted_now(harness)
    assert muted.count == 100
    assert len(muted.artifacts) == MOST_ARTIFACTS
    assert muted.artifacts[OTHERS] == 100 - 20 * 2 - (MOST_ARTIFACTS - 1 - 20)


def test_it_survives_being_kept() -> None:
    """As text in DynamoDB."""
    harness = harness_with()
    harness.notifier().take([harness.part([harness.record(1, Receiver="WMS")])])
    (muted,) = muted_now(harness)

    assert Muted.from_json(muted.as_json()) == muted


def test_what_one_mute_did_is_put_together() -> None:
    """Of all parts of a day."""
    later = NOON + HOUR
    one = Muted(mute="a", reason="r", until=NOON, artifacts={"x": 1}, first=NOON, last=NOON)
    two = Muted(
        mute="a", reason="s", until=later, artifacts={"x": 2, "y": 1}, first=NOON, last=later
    )
    three = Muted(mute="b", reason="r", until=NOON, artifacts={"z": 9}, first=NOON, last=NOON)

    found = merged_mutes([one, two, three])

    assert [(each.mute, each.count) for each in found] == [("b", 9), ("a", 4)]
    assert (found[1].reason, found[1].first, found[1].last) == ("s", NOON, later)
    assert muted_of([]) == []


def flush_daily(harness: Harness, days: int) -> None:
    """Flush once a day."""
    for _ in range(days):
        harness.notifier().flush()
        harness.clock.turn(DAY)


IDLE = f"""
[owners]
"Sales" = "sales"
[[mute]]
name = "known-error"
reason = "Ticket 4711"
until = {iso_instant(NOON + 300 * DAY)}
text = "duplicate order"
[[mute]]
name = "short"
reason = "A window"
until = {iso_instant(NOON + 20 * DAY)}
receiver = "WMS"
"""


def test_a_mute_that_matches_nothing_for_thirty_days_is_told() -> None:
    """To all teams, once, and again after as long; one that ended is not told."""
    harness = harness_with(IDLE)

    flush_daily(harness, 30)
    assert harness.digests == []
    flush_daily(harness, 29)

    ((_, digest),) = harness.digests
    assert digest.subject == "[demo] known-error muted nothing for 30 days"
    assert digest.attributes["kind"] == "mutes"
    assert digest.attributes["team"] == ["sales", "unassigned"]
    assert "Ticket 4711" in digest.body
    flush_daily(harness, 2)
    assert len(harness.digests) == 2


def test_a_mute_that_matches_is_not_idle() -> None:
    """Its thirty days begin anew."""
    harness = harness_with(IDLE)
    flush_daily(harness, 20)
    harness.notifier().take([harness.part([harness.record(1, ErrorText="Duplicate order 7")])])

    flush_daily(harness, 29)

    assert harness.digests == []
    flush_daily(harness, 3)
    assert len(harness.digests) == 1


def test_a_quiet_flush_asks_for_no_rules() -> None:
    """What is looked at once a day is not looked at every five minutes."""
    harness = harness_with(IDLE)
    harness.notifier().flush()
    harness.objects.clear()

    harness.flush_for(timedelta(hours=1))

    assert harness.store.day == harness.clock.now().date()


TEAMS = st.sampled_from(["a", "b", "c"])
VALUES = st.sampled_from(["x", "y", "z"])
CONDITIONS = st.dictionaries(
    st.sampled_from(["sender", "receiver", "package"]), VALUES, min_size=1, max_size=2
)
ROUTES = st.lists(st.tuples(CONDITIONS, st.lists(TEAMS, min_size=1, max_size=2)), max_size=3)
MUTES = st.lists(st.tuples(CONDITIONS, st.integers(-3, 3), st.integers(1, 4)), max_size=2)
FAILURES = st.lists(
    st.tuples(VALUES, VALUES, VALUES, st.integers(0, 5), st.integers(0, 3)), max_size=12
)


def _table(kind: str, values: dict[str, object]) -> str:
    lines = [f"{name} = {value}" for name, value in values.items()]
    return "\n".join([f"[[{kind}]]", *lines, ""])


def _rules(
    routes: list[tuple[dict[str, str], list[str]]],
    owners: dict[str, str],
    mutes: list[tuple[dict[str, str], int, int]],
) -> str:
    text = "[owners]\n" + "".join(f'{json.dumps(p)} = "{t}"\n' for p, t in owners.items())
    for condition, teams in routes:
        values = {name: json.dumps(value) for name, value in condition.items()}
        text += _table("route", {"team": json.dumps(teams), **values})
    for number, (condition, begins, lasts) in enumerate(mutes):
        values = {name: json.dumps(value) for name, value in condition.items()}
        since = NOON + begins * HOUR
        text += _table(
            "mute",
            {
                "name": f'"m{number}"',
                "reason": '"r"',
                "from": iso_instant(since),
                "until": iso_instant(since + lasts * HOUR),
                **values,
            },
        )
    return text


@given(
    routes=ROUTES,
    owners=st.dictionaries(VALUES, TEAMS, max_size=2),
    mutes=MUTES,
    failures=FAILURES,
)
def test_each_failure_is_told_to_exactly_its_teams_or_stands_among_what_is_muted(
    routes: list[tuple[dict[str, str], list[str]]],
    owners: dict[str, str],
    mutes: list[tuple[dict[str, str], int, int]],
    failures: list[tuple[str, str, str, int, int]],
) -> None:
    """The promise of rules, by a reading of them that shares no line with the code."""
    harness = harness_with(_rules(routes, owners, mutes))
    told: dict[str, int] = {}
    muted: dict[str, int] = {}
    sent: dict[str, list[str]] = {}
    batches: dict[int, list[dict[str, object]]] = {}
    for number, (sender, receiver, package, batch, ago) in enumerate(failures):
        ended = NOON - ago * HOUR
        is_of = {"sender": sender, "receiver": receiver, "package": package}
        records = batches.setdefault(batch, [])
        records.append(
            harness.record(
                number,
                Sender=sender,
                Receiver=receiver,
                LogEnd=iso_instant(ended),
                IntegrationArtifact={"Id": "flow", "PackageId": package},
            )
        )
        muting = [
            f"m{index}"
            for index, (condition, begins, lasts) in enumerate(mutes)
            if condition.items() <= is_of.items() and 0 <= -ago - begins < lasts
        ]
        if muting:
            muted[muting[0]] = muted.get(muting[0], 0) + 1
            continue
        teams = {t for condition, ts in routes if condition.items() <= is_of.items() for t in ts}
        teams = teams or {owners.get(package, "unassigned")}
        sent[f"{number:032x}"] = sorted(teams)
        for team in teams:
            told[team] = told.get(team, 0) + 1
    parts = [harness.part(records, number=batch) for batch, records in batches.items()]

    for part in parts:
        harness.notifier().take([part])
        harness.notifier().take([part])
    harness.clock.turn(2 * DAY)
    harness.notifier().flush()

    counts: dict[str, int] = {}
    for _, digest in harness.digests:
        team = str(digest.attributes["team"])
        counts[team] = counts.get(team, 0) + int(digest.body.split()[0])
    assert counts == told
    assert {each.mute: each.count for each in merged_mutes(muted_now(harness))} == muted
    assert {event["version"]: sorted(event["team"]) for event in harness.events} == sent
    assert len(harness.events) == len(sent)
    assert not harness.store.waiting
