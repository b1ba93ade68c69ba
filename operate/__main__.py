"""``python -m operate``."""

import sys

from operate.command import main

if __name__ == "__main__":
    sys.exit(main())
