"""The commands, each a line on how it is called and a call."""

from pathlib import Path

import click

from operate.account import Account
from operate.asking.command import ask
from operate.backfill.command import backfill, plan
from operate.copy.command import copy
from operate.deploy.answers import Given, planned
from operate.deploy.run import carry_out
from operate.deploy.samconfig import pair_of, read_samconfig
from operate.doctor.show import examine
from operate.options import Where, somewhere, speaking
from operate.proof import erase, verify
from operate.prove.run import Proof
from operate.report.command import report
from operate.rules.commands import rules, rules_try
from operate.showcases import run_demo, run_drill, run_tenant
from operate.template import refuse_unless_template
from operate.trace.command import trace
from operate.voice import Voice


@click.command()
@somewhere
@speaking
def doctor(*, where: Where, voice: Voice) -> int:
    """Examine a stack: what its function can reach, and what your account says of it."""
    return examine(where.deployed(), voice).ending


@click.command()
@click.option("--stack", envvar="STACK", help="A stack of yours; without it, an emulated one.")
@click.option("--region", help="The stack's region, if the profile's is another.")
@click.option("--profile", help="The profile of the AWS CLI to use.")
@speaking
def drill(*, stack: str | None, region: str | None, profile: str | None, voice: Voice) -> int:
    """Set every alarm of a stack off, and see what arrives.  People get the mails, too."""
    where = None if not stack else Where(stack=stack, region=region, profile=profile)
    return run_drill(where, voice)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@speaking
def tenant(*, arguments: tuple[str, ...], voice: Voice) -> int:
    """Start the simulated tenant alone, until Ctrl-C."""
    return run_tenant(arguments, voice)


@click.command()
@click.option(
    "--service-key",
    type=click.Path(),
    help="The service key of a real tenant, which is only read; without it, one is simulated.",
)
@click.option(
    "--keep", is_flag=True, help="Leave it open until Ctrl-C, and say what else there is to try."
)
@speaking
def demo(*, service_key: str | None, keep: bool, voice: Voice) -> int:
    """Deploy to an emulated AWS, and watch logs arrive."""
    return run_demo(service_key, voice, keeps=keep)


@click.command()
@click.option("--tenant", help="Your name for the tenant: part of every key, so it stays.")
@click.option("--email", help="Who is told of alarms and failures; empty for nobody.")
@click.option("--key-file", help="The service key, as the BTP cockpit shows it.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the template; @file for what a file holds.  May be repeated.",
)
@click.option("--stack", envvar="STACK", help="The stack's name; by default samconfig.toml's.")
@click.option("--region", help="The stack's region, if the profile's is another.")
@click.option("--profile", help="The profile of the AWS CLI to use.")
@click.option(
    "--config-env", default="default", show_default=True, help="Which part of samconfig.toml."
)
@click.option("--template", type=click.Path(path_type=Path), help="A template that is built.")
@click.option(
    "--no-token-request", is_flag=True, help="Only the function can reach the token server."
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@speaking
def deploy(
    *,
    tenant: str | None,
    email: str | None,
    key_file: str | None,
    pairs: tuple[str, ...],
    stack: str | None,
    region: str | None,
    profile: str | None,
    config_env: str,
    template: Path | None,
    no_token_request: bool,
    yes: bool,
    voice: Voice,
) -> int:
    """Deploy a stack, from three questions to the first logs in the archive."""
    if template is not None:
        refuse_unless_template(template)
    config = read_samconfig(config_env)
    given = Given(
        tenant=tenant,
        mail=email,
        key_file=key_file,
        values=config.parameters | dict(map(pair_of, pairs)),
        asks_token=not no_token_request,
        goes_ahead=yes,
    )
    account = Account.open(region=region or config.region, profile=profile)
    plan = planned(account, stack or config.stack, given, voice)
    return carry_out(plan, voice, template=template, profile=profile, environment=config_env)


@click.command()
@click.option("--tenant", help="Your name for the tenant.")
@click.option("--email", help="Who is told of alarms and failures.")
@click.option("--key-file", help="The service key, as the BTP cockpit shows it.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="As for deploy.")
@click.option("--template", type=click.Path(path_type=Path), help="A template that is built.")
@click.option("--yes", is_flag=True, help="Do not ask before each step; deletes at the end.")
@somewhere
@speaking
def prove(
    *,
    tenant: str | None,
    email: str | None,
    key_file: str | None,
    pairs: tuple[str, ...],
    template: Path | None,
    yes: bool,
    where: Where,
    voice: Voice,
) -> int:
    """Prove it in your account: deploy, drill, verify and delete again, step by step."""
    if template is not None:
        refuse_unless_template(template)
    given = Given(tenant=tenant, mail=email, key_file=key_file, values=dict(map(pair_of, pairs)))
    return Proof(where.account(), where, given, voice, template, asks=not yes).carry_out()


COMMANDS = (
    deploy,
    doctor,
    plan,
    backfill,
    copy,
    rules,
    rules_try,
    verify,
    erase,
    ask,
    trace,
    report,
    drill,
    prove,
    tenant,
    demo,
)
