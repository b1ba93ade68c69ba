"""How a command ends: its exit code, and the sentence for what the caller can mend."""

from enum import IntEnum


class Ending(IntEnum):
    """The exit codes of every command.

    They are part of the interface: scripts branch on them.
    """

    WELL = 0
    """All that was asked for was done, and all that was looked at is well."""
    FAULT = 1
    """Something was found to be wrong, or did not arrive; the output names it."""
    USAGE = 2
    """The command line itself makes no sense."""
    UNCHECKED = 3
    """Nothing is known to be wrong, but something could not be looked at."""
    SETUP = 4
    """The caller has to mend something first: region, credentials, rights, stack, key file."""
    UNAVAILABLE = 5
    """AWS or SAP could not be reached or failed; the same call may succeed later."""
    STOPPED = 130
    """Ended by Ctrl-C."""


class StoppedError(Exception):
    """The command cannot go on; the message is one sentence that says who does what.

    Attributes:
        ending: The exit code.
    """

    def __init__(self, message: str, ending: Ending = Ending.SETUP) -> None:
        super().__init__(message)
        self.ending = ending
