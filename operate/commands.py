"""The commands, each a line on how it is called and a call."""

import click

from operate.doctor.show import examine
from operate.options import Where, somewhere, speaking
from operate.showcases import run_demo, run_drill, run_tenant
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
@speaking
def demo(*, service_key: str | None, voice: Voice) -> int:
    """Deploy to an emulated AWS, and watch logs arrive."""
    return run_demo(service_key, voice)


COMMANDS = (doctor, drill, tenant, demo)
