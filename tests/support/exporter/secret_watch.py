"""Watches whether anything secret is written anywhere while something runs."""

import gzip
import io
import logging
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from tests.support.faults.fault_wire import MemorySecret
from tests.support.faults.fault_world import FaultWorld

_RUN = 20
"""Characters of key material in a row that count as a leak."""

_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", re.DOTALL)


def key_material(text: str) -> set[str]:
    """Every run of 20 characters of every private key in a text, without its line breaks."""
    runs: set[str] = set()
    for body in _PEM.findall(text.replace("\\n", "\n")):
        joined = "".join(body.split())
        runs.update(joined[at : at + _RUN] for at in range(len(joined) - _RUN + 1))
        runs.update(
            line[at : at + _RUN]
            for line in body.split()
            for at in range(max(1, len(line) - _RUN + 1))
            if len(line) >= _RUN
        )
    return runs


def leaks(written: str, runs: set[str], secrets: Iterable[str] = ()) -> list[str]:
    """What of the key material or the secrets stands in what was written, however broken."""
    flat = re.sub(r"\\+n|\s", "", written)
    return sorted(secret for secret in {*runs, *secrets} if secret in written or secret in flat)


def all_that_shows(value: object) -> str:
    """What a value shows of itself; of an error, all that hangs on it."""
    shown = [f"{value!r}\n"]
    if isinstance(value, BaseException):
        shown += traceback.format_exception(value)
        seen: BaseException | None = value
        while seen is not None:
            shown.append(f"{seen!r} {seen.args!r} {vars(seen)!r}\n")
            seen = seen.__cause__ or seen.__context__
    return "".join(shown)


@contextmanager
def _every_logger_at_debug() -> Iterator[None]:
    """Let all talk but botocore, whose level is what our clients gave it."""
    loggers = [
        logging.getLogger(),
        *(it for it in logging.root.manager.loggerDict.values() if isinstance(it, logging.Logger)),
    ]
    levels = [(logger, logger.level) for logger in loggers if logger.name != "botocore"]
    for logger, _ in levels:
        logger.setLevel(logging.DEBUG if logger is logging.root else logging.NOTSET)
    try:
        yield
    finally:
        for logger, level in levels:
            logger.setLevel(level)


class SecretWatch:
    """Keeps everything that is written, and can tell whether a secret is in it.

    Attributes:
        key_text: The service key of a world that does not hold it itself.
        written: Logs of every logger at DEBUG, errors with all that hangs on them, reprs.
    """

    def __init__(self, temporary: Path, printed: Callable[[], str]) -> None:
        """Watch.

        Args:
            temporary: The directory for temporary files.
            printed: Gives what was printed since the last call.
        """
        self.written = io.StringIO()
        self.key_text = ""
        self._temporary = temporary
        self._printed = printed

    @contextmanager
    def over(self, world: FaultWorld) -> Iterator[None]:
        """Watch a world; at the end nothing secret may have been written."""
        handler = logging.StreamHandler(self.written)
        handler.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))
        root = logging.getLogger()
        others, root.handlers = root.handlers, [handler]
        world.opened = self.note
        try:
            with _every_logger_at_debug():
                yield
        finally:
            root.handlers = others
        self.note_world(world)
        assert self.leaks(world) == []

    def note(self, value: object) -> None:
        """Keep what a value shows of itself."""
        self.written.write(all_that_shows(value))

    def note_world(self, world: FaultWorld) -> None:
        """Keep what it archived, and what lies in the temporary directory."""
        for key, body in world.bodies().items():
            self.written.write(f"{key}\n")
            plain = gzip.decompress(body) if key.endswith(".gz") else body
            self.written.write(plain.decode())
        self.written.write(orjson.dumps(world.records()).decode())
        for path in self._temporary.rglob("*"):
            self.written.write(f"{path}\n{path.read_text() if path.is_file() else ''}")

    def leaks(self, world: FaultWorld) -> list[str]:
        """What is secret in this world and was written all the same."""
        text = world.secret.text if isinstance(world.secret, MemorySecret) else self.key_text
        self.written.write(self._printed())
        return leaks(self.written.getvalue(), key_material(text), world.tenant.tokens._expiry)
