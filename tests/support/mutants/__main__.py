"""Break the core in every small way, and see whether a test notices (``make mutants``).

mutmut changes one function at a time (a comparison, a number, an argument) and lets the tests
judge that call it.  It works on a copy of the tree, so nothing here is touched.  What survives has
to stand in ``survivors.toml`` with a reason; any other survivor fails the hunt.

Not looked at, as mutmut cannot change it: constants of modules, and functions with a decorator
(properties, context managers).
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from operate.emulated.emulator import Emulator
from tests.support.mutants.copied_tree import copy_tree
from tests.support.mutants.judges_in_order import SLOW_TOO
from tests.support.mutants.shared_emulator import ENDPOINT
from tests.support.mutants.survivors import read_reasons, survivor

if TYPE_CHECKING:
    from tests.support.mutants.survivors import Mutant

TOOLS: Final = Path(sys.prefix) / "bin"
RUN_SECONDS: Final = 2 * 60 * 60
# A broken loop may eat all there is before its time is up.
MEMORY_BYTES: Final = 6 * 1024**3

# A test failed, or pytest broke, or the time was up (mutmut sends the one signal, then the other).
KILLED: Final = frozenset({1, 3, -signal.SIGXCPU, -signal.SIGKILL})


def main(patterns: list[str]) -> int:
    """Hunt all mutants, or those whose names fit a pattern, such as ``*walking*``."""
    reasons = read_reasons()
    with (
        tempfile.TemporaryDirectory(prefix="mpl-export-mutants-") as scratch,
        Emulator.start() as emulator,
    ):
        tree = Path(scratch)
        copy_tree(tree)
        os.nice(10)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        # mutmut hands the tests on in the order of a set; each hunt has the same one.
        environment = os.environ | {ENDPOINT: emulator.endpoint_url, "PYTHONHASHSEED": "0"}
        whole = _hunt(tree, patterns, environment)
        survivors = _survivors(tree)
        doubtful = [name for name, mutant in survivors.items() if mutant not in reasons]
        if whole and doubtful:
            print(f"\n{len(doubtful)} are left to the slow tests")
            whole = _hunt(tree, doubtful, environment | {SLOW_TOO: "1"})
            survivors = _survivors(tree)
        tried = [fate for fate in _fates(tree).values() if fate is not None]
    if not whole:
        print("the hunt was broken off")
        return 1
    killed = sum(fate in KILLED for fate in tried)
    print(f"\n{killed} of {len(tried)} mutants were killed; {len(survivors)} survived:\n")
    return _report(set(survivors.values()), reasons, whole=not patterns)


def _hunt(tree: Path, names: list[str], environment: dict[str, str]) -> bool:
    """Run mutmut; whether it came to its end."""
    children = str(os.cpu_count() or 1)
    with subprocess.Popen(
        [TOOLS / "mutmut", "run", "--max-children", children, *names],
        cwd=tree,
        env=environment,
        start_new_session=True,
    ) as mutmut:
        try:
            return mutmut.wait(RUN_SECONDS) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):
                os.killpg(mutmut.pid, signal.SIGKILL)


def _survivors(tree: Path) -> dict[str, Mutant]:
    """The mutants that were tried and not killed, by mutmut's name."""
    return {
        name: survivor(_mutmut(tree, "show", name))
        for name, fate in _fates(tree).items()
        if fate not in {*KILLED, None}
    }


def _fates(tree: Path) -> dict[str, int | None]:
    """How the judges of each mutant ended, by its name; None if it was not tried."""
    return {
        name: ended
        for meta in (tree / "mutants").rglob("*.py.meta")
        for name, ended in json.loads(meta.read_text())["exit_code_by_key"].items()
    }


def _mutmut(tree: Path, *arguments: str) -> str:
    return subprocess.run(
        [TOOLS / "mutmut", *arguments], cwd=tree, check=True, capture_output=True, text=True
    ).stdout


def _report(survivors: set[Mutant], reasons: dict[Mutant, str], *, whole: bool) -> int:
    for mutant in sorted(survivors):
        print(f"{mutant}  {reasons.get(mutant, 'NO REASON IS GIVEN')}\n")
    if whole:
        for mutant in sorted(reasons.keys() - survivors):
            print(f"{mutant}  is listed as a survivor, but was killed or is no more\n")
    unreasoned = len(survivors - reasons.keys())
    print(f"{unreasoned} survived without a reason in tests/support/mutants/survivors.toml")
    return 1 if unreasoned else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
