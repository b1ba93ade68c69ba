"""Fail unless every kind of test ran and none was skipped; reads pytest's JUnit files."""

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

KINDS = ("unit", "contract", "integration", "packaging", "bench", "e2e")

passed = Counter[str]()
skipped: list[str] = []
for results in sorted(Path(sys.argv[1]).glob("*.xml")):
    for case in ET.parse(results).iter("testcase"):  # noqa: S314  # our own file
        kind = case.get("classname", "").split(".")[1]
        if case.find("skipped") is not None:
            skipped.append(f"{case.get('classname')}.{case.get('name')}")
        else:
            passed[kind] += 1

for kind in KINDS:
    print(f"{passed[kind]:6} {kind}")
for name in skipped:
    print(f"skipped: {name}")
if skipped or any(not passed[kind] for kind in KINDS):
    sys.exit("a runner ran nothing, or left something out")
