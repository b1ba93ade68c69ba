"""What Lambda tells a function about an invocation, for handlers that tests invoke themselves."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation that does not end.

    Attributes:
        seconds: How long it may take; its time does not run.
    """

    function_name: str
    seconds: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:any"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the run."""
        return self.seconds * 1000
