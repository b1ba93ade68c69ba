"""A proof that ends before it has begun says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from operate.deploy.answers import Given
from operate.endings import StoppedError
from operate.options import Where
from operate.prove.run import Proof
from operate.voice import Voice
from tests.support.operators.scripted_account import ScriptedAccount, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from botocore.exceptions import ClientError

    from operate.account import Account


def absent() -> ClientError:
    """What CloudFormation says of a stack that is not there."""
    return refusal("ValidationError", "Stack with id mpl-proof does not exist")


def test_a_key_that_is_no_good_leaves_nothing_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who reads that a stack is still there goes looking for what it costs."""
    account = ScriptedAccount()
    account.tell("cloudformation.describe_stacks", absent())
    proof = Proof(
        cast("Account", account),
        Where(stack="mpl-proof", region=None, profile=None),
        Given(tenant="proof", mail="", key_file=str(tmp_path / "none.json"), values={}),
        Voice(as_json=True),
        asks=False,
    )

    with pytest.raises(StoppedError, match="there is no file"):
        proof.carry_out()

    told = capsys.readouterr()
    assert proof.left == []
    assert "still there" not in told.err
    assert told.out == ""  # a program is told by the error's own document, and by no other
