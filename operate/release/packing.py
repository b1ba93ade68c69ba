"""Archives of code that are the same bytes whenever and wherever they are packed."""

import zipfile
from pathlib import Path
from typing import Final

# The earliest moment that a zip can tell.  Any would do, as long as it is always the same.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_FILE: Final = 0o100644
_PROGRAM: Final = 0o100755


def pack(folder: Path, target: Path) -> None:
    """Pack the files of a folder, in order of their names, without times, owners and links.

    Args:
        folder: What to pack; its own name is no part of the archive.
        target: The archive to write.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if not path.is_file():
                continue
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, also where it is packed on something else
            mode = _PROGRAM if path.stat().st_mode & 0o100 else _FILE
            entry.external_attr = mode << 16
            archive.writestr(entry, path.read_bytes())
