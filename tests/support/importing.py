"""Imports a module in a process of its own that has no environment, and notes what it does."""

from __future__ import annotations

import subprocess
import sys

from tests.packaging.template import PROJECT

_CODE = """
import importlib, os, sys

def note(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        print(event, args)
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
        print(event, args)

sys.dont_write_bytecode = True
sys.addaudithook(note)
importlib.import_module(sys.argv[1])
"""


def effects_of_importing(module: str) -> str:
    """What a module of the functions does to the outside when it is imported; empty for nothing."""
    done = subprocess.run(
        [sys.executable, "-c", _CODE, module],
        env={"PYTHONPATH": str(PROJECT / "functions")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr
