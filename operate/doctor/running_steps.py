"""Whether anything runs: schedules, the queue's mapping, both functions' code, the table."""

from operate.account import asking
from operate.deployed import Deployed
from operate.doctor.findings import Examination, FaultError


def look_at_running(stack: Deployed, steps: Examination) -> None:
    """Look at what starts the functions, and at what they are made of."""
    steps.step("schedules", lambda: _schedules(stack))
    steps.step("queue of new parts", lambda: _mapping(stack))
    steps.step("code", lambda: _code(stack))
    steps.step("table: protection", lambda: _table(stack))


def _schedules(stack: Deployed) -> str:
    scheduler = stack.account.client("scheduler")
    physical = {
        logical: name
        for logical, (kind, name) in stack.resources().items()
        if kind == "AWS::Scheduler::Schedule"
    }
    if not physical:
        raise FaultError(
            "the stack has no schedule: nothing starts a run", "deploy the stack again"
        )
    said, paused = [], []
    for logical, name in sorted(physical.items()):
        with asking("scheduler:GetSchedule", f"read the schedule {logical}"):
            schedule = scheduler.get_schedule(Name=name.rpartition("/")[2].rpartition("|")[2])
        said.append(f"{logical} {schedule['ScheduleExpression']}")
        if schedule.get("State", "ENABLED") != "ENABLED":
            paused.append(logical)
    if paused:
        raise FaultError(
            f"switched off: {', '.join(paused)}",
            "if that is not meant: make deploy ARGS='--set ScheduleState=ENABLED'",
        )
    return "; ".join(said)


def _mapping(stack: Deployed) -> str:
    function = stack.outputs["NotifierFunction"]
    with asking("lambda:ListEventSourceMappings", "read what feeds the notifier"):
        found = stack.account.client("lambda").list_event_source_mappings(FunctionName=function)
    mappings = found["EventSourceMappings"]
    if not mappings:
        raise FaultError(
            "nothing feeds the notifier: no failure will ever be told", "deploy the stack again"
        )
    state = mappings[0].get("State", "Enabled")
    if state != "Enabled":
        raise FaultError(
            f"the queue's trigger is {state}: failures wait in the queue",
            f"AWS console: Lambda > {function} > Configuration > Triggers > Enable",
        )
    result = mappings[0].get("LastProcessingResult", "")
    return f"enabled{f'; last result: {result}' if result else ''}"


def _code(stack: Deployed) -> str:
    client = stack.account.client("lambda")
    hashes = {}
    for output in ("ExporterFunction", "NotifierFunction"):
        with asking("lambda:GetFunctionConfiguration", f"read the settings of {output}"):
            it = client.get_function_configuration(FunctionName=stack.outputs[output])
        if it.get("LastUpdateStatus", "Successful") == "Failed" or it.get("State") == "Failed":
            raise FaultError(
                f"{output} was not updated: {it.get('LastUpdateStatusReason', 'no reason given')}",
                "deploy the stack again",
            )
        hashes[output] = it["CodeSha256"]
    if len(set(hashes.values())) > 1:
        raise FaultError(
            "exporter and notifier run different code: somebody changed one of them by hand",
            "deploy the stack again",
        )
    return "both functions run the same code"


def _table(stack: Deployed) -> str:
    name = stack.outputs["CheckpointTable"]
    with asking("dynamodb:DescribeTable", f"look at the table {name}"):
        table = stack.account.client("dynamodb").describe_table(TableName=name)["Table"]
    if not table.get("DeletionProtectionEnabled"):
        raise FaultError(
            "the table can be deleted by mistake",
            f"AWS console: DynamoDB > Tables > {name} > Additional settings > Deletion protection "
            "(make deploy switches it on after the first run that succeeds)",
        )
    return "protected from deletion"
