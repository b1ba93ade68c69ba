"""What contradicts itself is refused by the deployment, in words, and nothing is created."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from operate.emulated import sam
from operate.emulated.deployment import deploy_stack

if TYPE_CHECKING:
    from operate.emulated.emulator import Emulator

pytestmark = pytest.mark.emulator


def test_subnets_without_security_groups(aws: Emulator, template: sam.LocalTemplate) -> None:
    """Lambda would refuse them too, but as the twentieth resource and without a hint."""
    with pytest.raises(sam.SamError, match="SubnetIds and SecurityGroupIds go together"):
        deploy_stack(aws, template, tenant="refused", parameters={"SubnetIds": "subnet-1"})

    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert "mpl-export-refused" not in {
        each["StackName"] for each in stacks if each["StackStatus"] != "REVIEW_IN_PROGRESS"
    }
