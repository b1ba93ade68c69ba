"""Deploy the whole stack to an emulated AWS, with the parameters that it needs there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operate.emulated import sam
from operate.emulated.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operate.emulated.emulator import Emulator


def deploy_stack(
    aws: Emulator, template: sam.LocalTemplate, *, tenant: str, parameters: Mapping[str, str]
) -> Stack:
    """Deploy a stack for one tenant.

    Args:
        tenant: The tenant's name, which also names the stack.
        parameters: More of the template's parameters; they outrank those set here.

    Raises:
        SamError: The deployment failed.
    """
    outputs = sam.deploy(
        aws,
        template.path,
        stack_name=f"mpl-export-{tenant}",
        parameters={
            "TenantName": tenant,
            "AwsEndpointUrl": aws.endpoint_url,
            "Architecture": sam.host_architecture(),
            # So that the way from a failed message to a subscriber of alarms is tried as well.
            "FailureAlarmActions": "on",
            **parameters,
        },
    )
    return Stack(aws=aws, outputs=outputs, tenant=tenant)
