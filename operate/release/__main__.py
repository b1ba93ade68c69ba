"""``python -m operate.release <build> <target>``: fill a folder with a release."""

import sys
from pathlib import Path

from mpl_export import __version__
from operate.release.making import make


def main(build: str, target: str) -> None:
    """Make the release and say what it is made of."""
    sys.stdout.write(f"Release {__version__}, in {target}:\n")
    for path in make(Path(build), Path(target)):
        sys.stdout.write(f"{path.stat().st_size:>14,}  {path.name}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
