"""A copy of the tree in the form that mutmut wants: the package at the top, settings beside it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[3]

# Where the promises are kept that no other layer would notice to be broken.
FUNCTIONS: Final = (
    "version.py",
    "model.py",
    "instants.py",
    "checkpoint.py",
    "evidence.py",
    "archive/*.py",
    "exporter/planning.py",
    "exporter/export.py",
    "exporter/committer.py",
    "tenant/logs/paging.py",
    "tenant/logs/stretch.py",
    "tenant/logs/walking.py",
    "tenant/logs/rows.py",
    "tenant/logs/columns.py",
)
# What judges: the fast tests of these, the contracts of the two stores, and kills at every step.
JUDGES: Final = (
    "unit/test_version.py",
    "unit/test_model.py",
    "unit/test_instants.py",
    "unit/test_checkpoint.py",
    "unit/test_evidence.py",
    "unit/archive",
    "unit/exporter",
    "unit/tenant/logs/test_paging.py",
    "unit/tenant/logs/test_paging_questions.py",
    "unit/tenant/logs/test_stretch.py",
    "unit/tenant/logs/test_rows.py",
    "unit/tenant/logs/test_columns.py",
    "unit/tenant/logs/test_unreadable.py",
    "unit/tenant/logs/test_walking.py",
    "unit/tenant/logs/test_open_logs.py",
    "contract/test_checkpoints.py",
    "contract/test_objects.py",
    "integration/test_killed_anywhere.py",
)

_SETTINGS: Final = r"""[mutmut]
source_paths=mpl_export
only_mutate=
    {functions}
pytest_add_cli_args_test_selection=
    {judges}
pytest_add_cli_args=
    -p
    no:cacheprovider
    -p
    tests.support.mutants.judges_in_order
    --timeout=60
    --deselect=tests/contract/test_objects.py::test_more_keys_than_one_answer_holds_are_all_listed
# Lines that are nothing but text: messages, and expressions that DynamoDB would not understand.
do_not_mutate_patterns=^\s*f?"
# Each worker begins where nothing has run: hypothesis refuses to run a test twice in a process.
process_isolation=forkserver
# A mutant has twice the time of its tests, and ten seconds.
timeout_multiplier=1
timeout_constant=5
# Every hunt begins anew.
track_dependencies=false
use_git_change_detection=false
"""


def copy_tree(tree: Path) -> None:
    """Put what mutmut needs into an empty folder."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "functions" / "mpl_export", tree / "mpl_export", ignore=ignore)
    for folder in ("tests", "operate"):
        shutil.copytree(PROJECT / folder, tree / folder, ignore=ignore)
    shutil.copy(PROJECT / "pyproject.toml", tree)
    (tree / "setup.cfg").write_text(
        _SETTINGS.format(
            functions="\n    ".join(f"mpl_export/{each}" for each in FUNCTIONS),
            judges="\n    ".join(f"tests/{each}" for each in JUDGES),
        )
    )
    shutil.copy(Path(__file__).with_name("shared_emulator.py"), tree / "tests/contract/conftest.py")
