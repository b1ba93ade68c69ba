"""The report as people see it: in Debian's chromium, on a desk, on a phone, in the dark, on paper.

The pictures lie in ``.run/report/`` afterwards, to be looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mpl_export.instants import iso_instant
from operate.command import main
from operate.endings import Ending
from tests.bench.month_archive import fill
from tests.support.operators.browser import Browser
from tests.support.operators.written_archive import WrittenArchive, shown_row

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = Path(".run/report")
UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOGS = 8_000
LARGEST = 3_000_000
HOSTILE = '</pre></td><script>document.title="taken"</script><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on a month with all that a report can show, hostile texts included."""
    folder = tmp_path_factory.mktemp("archive")
    fill(folder, LOGS, UNTIL)
    archive = WrittenArchive(folder)
    for number in range(30):
        archive.hold(
            shown_row(
                number,
                UNTIL - timedelta(hours=number + 1),
                status="FAILED",
                artifact=f"Flow_{'x' * 90}_{HOSTILE}",
                Sender=HOSTILE,
                Receiver='"><svg onload=alert(2)>',
                AlternateWebLink="javascript:alert(3)",
            ),
            error_text=f"{HOSTILE} {'longwordwithoutanyblank' * 40} \u202e{{{{ 7 * 7 }}}}",
        )
    for window in list(archive._lines):
        archive._numbers[window] = 900
    archive.write()
    out = tmp_path_factory.mktemp("report") / "report.html"
    words = ["report", "--dir", str(folder), "--until", iso_instant(UNTIL), "--out", str(out)]
    assert main(words) == Ending.WELL
    return out


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all of them."""
    with Browser.run(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "width", "look"),
    [
        ("desk", 1280, {}),
        ("dark", 1280, {"scheme": "dark"}),
        ("phone", 360, {}),
        ("phone-dark", 360, {"scheme": "dark"}),
        ("paper", 794, {"media": "print"}),
    ],
)
def test_the_report_is_shown_without_complaint_or_overflow(
    report: Path, browser: Browser, name: str, width: int, look: dict[str, str]
) -> None:
    """No error, no request but for the file itself, and nothing beyond the screen's edge."""
    browser.open(report, width=width, height=900, **look)
    browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")

    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = false)")
    browser.screenshot(PICTURES / f"{name}.png")
    browser.screenshot(PICTURES / f"{name}-whole.png", whole=True)
    assert browser.complaints == []
    own = (report.absolute().as_uri(), "data:")
    assert [each for each in browser.requests if not each.startswith(own)] == []


def test_the_dark_scheme_is_dark_and_texts_can_be_read_in_both(
    report: Path, browser: Browser
) -> None:
    """A page that is white at night is a page that nobody opens."""
    shades = {}
    for scheme in ("light", "dark"):
        browser.open(report, width=1280, height=900, scheme=scheme)
        shades[scheme] = browser.evaluate(
            "['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name]"
            ".match(/[0-9]+/g).map(Number).reduce((a, b) => a + b) / 3)"
        )

    for paper, ink in shades.values():
        assert abs(paper - ink) > 150
    assert shades["light"][0] > 200
    assert shades["dark"][0] < 60


def test_texts_of_the_tenant_stay_texts(report: Path, browser: Browser) -> None:
    """A partner who writes HTML into an error must not run anything in the lead's browser."""
    browser.open(report, width=1280, height=900)

    assert browser.evaluate("document.title").startswith("acme")
    assert browser.evaluate("document.querySelectorAll('script, img, iframe').length") == 0
    assert browser.evaluate("document.querySelectorAll('[onload], [onerror]').length") == 0
    links = "[...document.querySelectorAll('a')].map(each => each.getAttribute('href'))"
    assert all(each.startswith(("#", "https://")) for each in browser.evaluate(links))
    assert HOSTILE in browser.evaluate("document.body.textContent")
    assert "{{ 7 * 7 }}" in browser.evaluate("document.body.textContent")


def test_every_plot_has_a_name_and_a_table_behind_it(report: Path, browser: Browser) -> None:
    """Who cannot see a bar reads the numbers."""
    browser.open(report, width=1280, height=900)
    plots = "[...document.querySelectorAll('.plot')]"

    assert browser.evaluate(f"{plots}.length") == 3
    assert browser.evaluate(
        f"{plots}.every(each => each.querySelector('svg[role=img]').getAttribute('aria-label')"
        " && each.closest('section').querySelector('details table'))"
    )
    assert browser.evaluate(
        "[...document.querySelectorAll('table')].every(t => t.querySelector('th'))"
    )


def test_the_page_is_small(report: Path) -> None:
    """It goes by mail."""
    assert report.stat().st_size < LARGEST
