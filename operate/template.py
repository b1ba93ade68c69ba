"""The template as it lies here: its parameters, and what it wants of the archive's bucket."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from operate.endings import Ending, StoppedError

PROJECT: Final = Path(__file__).parents[1]

type Json = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms (``!Ref x`` is ``{"Ref": "x"}``)."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Json:
    value: object
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


@cache
def template() -> Json:
    """The template of this folder; nobody may change what is given."""
    text = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    content: Json = yaml.load(text, Loader=_Loader)  # noqa: S506  # nosec B506
    return content


def refuse_unless_template(path: Path) -> None:
    """Look into a template that was named, before anything is done with it.

    Raises:
        StoppedError: There is no such file, or it is no template of this project.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # nosec B506
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except yaml.YAMLError:
        reason = "it is no YAML"
    else:
        if isinstance(content, dict) and "ExporterFunction" in content.get("Outputs", {}):
            return
        reason = "it has no output ExporterFunction"
    raise StoppedError(
        f"{path} is no template of this project ({reason}): leave --template out to build one, or "
        "name what sam build or make release has made"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the template, with the rules for its values."""

    name: str
    description: str
    default: str | None
    allowed: tuple[str, ...]
    pattern: str
    least: int | None
    most: int | None
    hint: str
    is_list: bool
    is_number: bool

    def fault(self, value: str) -> str | None:
        """Why the value will not do, in the template's own words; None if it will."""
        if self.allowed and value not in self.allowed:
            return self._fault(f"one of {', '.join(self.allowed)}")
        if self.is_number and not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
            return self._fault("a whole number")
        if self.is_number and not (self.least or 0) <= int(value) <= (self.most or 10**9):
            return self._fault(f"a number from {self.least} to {self.most}")
        values = value.split(",") if self.is_list else [value]
        if self.pattern and not all(re.fullmatch(self.pattern, each) for each in values):
            return self._fault("as the template says")
        return None

    def _fault(self, otherwise: str) -> str:
        return f"{self.name} must be {self.hint.rstrip('.') or otherwise}"


def parameters() -> dict[str, Parameter]:
    """The template's parameters by name."""
    return {
        name: Parameter(
            name=name,
            description=" ".join(str(what.get("Description", "")).split()),
            default=None if "Default" not in what else str(what["Default"]),
            allowed=tuple(map(str, what.get("AllowedValues", ()))),
            pattern=str(what.get("AllowedPattern", "")),
            least=what.get("MinValue"),
            most=what.get("MaxValue"),
            hint=str(what.get("ConstraintDescription", "")),
            is_list=what["Type"] == "CommaDelimitedList",
            is_number=what["Type"] == "Number",
        )
        for name, what in template()["Parameters"].items()
    }


def checked(values: dict[str, str]) -> dict[str, str]:
    """Values for parameters, all of which the template knows and takes.

    Raises:
        StoppedError: One it does not.
    """
    known = parameters()
    for name, value in values.items():
        if name not in known:
            near = [each for each in known if name.lower() in each.lower()]
            raise StoppedError(
                f"the template has no parameter {name}"
                + (f"; is it {' or '.join(near)}?" if near else ": docs/settings.md lists them"),
                Ending.USAGE,
            )
        fault = known[name].fault(value)
        if fault is not None:
            raise StoppedError(fault, Ending.USAGE)
    return values


def archive_policy(bucket_arn: str, *, tenant: str, role_arn: str) -> list[Json]:
    """The statements that the policy of the archive's bucket must hold, for that bucket.

    Args:
        role_arn: The role of the exporter, which alone may write what is the tenant's.
    """
    known = {"Archive.Arn": bucket_arn, "ExporterRole.Arn": role_arn, "TenantName": tenant}

    def resolved(node: Any) -> Any:  # noqa: ANN401 - any node of the template
        if isinstance(node, dict):
            if node.keys() == {"Fn::GetAtt"}:
                return known[node["Fn::GetAtt"]]
            if node.keys() == {"Fn::Sub"}:
                return re.sub(r"\$\{([^}]+)\}", lambda it: known[it[1]], str(node["Fn::Sub"]))
            return {key: resolved(value) for key, value in node.items()}
        if isinstance(node, list):
            return [resolved(each) for each in node]
        return node

    policy = template()["Resources"]["ArchivePolicy"]["Properties"]["PolicyDocument"]
    statements: list[Json] = resolved(policy["Statement"])
    return statements
