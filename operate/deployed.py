"""A stack as it is deployed: its outputs, parameters and resources."""

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from operate.account import Account, asking
from operate.endings import StoppedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One stack of this project.

    Attributes:
        name: The stack's name.
        status: CloudFormation's word for how it is, such as ``UPDATE_COMPLETE``.
        outputs, parameters: Values by name.
    """

    account: Account
    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    @classmethod
    def find(cls, account: Account, name: str) -> "Deployed":
        """Look for a stack that has to be there.

        Raises:
            StoppedError: It is not, or is none of ours.
        """
        found = cls.look(account, name)
        if found is None:
            raise StoppedError(
                f"there is no stack {name} in {account.region} of account {account.id}"
                f"{_others(account)}; name it by --stack (make: STACK=...), or make deploy"
            )
        if "ExporterFunction" not in found.outputs:
            raise StoppedError(
                f"the stack {name} ({found.status}) has no output ExporterFunction: it is no stack "
                "of this project, or its deployment did not succeed"
            )
        return found

    @classmethod
    def look(cls, account: Account, name: str) -> "Deployed | None":
        """Look for a stack that may be there.

        Raises:
            StoppedError: AWS does not say.
        """
        cloudformation = account.client("cloudformation")
        with asking("cloudformation:DescribeStacks", f"look for the stack {name}"):
            try:
                stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as error:
                if "does not exist" in error.response.get("Error", {}).get("Message", ""):
                    return None
                raise
        return cls(
            account=account,
            name=name,
            status=stack["StackStatus"],
            outputs={
                each["OutputKey"]: each["OutputValue"]
                for each in stack.get("Outputs", [])
                if "OutputKey" in each and "OutputValue" in each
            },
            parameters={
                each["ParameterKey"]: each["ParameterValue"]
                for each in stack.get("Parameters", [])
                if "ParameterKey" in each and "ParameterValue" in each
            },
        )

    def resources(self) -> dict[str, tuple[str, str]]:
        """Type and physical id of every resource, by logical id.

        Raises:
            StoppedError: AWS does not say.
        """
        with asking("cloudformation:ListStackResources", f"list what {self.name} is made of"):
            pages = (
                self.account.client("cloudformation")
                .get_paginator("list_stack_resources")
                .paginate(StackName=self.name)
            )
            return {
                each["LogicalResourceId"]: (
                    each["ResourceType"],
                    each.get("PhysicalResourceId", ""),
                )
                for page in pages
                for each in page["StackResourceSummaries"]
            }

    @property
    def tenant(self) -> str:
        """The tenant that it exports."""
        return self.parameters.get("TenantName", "")


def _others(account: Account) -> str:
    """The stacks of this project that are there, to be named beside the one that is not."""
    with asking("cloudformation:DescribeStacks", "list stacks"):
        pages = account.client("cloudformation").get_paginator("describe_stacks").paginate()
        names = sorted(
            stack["StackName"]
            for page in pages
            for stack in page["Stacks"]
            if any(each.get("OutputKey") == "ExporterFunction" for each in stack.get("Outputs", []))
        )
    return f" (there is {', '.join(names)})" if names else ""
