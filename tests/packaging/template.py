"""The template as CloudFormation would read it: parameters put in, conditions decided."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT: Final = Path(__file__).parents[2]

Json = dict[str, Any]

_PSEUDO: Final = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackName": "the-stack",
    "AWS::URLSuffix": "amazonaws.com",
}
_NOTHING: Final = object()


class _Loader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms (``!Ref x`` is ``{"Ref": "x"}``)."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> Json:
    value: object
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"!{suffix} of a mapping")
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


@cache
def load(path: Path = PROJECT / "template.yaml") -> Json:
    """Read a template as it is written; once, so nobody may change it."""
    template: Json = yaml.load(path.read_text(), Loader=_Loader)  # noqa: S506  # a SafeLoader
    return template


@dataclass(frozen=True, slots=True)
class Stack:
    """What a template says for given parameters.

    A resource is named by its logical id in brackets, ``<Archive>``, an attribute of it
    ``<Archive.Arn>``: enough to see what refers to what.

    Attributes:
        template: The template as it is written.
        parameters: Values of parameters; defaults fill the rest.
    """

    template: Json
    parameters: Mapping[str, str] = field(default_factory=dict)

    def resources(self, kind: str = "") -> dict[str, Json]:
        """List the resources that would exist, by logical id; of one type, if it is named."""
        return {
            name: self._resolved(resource)
            for name, resource in self.template["Resources"].items()
            if resource["Type"].endswith(kind)
            and ("Condition" not in resource or self._holds(resource["Condition"]))
        }

    def properties(self, name: str) -> Json:
        """Look up what a resource is made of."""
        properties: Json = self.resources()[name]["Properties"]
        return properties

    def outputs(self) -> dict[str, str]:
        """Look up the values of the outputs."""
        return {
            name: self._resolved(output["Value"])
            for name, output in self.template["Outputs"].items()
            if "Condition" not in output or self._holds(output["Condition"])
        }

    def refusals(self) -> list[str]:
        """What CloudFormation says to the parameters before it creates anything: broken rules."""
        return [
            each["AssertDescription"]
            for rule in self.template["Rules"].values()
            if "RuleCondition" not in rule or self._holds(rule["RuleCondition"])
            for each in rule["Assertions"]
            if not self._holds(each["Assert"])
        ]

    def _parameter(self, name: str) -> str:
        declared = self.template["Parameters"][name]
        return str(self.parameters.get(name, declared.get("Default", f"<{name}>")))

    def _holds(self, condition: str | Json) -> bool:
        if isinstance(condition, str):
            return self._holds(self.template["Conditions"][condition])
        ((function, argument),) = condition.items()
        match function:
            case "Condition":
                holds = self._holds(argument)
            case "Fn::Not":
                holds = not self._holds(argument[0])
            case "Fn::Or":
                holds = any(self._holds(each) for each in argument)
            case "Fn::And":
                holds = all(self._holds(each) for each in argument)
            case "Fn::Contains":
                values, value = argument
                holds = self._resolved(value) in values
            case "Fn::Equals":
                left, right = (self._resolved(side) for side in argument)
                holds = str(left) == str(right)
            case _:
                raise NotImplementedError(function)
        return holds

    def _resolved(self, node: Any) -> Any:  # noqa: ANN401  # YAML is anything
        if isinstance(node, list):
            return [item for each in node if (item := self._resolved(each)) is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((function, argument),) = node.items()
            if function == "Ref":
                return self._referred(argument)
            if function.startswith("Fn::"):
                return self._function(function, argument)
        return {
            key: value
            for key, each in node.items()
            if (value := self._resolved(each)) is not _NOTHING
        }

    def _referred(self, name: str) -> Any:  # noqa: ANN401
        if name == "AWS::NoValue":
            return _NOTHING
        if name in _PSEUDO:
            return _PSEUDO[name]
        return self._parameter(name) if name in self.template["Parameters"] else f"<{name}>"

    def _function(self, function: str, argument: Any) -> Any:  # noqa: ANN401, PLR0911
        match function:
            case "Fn::If":
                condition, if_true, if_false = argument
                return self._resolved(if_true if self._holds(condition) else if_false)
            case "Fn::GetAtt":
                return f"<{'.'.join(argument)}>"
            case "Fn::Select":
                index, items = argument
                return self._resolved(items)[int(index)]
            case "Fn::Split":
                separator, text = self._resolved(argument)
                return text.split(separator)
            case "Fn::Join":
                separator, texts = self._resolved(argument)
                return separator.join(texts)
            case "Fn::Base64":
                return base64.b64encode(self._resolved(argument).encode()).decode()
            case "Fn::FindInMap":
                name, first, second = self._resolved(argument)
                return self.template["Mappings"][name][first][second]
            case "Fn::Sub":
                text, variables = argument if isinstance(argument, list) else (argument, {})
                return self._substituted(text, self._resolved(variables))
            case _:
                raise NotImplementedError(function)

    def _substituted(self, text: str, variables: Mapping[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in variables:
                return variables[name]
            return f"<{name}>" if "." in name else str(self._referred(name))

        return re.sub(r"\$\{([^}]+)\}", value, text)
