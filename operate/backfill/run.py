"""The two commands: say what a backfill takes, and run one."""

from typing import Any

from operate.backfill.estimate import Estimate, estimate
from operate.backfill.execution import Execution, machine_of, running
from operate.backfill.planned import Plan, plans
from operate.backfill.watch import Pace, watch
from operate.deployed import Deployed
from operate.endings import Ending
from operate.voice import Voice

_FULLEST = 5


def plan(stack: Deployed, asked: dict[str, Any], voice: Voice) -> Ending:
    """Plan a span, and tell what it takes."""
    machine_of(stack)
    made: list[tuple[Plan, Estimate]] = []
    with voice.waiting(f"Counting what {stack.tenant} holds"):
        for each in plans(stack, asked):
            made.append((each, estimate(each, stack.parameters)))
            voice.progress(f"{len(each['slices'])} slices from {each['since']} on")
    first, last = made[0][0], made[-1][0]
    slices = [each for one, _ in made for each in one["slices"]]
    told = {
        "stack": stack.name,
        "tenant": stack.tenant,
        "since": first["since"],
        "until": last["until"],
        "expired_before": first["expired_before"],
        "rows": sum(one["rows"] for one, _ in made),
        "uncounted": sum(one["uncounted"] for one, _ in made),
        "executions": len(made),
        "slices": len(slices),
        "requests": sum(each.requests for _, each in made),
        "minutes": round(sum(each.minutes for _, each in made), 2),
        "dollars": round(sum(each.dollars for _, each in made), 2),
        "page_seconds": first["page_seconds"],
    }
    _show_plan(told, slices, voice)
    voice.document({**told, "plan": slices})
    return Ending.WELL


def backfill(
    stack: Deployed,
    asked: dict[str, Any],
    voice: Voice,
    *,
    follow: str | None = None,
    pace: Pace | None = None,
) -> Ending:
    """Run a backfill and watch it; a long span takes several executions, one after the other.

    Args:
        follow: An execution to watch instead of starting one.
    """
    machine_of(stack)
    if follow is None:
        for other in running(stack):
            voice.say(f"Another backfill is under way: {other}.  Both are safe, and read double.")
    ended: list[dict[str, Any]] = []
    rest: dict[str, Any] | None = asked
    while rest is not None:
        execution = Execution(stack, follow) if follow else Execution.start(stack, rest)
        voice.say(f"{'Watching' if follow else 'Started'} {execution.arn}")
        described = watch(execution, voice, pace)
        if described is None:
            return _left(execution, ended, voice)
        summary = execution.summary() or {}
        ended.append({"execution": execution.arn, "status": described["status"], **summary})
        _show_end(described, summary, voice)
        rest = summary.get("rest") and {**asked, **summary["rest"]}
        if described["status"] in {"ABORTED", "TIMED_OUT"} or not summary or follow:
            break
    ending = _ending(ended)
    voice.document({"stack": stack.name, "ending": ending.name.lower(), "executions": ended})
    return ending


def _ending(ended: list[dict[str, Any]]) -> Ending:
    statuses = {each["status"] for each in ended}
    if statuses == {"SUCCEEDED"}:
        return Ending.WELL
    return Ending.STOPPED if "ABORTED" in statuses else Ending.FAULT


def _left(execution: Execution, ended: list[dict[str, Any]], voice: Voice) -> Ending:
    """Only the watching has ended."""
    voice.say("The backfill goes on without being watched.  To watch it again:")
    voice.say(f"  make backfill STACK={execution.stack.name} EXECUTION={execution.arn}")
    ended.append({"execution": execution.arn, "status": "RUNNING"})
    voice.document(
        {"stack": execution.stack.name, "ending": Ending.STOPPED.name.lower(), "executions": ended}
    )
    return Ending.STOPPED


def _show_plan(told: dict[str, Any], slices: list[dict[str, Any]], voice: Voice) -> None:
    page = told["page_seconds"]
    rows = [
        ("span", f"{told['since']} to {told['until']}"),
        ("rows", f"{told['rows']:,}" + _uncounted(told["uncounted"])),
        ("slices", f"{told['slices']:,}, by {told['executions']} execution(s)"),
        ("requests", f"about {told['requests']:,}, and one for each failed message"),
        ("time", f"about {told['minutes']:,.1f} minutes; {_timed(page)}"),
        ("cost", f"about {told['dollars']:.2f} dollars: Lambda, S3, Step Functions"),
    ]
    if told["expired_before"]:
        rows.append(("expired", f"before {told['expired_before']} the archive keeps nothing"))
    voice.table("", rows, header=("a backfill", "takes"))
    fullest = sorted(slices, key=lambda each: each["rows"] or 0, reverse=True)[:_FULLEST]
    if fullest:
        voice.table(
            "The fullest slices",
            [(each["since"], each["until"], _rows(each["rows"])) for each in fullest],
            header=("since", "until", "rows"),
        )
    voice.say("Nothing was written.  To start it: make backfill SINCE=... UNTIL=...")


def _uncounted(slices: int) -> str:
    return f", and {slices} slices that the tenant did not count" if slices else ""


def _rows(rows: int | None) -> str:
    return "not counted" if rows is None else f"{rows:,}"


def _timed(page_seconds: float | None) -> str:
    if page_seconds is None:
        return "no page was timed, so 2 s for each are assumed"
    return f"a page took {page_seconds:.1f} s"


def _show_end(described: dict[str, Any], summary: dict[str, Any], voice: Voice) -> None:
    if not summary:
        cause = described.get("cause") or "no reason given"
        voice.say(f"{described['status']}: {described.get('error', '')} {cause}", style="bold red")
        return
    voice.table(
        "",
        [
            ("slices", f"{summary['slices']:,}, {summary['failed']} of them failed"),
            ("rows read", f"{summary['rows_read']:,}"),
            ("versions stored", f"{summary['versions_stored']:,}"),
            ("requests", f"{summary['requests']:,}"),
            ("duration", f"{summary['seconds'] / 60:.1f} minutes"),
        ],
        header=(f"{summary['since']} to {summary['until']}", described["status"].lower()),
    )
    voice.say(summary["message"], style="bold red" if summary["failed"] else "bold green")
