"""Demo, drill and simulated tenant, as commands: what people run to see and to try."""

import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from operate.account import asking
from operate.demo.closing import close
from operate.demo.narrator import Narrator
from operate.demo.story import NoRunError, play
from operate.demo.tenants import RealTenant, SimulatedTenant
from operate.drill.account import Account
from operate.drill.holding import EMULATED, emulated, hold
from operate.emulated.emulator import EmulatorError
from operate.emulated.loopback import NotLoopbackError, refuse_unless_loopback
from operate.emulated.sam import SamError
from operate.endings import Ending, StoppedError
from operate.key_check import ask_for_token, read_key_file
from operate.options import Where
from operate.sap_tenant.__main__ import main as start_tenant
from operate.voice import Voice

_STOPS = (EmulatorError, NotLoopbackError, SamError, NoRunError)


def run_demo(service_key: str | None, voice: Voice, *, keeps: bool = False) -> int:
    """Play the demo: 0 only if all was there that is promised.

    Args:
        keeps: Whether all of it stays open afterwards, until Ctrl-C.
    """
    signal.signal(signal.SIGTERM, _stop)  # else neither processes nor files are cleaned up
    narrator = Recording()
    key = None if service_key is None else _asked(Path(service_key), voice)
    with _told(narrator, voice):
        refuse_unless_loopback(os.environ, complete=False)
        tenant = SimulatedTenant.open() if key is None else RealTenant.open(key)
        play(narrator, tenant, keeps=keeps)
        return close(narrator)


def run_drill(where: Where | None, voice: Voice) -> int:
    """Hold the drill: 0 only if every alarm was delivered to a confirmed subscription."""
    narrator = Recording()
    with ExitStack() as world, _told(narrator, voice):
        if where is None:
            return hold(narrator, emulated(narrator, world), EMULATED)
        where.deployed()
        for name, value in (("AWS_REGION", where.region), ("AWS_PROFILE", where.profile)):
            if value:
                os.environ[name] = value
        with asking("the rights that the drill uses", f"hold the drill on {where.stack}"):
            return hold(narrator, Account.of_the_owner(), where.stack)


def run_tenant(arguments: Sequence[str], voice: Voice) -> int:
    """Run the simulated tenant until it is told to end.

    Raises:
        StoppedError: It cannot listen there, or cannot write its files.
    """
    try:
        start_tenant([*arguments, *(["--json"] if voice.as_json else [])])
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if (name := getattr(error, "filename", None)) is not None:
            raise StoppedError(
                f"{name} cannot be written ({reason}): name another folder by --directory"
            ) from error
        raise StoppedError(
            f"the simulated tenant cannot listen ({reason}): --host has to be an address of this "
            "machine, and the ports that are named have to be free"
        ) from error
    return Ending.WELL


@dataclass(slots=True)
class Recording(Narrator):
    """Tells as the narrator does, and keeps what was told for a program."""

    told: list[dict[str, Any]] = field(default_factory=list)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Announce a step."""
        self._begin(title)
        with Narrator.step(self, title):
            yield

    def heading(self, title: str) -> None:
        """Announce something to look at."""
        self._begin(title)
        Narrator.heading(self, title)

    def say(self, text: str, *, hanging: int = 0) -> None:
        """Print a sentence."""
        self._section()["lines"].append(text)
        Narrator.say(self, text, hanging=hanging)

    def table(self, rows: Iterable[Sequence[object]]) -> None:
        """Print rows in columns."""
        kept = [list(row) for row in rows]
        self._section()["rows"] += kept
        Narrator.table(self, kept)

    def _begin(self, title: str) -> None:
        self.told.append({"title": title, "lines": [], "rows": []})

    def _section(self) -> dict[str, Any]:
        if not self.told:
            self._begin("")
        return self.told[-1]


@contextmanager
def _told(narrator: Recording, voice: Voice) -> Iterator[None]:
    """Let the narrator speak to people, and a program have the whole at the end."""
    try:
        if voice.as_json:
            with redirect_stdout(sys.stderr):
                yield
        else:
            yield
    except _STOPS as error:
        raise StoppedError(str(error)) from error
    voice.document(
        {
            "sections": narrator.told,
            "seconds": dict(narrator.durations),
            "missing": narrator.missing,
        }
    )


def _asked(path: Path, voice: Voice) -> str:
    """A key that the token server takes: said in seconds, not after the whole demo."""
    checked = read_key_file(path)
    voice.progress(f"{path} holds {checked.seen}")
    with voice.waiting("Asking the token server"):
        ask_for_token(checked)
    return checked.text


def _stop(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
