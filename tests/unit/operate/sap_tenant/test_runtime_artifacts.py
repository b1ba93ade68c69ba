"""What is deployed at the simulated tenant: shown and refused as by the real one."""

import json
from typing import Any

import pytest

from operate.sap_tenant.caller import Caller, plain
from operate.sap_tenant.tenant import SapTenant

SET = "IntegrationRuntimeArtifacts"


def listed(caller: Caller, query: str = "") -> dict[str, Any]:
    """What ``d`` of an answer holds."""
    answer = caller.get(SET, query)
    assert answer.status == 200, answer.body
    envelope: dict[str, Any] = json.loads(plain(answer))["d"]
    return envelope


def test_a_row_has_the_recorded_shape(tenant: SapTenant, caller: Caller) -> None:
    """Dates as milliseconds, the error behind a link."""
    tenant.artifacts.deploy("Order_to_Cash", "1.0.7")

    [row] = listed(caller)["results"]

    assert row == {
        "__metadata": {
            "id": f"{tenant.root}/{SET}('Order_to_Cash')",
            "uri": f"{tenant.root}/{SET}('Order_to_Cash')",
            "type": "com.sap.hci.api.IntegrationRuntimeArtifact",
        },
        "Id": "Order_to_Cash",
        "Version": "1.0.7",
        "Name": "Order to Cash",
        "Type": "INTEGRATION_FLOW",
        "DeployedBy": "sb-somebody!b1|it!b2",
        "DeployedOn": "/Date(1795356000000)/",
        "Status": "STARTED",
        "ErrorInformation": {
            "__deferred": {"uri": f"{tenant.root}/{SET}('Order_to_Cash')/ErrorInformation"}
        },
    }


def test_options_are_heeded(tenant: SapTenant, caller: Caller) -> None:
    """Order, selection, offset, count and filter."""
    for name in ("B", "A", "C"):
        tenant.artifacts.deploy(name)
    tenant.artifacts.set_status("C", "STOPPED")

    page = listed(caller, "$orderby=Id&$select=Id&$skip=1&$top=1&$inlinecount=allpages")

    assert [row["Id"] for row in page["results"]] == ["B"]
    assert page["results"][0].keys() == {"__metadata", "Id"}
    assert page["__count"] == "3"
    assert "__next" not in page
    stopped = listed(caller, "$filter=Status eq 'STOPPED' or Id eq 'A'")["results"]
    assert {row["Id"] for row in stopped} == {"A", "C"}


def test_a_long_list_comes_in_pages(tenant: SapTenant, caller: Caller) -> None:
    """By an offset, as the logs do."""
    tenant.behaviour.page_cap = 2
    for name in ("A", "B", "C"):
        tenant.artifacts.deploy(name)

    first = listed(caller)
    rest = json.loads(plain(caller.follow(first["__next"])))["d"]

    assert [row["Id"] for row in (*first["results"], *rest["results"])] == ["A", "B", "C"]
    assert "__next" not in rest


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("$select=Id,Owner", "Could not find property with name: 'Owner'."),
        (
            "$filter=DeployedOn eq 'now'",
            "Invalid filter expression: 'DeployedOn eq 'now''.",
        ),
        (
            "$filter=Id eq 'A' and Status eq 'ERROR'",
            "Invalid filter expression: 'Id eq 'A' and Status eq 'ERROR''.",
        ),
        ("$orderby=Owner", "Invalid order by expression: 'Owner'."),
        ("$expand=EntryPoints", "Invalid system query option: '$expand'."),
        ("$top=-1", "Provided value '-1' must not be negative."),
    ],
)
def test_what_the_tenant_does_not_know_is_refused(
    caller: Caller, query: str, sentence: str
) -> None:
    """Rather than answered as if it had not been asked."""
    answer = caller.get(SET, query)

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["message"]["value"] == sentence


def test_an_error_says_why(tenant: SapTenant, caller: Caller) -> None:
    """As JSON, whatever is asked for; there is none for what runs."""
    tenant.artifacts.deploy("A", error=("Script file 'a.groovy' not found",))
    tenant.artifacts.deploy("B")

    said = json.loads(caller.get(f"{SET}('A')/ErrorInformation/$value", accept="*/*").body)

    assert said["message"]["messageId"] == "GenerationFailed"
    assert said["parameter"] == ["Script file 'a.groovy' not found"]
    assert caller.get(f"{SET}('B')/ErrorInformation/$value").status == 404
    assert caller.get(f"{SET}('C')").status == 404
    assert json.loads(caller.get(f"{SET}('B')").body)["d"]["Id"] == "B"


def test_a_role_may_not_cover_them(tenant: SapTenant, caller: Caller) -> None:
    """The logs can be read all the same."""
    tenant.artifacts.closed = True

    assert caller.get(SET).status == 403
    assert caller.get(f"{SET}('A')").status == 403
    assert caller.get("MessageProcessingLogs").status == 200
