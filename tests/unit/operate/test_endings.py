"""Exit codes are part of the interface."""

from operate.endings import Ending, StoppedError


def test_exit_codes_are_frozen() -> None:
    """Scripts branch on them: a code that means something else breaks them silently."""
    assert {ending.name: int(ending) for ending in Ending} == {
        "WELL": 0,
        "FAULT": 1,
        "USAGE": 2,
        "UNCHECKED": 3,
        "SETUP": 4,
        "UNAVAILABLE": 5,
        "STOPPED": 130,
    }


def test_what_stops_a_command_is_by_default_the_callers_to_mend() -> None:
    """Region, credentials, rights, stack, key file."""
    stopped = StoppedError("name a stack")

    assert (str(stopped), stopped.ending) == ("name a stack", Ending.SETUP)
    assert StoppedError("it failed", Ending.FAULT).ending is Ending.FAULT
