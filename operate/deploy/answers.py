"""What a deployment has to know: three answers, asked for where nobody has given them."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from operate.account import Account
from operate.deployed import Deployed
from operate.endings import Ending, StoppedError
from operate.key_check import CheckedKey, ask_for_token, read_key_file
from operate.template import checked, parameters
from operate.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line and samconfig.toml have said.

    Attributes:
        tenant, mail, key_file: None where it has to be asked for.
        values: Further parameters of the template.
        asks_token: Whether the token server is asked whether it takes the key.
        goes_ahead: Whether nobody is asked to confirm.
    """

    tenant: str | None
    mail: str | None
    key_file: str | None
    values: Mapping[str, str]
    asks_token: bool = True
    goes_ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A deployment that may begin.

    Attributes:
        parameters: What the stack is given; what is not named stays as it is.
        key: None to keep the one that is in the secret.
    """

    account: Account
    stack: str
    existing: Deployed | None
    parameters: Mapping[str, str]
    key: CheckedKey | None = field(repr=False)


def planned(account: Account, stack: str, given: Given, voice: Voice) -> Plan:
    """Ask what is missing, and judge all of it before anything is changed.

    Raises:
        StoppedError: Something will not do, or nobody is there to be asked.
    """
    existing = Deployed.look(account, stack)
    if existing is not None:
        _refuse_unless_ready(existing)
    values = checked(dict(given.values))
    tenant = (
        values.get("TenantName")
        or given.tenant
        or _asked("Your name for the tenant (such as acme-prod)", existing, "TenantName")
    )
    checked({"TenantName": tenant})
    _refuse_another_tenant(existing, stack, tenant)
    mail = values.get("AlertEmail")
    mail = given.mail if mail is None else mail
    if mail is None:
        mail = _asked("Mail address for alarms and failures (empty: none)", existing, "AlertEmail")
    values |= checked({"AlertEmail": mail.strip()})
    key = _key(existing, given, values.get("TenantCaPem", ""), voice)
    plan = Plan(
        account=account,
        stack=stack,
        existing=existing,
        parameters=values | {"TenantName": tenant},
        key=key,
    )
    _confirm(plan, given, voice)
    return plan


def _asked(what: str, existing: Deployed | None, parameter: str) -> str:
    """An answer that the template takes, asked for until it does."""
    known = "" if existing is None else existing.parameters.get(parameter, "")
    if existing is not None:
        return known
    rule = parameters()[parameter]

    def judged(answer: str) -> str:
        fault = rule.fault(answer.strip())
        if fault is not None:
            raise click.UsageError(fault)
        return answer.strip()

    default = "" if rule.default is not None else None
    return _prompt(what, judged, default=default)


def _key(existing: Deployed | None, given: Given, ca_pem: str, voice: Voice) -> CheckedKey | None:
    """The key file, judged down to one token before anything is changed."""

    def judged(path: str) -> CheckedKey | None:
        if not path.strip() and existing is not None:
            return None
        try:
            found = read_key_file(Path(path.strip()))
            voice.say(f"  {found.seen}")
            if given.asks_token:
                with voice.waiting("  Asking the token server"):
                    seen = ask_for_token(found, ca_pem)
                voice.say(f"  {seen}")
        except StoppedError as error:
            if given.key_file is not None:
                raise
            raise click.UsageError(str(error)) from error
        return found

    if given.key_file is not None:
        return judged(given.key_file)
    if existing is not None and not sys.stdin.isatty():
        return None
    keeps = " (empty: keep the key that is there)" if existing is not None else ""
    return _prompt(
        f"File with the service key{keeps}", judged, default=None if existing is None else ""
    )


def _prompt[T](what: str, judged: Callable[[str], T], *, default: str | None) -> T:
    if not sys.stdin.isatty():
        raise StoppedError(
            f"nobody can be asked here ({what}): give --tenant, --email and --key-file, and --yes",
            Ending.USAGE,
        )
    answer: T = click.prompt(what, value_proc=judged, default=default, show_default=False, err=True)
    return answer


def _confirm(plan: Plan, given: Given, voice: Voice) -> None:
    where = plan.account.endpoint or f"account {plan.account.id}"
    verb = "Deploy" if plan.existing is None else "Update"
    voice.say(f"{verb} the stack {plan.stack} for tenant {plan.parameters['TenantName']}")
    voice.say(f"  in {plan.account.region}, {where}, as {plan.account.caller}")
    for name, value in sorted(plan.parameters.items()):
        shown = value if len(value) < 60 and "\n" not in value else f"{value[:40]!r} ..."
        voice.say(f"  {name} = {shown or '(none)'}")
    if given.goes_ahead:
        return
    if not sys.stdin.isatty():
        raise StoppedError("nobody can confirm here: give --yes", Ending.USAGE)
    click.confirm("Go ahead?", default=True, abort=True, err=True)


def _refuse_unless_ready(existing: Deployed) -> None:
    """Name the states in which CloudFormation takes no deployment, and the way out."""
    name, status = existing.name, existing.status
    if status.endswith("_IN_PROGRESS"):
        raise StoppedError(
            f"the stack {name} is being changed ({status}): wait until that has ended",
            Ending.UNAVAILABLE,
        )
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
        raise StoppedError(
            f"the stack {name} is left over from a deployment that failed ({status}): delete it "
            f"(aws cloudformation delete-stack --stack-name {name}), then deploy again"
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise StoppedError(
            f"the stack {name} could not be rolled back: aws cloudformation "
            f"continue-update-rollback --stack-name {name}, then deploy again"
        )


def _refuse_another_tenant(existing: Deployed | None, stack: str, tenant: str) -> None:
    """A stack that changed its tenant's name would begin a second archive in silence."""
    if existing is not None and existing.tenant and existing.tenant != tenant:
        raise StoppedError(
            f"the stack {stack} is that of tenant {existing.tenant}, and a stack keeps its tenant: "
            f"give {tenant} a stack of its own, by --stack {stack}-{tenant}"
        )


def without_key(plan: Plan) -> Plan:
    """The plan, once the key is where it belongs: nothing later needs it."""
    return replace(plan, key=None)
