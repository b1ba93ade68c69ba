"""Run a script as ``__main__``, and leave the most memory that it held in a file.

``python tests/bench/peak.py <file> <script>``.  Standard library only: peers run below it, too.
"""

import atexit
import resource
import runpy
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_kilobytes() -> int:
    """The high-water mark of resident memory.

    Not getrusage where that can be helped: what it tells begins with the memory of the process that
    started this one.
    """
    if not STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # macOS gives bytes
    lines = STATUS.read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


if __name__ == "__main__":
    file = Path(sys.argv[1])
    atexit.register(lambda: file.write_text(str(peak_kilobytes())))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
