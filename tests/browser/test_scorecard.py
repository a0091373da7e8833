"""The scorecard as people have it before them: on the wall, on a phone, on paper, by keyboard."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from dagster_project.report import build_scorecard, words
from dagster_project.report.pages import source_page
from tests.browser.opening import DESKTOP, PHONE, Scheme, page_of
from tests.unit.report.publication import HOSTILE, benchmark, publish_by_hand, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# One of every kind; the leads' tables are the widest.
KINDS = [
    "index.html",
    "agenda.html",
    "sources.html",
    "sources/paid_search.html",
    "teams.html",
    "teams/not_routed.html",
    "rejections.html",
    "pipeline.html",
    "trust.html",
    "agreement.html",
    "clauses/speed_to_lead.html",
    "clauses/volume.html",
]


def _unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def plain(text: str) -> str:
    return " ".join(text.replace("\u202f", " ").replace("\u00a0", " ").split())


@pytest.mark.parametrize("name", KINDS)
def test_a_page_asks_for_nothing_and_complains_of_nothing(
    browser: Browser, scorecard: Path, name: str
) -> None:
    with page_of(browser, scorecard / name) as (page, noise):
        _unfold(page)
        page.wait_for_timeout(50)
        assert noise.console == []
        assert [url for url in noise.requests if not url.startswith("data:")] == [
            (scorecard / name).as_uri()
        ]
        blocked = page.evaluate(
            "fetch('https://example.org/').then(() => 'went out', error => error.name)"
        )
        assert blocked == "TypeError"


def test_the_clauses_are_seen_as_they_stand_in_the_marts(
    browser: Browser, scorecard: Path, marts: Any
) -> None:
    rows = marts.execute(
        """
        select side, metric, actual, unit, verdict from marts.rpt_scorecard
        where period = 'week' and is_complete and side <> 'joint' and period_start = (
            select max(period_start) from marts.rpt_scorecard where period = 'week' and is_complete
        )
        order by position
        """
    ).fetchall()
    assert len(rows) == 9
    with page_of(browser, scorecard / "index.html") as (page, _):
        for side in ("marketing", "sales"):
            seen = page.locator(f"section[aria-labelledby={side}] tbody tr")
            expected = [row for row in rows if row[0] == side]
            assert seen.count() == len(expected)
            for place, (_, metric, actual, unit, verdict) in enumerate(expected):
                row = seen.nth(place)
                assert row.locator("a").inner_text() == words.clause(metric)
                cell = plain(row.locator("td").first.inner_text())
                assert cell.startswith(plain(words.measure(actual, unit, "USD")))
                assert cell.endswith(words.VERDICTS[verdict])


def test_both_sides_stand_beside_each_other_alike(browser: Browser, scorecard: Path) -> None:
    with page_of(browser, scorecard / "index.html") as (page, _):
        marketing, sales = (
            page.locator(f"section[aria-labelledby={side}]").evaluate(
                "one => one.getBoundingClientRect().toJSON()"
            )
            for side in ("marketing", "sales")
        )
        for measure in ("y", "width", "height"):
            assert marketing[measure] == pytest.approx(sales[measure], abs=1)


@pytest.mark.parametrize("name", KINDS)
def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, scorecard: Path, name: str) -> None:
    with page_of(browser, scorecard / name, size=PHONE) as (page, _):
        _unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_no_fault(
    browser: Browser, scorecard: Path, name: str, size: tuple[int, int], scheme: Scheme
) -> None:
    """Contrast by WCAG AA, names, roles, headings, order of focus, language and the rest."""
    with page_of(browser, scorecard / name, size=size, scheme=scheme) as (page, _):
        _unfold(page)
        found = Axe().run(page).response["violations"]
        assert [
            (fault["id"], [node["html"][:120] for node in fault["nodes"][:3]]) for fault in found
        ] == []


@pytest.mark.parametrize("name", ["index.html", "agenda.html", "clauses/fit.html"])
def test_everything_is_reached_and_seen_by_keyboard(
    browser: Browser, scorecard: Path, name: str
) -> None:
    with page_of(browser, scorecard / name) as (page, _):
        wanted = page.locator("a[href], summary, [tabindex='0']").evaluate_all(
            "all => all.filter(one => one.checkVisibility()).length"
        )
        outlined = 0
        for _step in range(wanted):
            page.keyboard.press("Tab")
            outlined += page.evaluate(
                """() => {
                    const one = document.activeElement, style = getComputedStyle(one);
                    const isNew = one !== document.body && !one.dataset.reached;
                    one.dataset.reached = 'yes';
                    return isNew && parseFloat(style.outlineWidth) >= 2 ? 1 : 0;
                }"""
            )
        assert outlined == wanted


def test_the_first_key_leads_to_the_content(browser: Browser, scorecard: Path) -> None:
    with page_of(browser, scorecard / "index.html") as (page, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.locator(".skip").evaluate("one => one.getBoundingClientRect().x") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


def test_charts_follow_light_and_dark_and_have_names(browser: Browser, scorecard: Path) -> None:
    colours = set()
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        with page_of(browser, scorecard / "clauses/fit.html", scheme=scheme) as (page, _):
            chart = page.locator("svg.chart")
            assert "Fit by week, with target" in (chart.get_attribute("aria-label") or "")
            line = chart.locator(".mark-line path").last
            colours.add(line.evaluate("one => getComputedStyle(one).stroke"))
    assert len(colours) == 2


@pytest.mark.parametrize(("paper", "size"), [("A4", (595, 842)), ("Letter", (612, 792))])
def test_paper_has_its_size_and_both_sides_on_the_first_sheets(
    browser: Browser, scorecard: Path, paper: str, size: tuple[int, int]
) -> None:
    for name, most in (("index.html", 4), ("agreement.html", 4)):
        with page_of(browser, scorecard / name, scheme="dark") as (page, _):
            printed = page.pdf(format=paper)
            boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", printed)
            for width, height in boxes:  # browsers round to whole pixels
                assert (float(width), float(height)) == pytest.approx(size, abs=1.5)
            assert 1 <= len(boxes) <= most
            page.emulate_media(media="print", color_scheme="dark")
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == "rgb(255, 255, 255)"
            assert not page.locator("nav").is_visible()


def test_a_source_named_like_a_script_is_text(browser: Browser, tmp_path: Path) -> None:
    names = [HOSTILE, '"><img src=x onerror=alert(1)>', "</style><script>alert(1)</script>"]
    version = publish_by_hand(
        tmp_path / "published",
        {
            "marts.dim_agreement_provision": settings(),
            "marts.rpt_source_benchmarks": [benchmark(name) for name in names],
        },
    )
    build_scorecard(version)
    for name in names:
        with page_of(browser, version / "scorecard" / source_page(name)) as (page, noise):
            assert page.locator("h1").inner_text() == name
            assert page.title().startswith(name)
            assert (noise.dialogs, noise.console) == ([], [])
    with page_of(browser, version / "scorecard" / "sources.html") as (page, noise):
        assert page.locator("tbody th").all_inner_texts() == sorted(names)
        page.locator("tbody a").first.click()
        assert page.locator("h1").inner_text() in names
        assert (noise.dialogs, noise.console) == ([], [])
