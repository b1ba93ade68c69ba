"""In what this tenant differs from others: the open questions of the facts, each a switch.

The defaults are the reading that is harder on a client.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from operate.sap_tenant.moments import Shown


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """Switches of one tenant; a test may turn them at any time.

    Attributes:
        shown: How true microseconds become the milliseconds that rows show.
        with_predecessor: Rows and $metadata have ``PredecessorMessageGuid`` (newer tenants).
        page_cap: The most rows of one answer; a larger $top is cut to it silently.
        next_on_full_page: A page that is full carries ``__next`` even if nothing follows.
        tie_order: Rows of one instant come in an order that means nothing; "shuffle" takes
            another one at every request.
        heeds_order: $orderby is understood; if not, rows come in the order of their creation.
        counts: $inlinecount is understood; if not, answers have no count.
        refuse_select: Every $select is a 400.
        refuse_metadata: $metadata answers this status; None serves the document.
        null_dates: ``LogEnd eq null`` is understood.
        date_offset: Dates read ``/Date(1+0000)/``.
        text_booleans: Booleans of rows are the texts "true" and "false".
        no_error_status: The answer for an error text that does not exist: 404 or 204.
        longest_target: Characters of a request target above which the answer is 414.
        gzip: Compress bodies for clients that accept it.
        clock_offset: How far the ``Date`` header is ahead of the tenant's own clock.
        metadata_age: Before the tenant stands a cache, which shows a $metadata that is so old.
        tells_age: That cache says so in ``Age``.
        token_lifetime: How long a token is accepted; ``expires_in`` says a second less.
        announce_lifetime: Answers with a token have ``expires_in``.
        token_latency: How long the token endpoint takes (only over sockets).
    """

    shown: Shown = "rounded"
    with_predecessor: bool = True
    page_cap: int = 1000
    next_on_full_page: bool = True
    tie_order: Literal["stable", "shuffle"] = "stable"
    heeds_order: bool = True
    counts: bool = True
    refuse_select: bool = False
    refuse_metadata: int | None = None
    null_dates: bool = False
    date_offset: bool = False
    text_booleans: bool = False
    no_error_status: Literal[204, 404] = 404
    longest_target: int = 16_000
    gzip: bool = True
    clock_offset: timedelta = timedelta(0)
    metadata_age: timedelta = timedelta(0)
    tells_age: bool = True
    token_lifetime: timedelta = timedelta(hours=12)
    announce_lifetime: bool = True
    token_latency: timedelta = timedelta(0)
