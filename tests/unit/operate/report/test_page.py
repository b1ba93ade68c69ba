"""The page as text; how it looks, the browser tells (``tests/e2e``)."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from operate.report.page import Head, page
from operate.report.period import Period
from tests.unit.operate.report.conftest import DAY, UNTIL

if TYPE_CHECKING:
    from tests.unit.operate.report.conftest import Told

EVIL = "</td></table><script>alert('x')</script><img src=x onerror=\"alert(1)\">"


class Elements(HTMLParser):
    """The elements of a page, and what lies in their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "br", "link", "rect", "line"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It has to be the last one that was opened."""
        if tag not in {"rect", "line"}:
            assert self.open.pop() == tag


def written(told: Told, tenant: str = "acme") -> str:
    """The page about an archive."""
    head = Head(tenant=tenant, place="s3://acme", read="1 part", made=UNTIL)
    return page(head, told.numbers())


def test_every_text_of_the_tenant_is_escaped_wherever_it_stands(told: Told) -> None:
    """Names of artifacts, senders, statuses and errors are what others have typed."""
    told.begin()
    told.row(
        1,
        status="FAILED",
        artifact=EVIL,
        Sender=EVIL,
        Receiver=EVIL,
        AlternateWebLink=f"https://x.example/{EVIL}",
        error_text=f"{EVIL} {{{{ 7 * 7 }}}} {{% raw %}}",
    )
    told.row(2, status=f"PROCESSING{EVIL}", artifact=EVIL)
    told.row(3, status="RETRY", artifact=EVIL, times=30)
    told.row(10, artifact=EVIL + "2", times=30)

    text = written(told, tenant=EVIL)
    found = Elements(text)

    assert not found.open
    assert {"script", "img", "iframe", "object", "base", "form"}.isdisjoint(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    links = [value or "" for name, value in found.attributes if name in {"href", "src"}]
    assert all(link.startswith("#") for link in links)
    assert "&lt;script&gt;" in text
    assert "{{ 7 * 7 }}" in text


def test_the_page_forbids_itself_scripts_and_all_that_lies_elsewhere(told: Told) -> None:
    """A second wall behind the escaping."""
    text = written(told)

    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "url(" not in text
    assert "@import" not in text


def test_what_cannot_be_seen_does_not_move_what_can(told: Told) -> None:
    """Marks of direction in a name would turn the sentence around it."""
    told.row(1, status="FAILED", artifact="evil\u202egnirts", error_text="a\u200bb\x1b[2Jc")

    text = written(told)

    assert not set("\u202e\u200b\x1b") & set(text)


def test_a_link_into_the_monitor_is_shown(told: Told) -> None:
    """One click from the failure to the message."""
    told.row(1, status="FAILED", error_text="boom")

    assert 'href="https://acme.integrationsuite.example:443/shell/' in written(told)


def test_every_section_is_there_in_every_state(told: Told) -> None:
    """Empty, an hour long, or years: a page with all its sections, and no template's error."""
    (told.archive.root / "mpl/v1/tenant=acme").mkdir(parents=True)
    for since in (timedelta(hours=5), 28 * DAY, 400 * DAY, 2_000 * DAY):
        told.period = Period(since=UNTIL - since, until=UNTIL)
        told.folder = told.folder.with_name(f"tables-{since.days}")

        text = written(told)

        sections = re.findall(r'<section id="(\w+)">', text)
        assert sections == [
            "different",
            "volume",
            "failures",
            "durations",
            "delay",
            "open",
            "months",
            "complete",
        ]
        assert re.findall(r'href="#(\w+)"', text) == sections
        assert "not sealed" in text


def test_what_is_different_comes_first(told: Told) -> None:
    """It is what is read on a Monday."""
    told.begin()
    told.row(10, artifact="Stopped", times=20)
    told.row(1, artifact="Other")

    text = written(told)

    assert text.index("silent") < text.index('id="volume"')
