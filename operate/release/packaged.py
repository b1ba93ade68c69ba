"""The template of a release: it names packed code in a bucket instead of folders on a disk."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# A property that names something on this machine's disk, with its value.
_LOCAL: Final = re.compile(r"^( +)(CodeUri|ContentUri|DefinitionUri): ([\w./-]+)$", re.MULTILINE)
_BUILD: Final = re.compile(r"^ +Metadata: \{BuildMethod: .*\}\n", re.MULTILINE)
_BUILT: Final = re.compile(
    r"^  (\w+):\n    Type: AWS::Serverless::(LayerVersion|Function)\n(?:    .*\n)+", re.MULTILINE
)

_ARCHIVES: Final = 3
"""The functions, and their layer for each architecture."""

_PARAMETER: Final = """\
  CodeBucket:
    Description: >-
      The bucket, in the region of the stack, that holds the files of this release below {prefix}
    Type: String
    AllowedPattern: '^[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]$'
    ConstraintDescription: the name (not the ARN) of a bucket.
"""
_GROUP: Final = """\
      - Label: {default: The release}
        Parameters:
          - CodeBucket
"""


@dataclass(frozen=True, slots=True)
class Packaged:
    """The template of a release, and what it wants in the bucket.

    Attributes:
        text: The template.
        built: For each archive the layer or function, by its logical id, that a build makes.
        sources: For each other file its path in the repository, as the template named it.
    """

    text: str
    built: Mapping[str, str]
    sources: Mapping[str, str]


def prefix(release: str) -> str:
    """Where in a bucket the files of a release lie."""
    return f"mpl-export/{release}/"


def packaged(template: str, release: str) -> Packaged:
    """Rewrite the template for a release, as text, so that its comments stay.

    Args:
        template: The template as it lies in the repository.
        release: The release's number.

    Raises:
        ValueError: The template does not look as expected, so nothing may be released of it.
    """
    built: dict[str, str] = {}
    sources: dict[str, str] = {}

    def in_the_bucket(match: re.Match[str], name: str) -> str:
        indent, member = match[1], match[2]
        return f"{indent}{member}: {{Bucket: !Ref CodeBucket, Key: {prefix(release)}{name}}}"

    def code(match: re.Match[str]) -> str:
        def local(found: re.Match[str]) -> str:
            # Functions of one folder are the same code.
            name = match[1] if match[2] == "LayerVersion" else found[3].rstrip("/")
            built.setdefault(f"{name}.zip", match[1])
            return in_the_bucket(found, f"{name}.zip")

        return _BUILD.sub("", _LOCAL.sub(local, match[0]))

    def file(match: re.Match[str]) -> str:
        name = match[3].rsplit("/", 1)[-1]
        sources[name] = match[3]
        return in_the_bucket(match, name)

    text = _LOCAL.sub(file, _BUILT.sub(code, template))
    for heading, added in (
        ("\nParameters:\n", _PARAMETER.format(prefix=prefix(release)) + "\n"),
        ("    ParameterGroups:\n", _GROUP),
        ("\nMetadata:\n", f"  MplExport: {{Release: {release}}}\n"),
    ):
        if text.count(heading) != 1:
            raise ValueError(f"the template has not exactly one {heading.strip()}")
        text = text.replace(heading, heading + added)
    if len(built) < _ARCHIVES or _BUILD.search(text):
        raise ValueError("the template names no code, or something that only a build can make")
    return Packaged(text=text, built=built, sources=sources)
