"""What the page on erasure says of the policy is what the template has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.packaging.template import PROJECT

if TYPE_CHECKING:
    from tests.packaging.template import Stack


def test_the_page_names_the_statements_that_stand_in_the_way(stack: Stack) -> None:
    """All but the one on TLS; each has to be put back, too."""
    page = (PROJECT / "docs" / "erasure.md").read_text()
    (step,) = re.findall(r"\*\*Open the bucket\*\*.*?(?=\n\d\.)", page, re.DOTALL)
    policy = stack.properties("ArchivePolicy")["PolicyDocument"]["Statement"]

    named = set(re.findall(r"`((?:Nothing|Only)\w+)`", step))

    assert named == {each["Sid"] for each in policy} - {"TlsOnly"}
