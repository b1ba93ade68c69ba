"""A copy of the tree in the form that mutmut wants: the package at the top, settings beside it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[3]

# Where the promises are kept that no other layer would notice to be broken.
MUTATED: Final = (
    "mpl_export/version.py",
    "mpl_export/model.py",
    "mpl_export/instants.py",
    "mpl_export/checkpoint.py",
    "mpl_export/evidence.py",
    "mpl_export/checkpoint_item.py",
    "mpl_export/dynamo_checkpoint.py",
    "mpl_export/dynamo_item.py",
    "mpl_export/archive/*.py",
    "mpl_export/exporter/planning.py",
    "mpl_export/exporter/export.py",
    "mpl_export/exporter/committer.py",
    "mpl_export/sealing/*.py",
    "mpl_export/tenant/logs/paging.py",
    "mpl_export/tenant/logs/stretch.py",
    "mpl_export/tenant/logs/walking.py",
    "mpl_export/tenant/logs/rows.py",
    "mpl_export/tenant/logs/columns.py",
    "operate/verify/*.py",
)
# What judges: the fast tests of these, the contracts of the two stores, kills at every step, and
# every way to tamper with an archive.
JUDGES: Final = (
    "unit/test_version.py",
    "unit/test_model.py",
    "unit/test_instants.py",
    "unit/test_checkpoint.py",
    "unit/test_checkpoint_item.py",
    "unit/test_dynamo_checkpoint.py",
    "unit/test_dynamo_item.py",
    "unit/test_evidence.py",
    "unit/archive",
    "unit/exporter",
    "unit/operate/verify",
    "unit/sealing",
    "unit/tenant/logs/test_paging.py",
    "unit/tenant/logs/test_paging_questions.py",
    "unit/tenant/logs/test_stretch.py",
    "unit/tenant/logs/test_rows.py",
    "unit/tenant/logs/test_columns.py",
    "unit/tenant/logs/test_typed_rows.py",
    "unit/tenant/logs/test_unreadable.py",
    "unit/tenant/logs/test_walking.py",
    "unit/tenant/logs/test_open_logs.py",
    "contract/test_arrivals.py",
    "contract/test_checkpoints.py",
    "contract/test_objects.py",
    "integration/test_killed_anywhere.py",
    "integration/test_sealer_killed_anywhere.py",
    "integration/test_tamper_matrix.py",
)

_SETTINGS: Final = r"""[mutmut]
source_paths=
    mpl_export
    operate
only_mutate=
    {mutated}
also_copy=
    docs
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
# A mutant has the time of its tests, and a minute: on a busy machine tests begin late, and judges
# that did not come to it would pass for a mutant that was noticed.
timeout_multiplier=1
timeout_constant=60
# Every hunt begins anew.
track_dependencies=false
use_git_change_detection=false
"""


def copy_tree(tree: Path) -> None:
    """Put what mutmut needs into an empty folder."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "functions" / "mpl_export", tree / "mpl_export", ignore=ignore)
    for folder in ("tests", "operate", "docs"):
        shutil.copytree(PROJECT / folder, tree / folder, ignore=ignore)
    shutil.copy(PROJECT / "pyproject.toml", tree)
    (tree / "setup.cfg").write_text(
        _SETTINGS.format(
            mutated="\n    ".join(MUTATED),
            judges="\n    ".join(f"tests/{each}" for each in JUDGES),
        )
    )
    shutil.copy(Path(__file__).with_name("shared_emulator.py"), tree / "tests/contract/conftest.py")
