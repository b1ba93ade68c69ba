"""A request for logs, understood: which rows, in which order, how many, and what of them."""

import re
from dataclasses import dataclass
from typing import Final

from operate.sap_tenant.behaviour import Behaviour
from operate.sap_tenant.filter_plan import EVERYTHING, Plan, plan_filter
from operate.sap_tenant.odata_errors import refused
from operate.sap_tenant.ordering import UNORDERED, Order, parse_order
from operate.sap_tenant.query_string import Options, number_of
from operate.sap_tenant.selection import Selection, parse_selection

_CUSTOM_HEADER: Final = re.compile(r"\s*'((?:[^']|'')+)'\s+eq\s+'((?:[^']|'')*)'\s*")


@dataclass(frozen=True, slots=True)
class Question:
    """What a query string asks for.

    Attributes:
        offset: $skip and $skiptoken together; both are counted from the start of the answer.
        top: As sent; None if it was not.
        custom_header: Name and value that one custom header of a row must have.
    """

    plan: Plan
    order: Order
    offset: int
    top: int | None
    count: bool
    selection: Selection
    custom_header: tuple[str, str] | None


def parse_question(options: Options, behaviour: Behaviour) -> Question:
    """Understand the options of a request for a list of logs.

    Raises:
        ODataError: The tenant would refuse them.
    """
    order = parse_order(options.get("$orderby"))
    return Question(
        plan=plan_of(options, behaviour),
        order=order if behaviour.heeds_order else UNORDERED,
        offset=(number_of(options, "$skiptoken") or 0) + (number_of(options, "$skip") or 0),
        top=number_of(options, "$top"),
        count=_count(options.get("$inlinecount")) and behaviour.counts,
        selection=selection_of(options, behaviour),
        custom_header=_custom_header(options.get("filterCustomHeaderProperties")),
    )


def plan_of(options: Options, behaviour: Behaviour) -> Plan:
    """Plan $filter; a request without one asks for every row."""
    text = options.get("$filter")
    return EVERYTHING if text is None else plan_filter(text, null_dates=behaviour.null_dates)


def selection_of(options: Options, behaviour: Behaviour) -> Selection:
    """Read $select and $expand as this tenant does."""
    select = options.get("$select")
    if select is not None and behaviour.refuse_select:
        raise refused("Invalid system query option: '$select'.")
    return parse_selection(
        select, options.get("$expand"), with_predecessor=behaviour.with_predecessor
    )


def _count(text: str | None) -> bool:
    if text not in {None, "none", "allpages"}:
        raise refused(f"Invalid value: '{text}'.")
    return text == "allpages"


def _custom_header(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    match = _CUSTOM_HEADER.fullmatch(text)
    if match is None:
        raise refused(f"Invalid filter expression: '{text}'.")
    return match[1].replace("''", "'"), match[2].replace("''", "'")
