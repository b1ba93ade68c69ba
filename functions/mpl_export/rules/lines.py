"""In which line of a TOML file something stands: its reader keeps no places."""

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([A-Za-z0-9_-]+))(?:\s*\.\s*[\w-]+)*\s*="""
)
_LONG_TEXT = re.compile(r"'''|\"\"\"")


class Lines:
    """Where the tables and keys of a file stand; lines begin at 1."""

    def __init__(self, text: str) -> None:
        self._tables: dict[str, list[int]] = {}
        self._keys: dict[tuple[str, int, str], int] = {}
        table, within = "", False
        for number, line in enumerate(text.splitlines(), 1):
            was_within = within
            within ^= len(_LONG_TEXT.findall(line)) % 2 == 1
            if was_within:
                continue
            if header := _HEADER.match(line):
                path = header[2].split(".")
                table = path[0]
                if len(path) == 1:
                    self._tables.setdefault(table, []).append(number)
                else:
                    self._note(table, path[1], number)
            elif key := _KEY.match(line):
                self._note(table, key[1] or key[2] or key[3] or "", number)

    def _note(self, table: str, key: str, number: int) -> None:
        self._keys.setdefault((table, len(self._tables.get(table, ())), key), number)

    def of(self, table: str, index: int = 0, key: str = "") -> int:
        """The line of a key of the ``index``-th table of a name, or of that table; else 1."""
        tables = self._tables.get(table, [])
        of_table = tables[index] if index < len(tables) else 1
        numbered = index + 1 if table and tables else 0
        return self._keys.get((table, numbered, key), of_table)
