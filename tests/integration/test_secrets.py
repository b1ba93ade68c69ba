"""No secret is written anywhere, also with every logger at DEBUG, as the fault matrix is played.

``SecretWatch`` looks over every cell of the matrix; here it is shown to see what it looks for.
"""

import logging
from pathlib import Path

import pytest

from operate.emulated.emulator import Emulator
from tests.support.exporter.secret_watch import SecretWatch, key_material, leaks
from tests.support.faults.aws_fault_world import AwsSide
from tests.support.faults.fault_calls import memory_world
from tests.support.faults.fault_wire import MemorySecret


@pytest.mark.parametrize("what", ["key", "token"])
@pytest.mark.parametrize("where", ["log", "print", "error", "file"])
def test_the_watch_sees_what_it_looks_for(
    what: str, where: str, watch: SecretWatch, tmp_path: Path
) -> None:
    """A watch that is blind would let every cell of the matrix pass."""
    world = memory_world()
    assert isinstance(world.secret, MemorySecret)
    secret = min(key_material(world.secret.text)) if what == "key" else ""
    secret = secret or world.tenant.issue_token()

    def write() -> None:
        with watch.over(world):
            if where == "log":
                logging.getLogger("any").debug("here: %s", secret)
            elif where == "print":
                print(secret)  # noqa: T201
            elif where == "error":
                error = RuntimeError("outer")
                error.__cause__ = ValueError(secret)
                watch.note(error)
            else:
                (tmp_path / "left").write_text(secret)

    with pytest.raises(AssertionError):
        write()


@pytest.mark.emulator
def test_the_secret_is_not_logged_even_at_debug(aws: Emulator, watch: SecretWatch) -> None:
    """Botocore logs answers whole at DEBUG; our clients see to it that it is never asked to.

    That it would is shown as well, or this test would prove nothing.
    """
    side = AwsSide.make(aws)
    world = side.world()
    runs = key_material(world.secret.current())
    log = logging.getLogger("botocore")
    pinned = log.level

    with watch.over(world):
        world.secret.current()
    assert leaks(watch.written.getvalue(), runs) == []
    with watch.over(world):
        log.setLevel(logging.DEBUG)
        try:
            world.secret.current()
        finally:
            log.setLevel(pinned)

    assert runs
    assert pinned >= logging.INFO
    assert leaks(watch.written.getvalue(), runs) != []
