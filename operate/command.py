"""The command line: what there is to do, the options that all share, and how each call ends."""

import json
import sys
from collections.abc import Sequence

import click

from mpl_export import __version__
from operate.commands import COMMANDS
from operate.endings import Ending, StoppedError
from operate.voice import Voice

_EPILOG = """\b
Every command takes --json.  Exit codes:
  0  all well
  1  something is wrong, or did not arrive; the output names it
  2  the command line makes no sense
  3  nothing is known to be wrong, but something could not be looked at
  4  you have to mend something first: region, credentials, rights, stack, key
  5  AWS or SAP did not answer; try again
130  stopped by Ctrl-C"""


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mpl-export")
def cli() -> None:
    """Deploy a stack, look after it, and try it without an account."""


for each in COMMANDS:
    cli.add_command(each)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the answer is its exit code (``Ending``)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    voice = Voice(as_json="--json" in words)
    try:
        ending = cli.main(args=words, prog_name="operate", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        _tell(voice, Ending.USAGE, error.format_message())
        return Ending.USAGE
    except StoppedError as error:
        voice.complain(str(error))
        _tell(voice, error.ending, str(error))
        return error.ending
    except (click.Abort, KeyboardInterrupt):
        voice.complain("stopped")
        _tell(voice, Ending.STOPPED, "stopped")
        return Ending.STOPPED
    return int(ending or 0)


def _tell(voice: Voice, ending: Ending, message: str) -> None:
    """The error as the one JSON document, where a program listens."""
    if voice.as_json:
        print(json.dumps({"error": {"ending": ending.name.lower(), "message": message}}))  # noqa: T201
