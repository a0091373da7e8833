from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from expectations import completeness
from expectations.docs import build_data_docs
from expectations.run import run_suites


class _Resources(HTMLParser):
    """Collects what a browser would load, and what a reader could follow."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if value is None:
                continue
            if name in {"src", "srcset", "data", "poster"} or (tag == "link" and name == "href"):
                self.loaded.append(value)
            elif name == "href":
                self.links.append(value)
            elif name.startswith("on"):
                self.tags.add("script")


@pytest.fixture
def docs(warehouse: Path, tmp_path: Path) -> Path:
    with duckdb.connect(str(warehouse)) as connection:
        suites = completeness.suites(connection)
    folder = tmp_path / "data_docs"
    folder.mkdir()
    (folder / "suite-gone.html").write_text("of a suite that is no more")
    run_suites(warehouse, suites, docs_dir=folder)
    return folder


def test_pages_load_nothing_and_run_nothing(docs: Path) -> None:
    pages = sorted(docs.glob("*.html"))
    assert [page.name for page in pages] == [
        "index.html",
        "suite-completeness-intermediate-int_leads_as_handed_over.html",
    ]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = _Resources()
        found.feed(text)
        assert found.loaded == []
        assert "script" not in found.tags
        assert "url(" not in text
        assert "@import" not in text
        assert "://" not in "".join(found.links)
        local = [link for link in found.links if not link.startswith("#")]
        assert all((docs / link).is_file() for link in local)


def test_pages_say_what_was_found_by_field_and_week(docs: Path) -> None:
    index = (docs / "index.html").read_text(encoding="utf-8")
    assert "intermediate.int_leads_as_handed_over" in index
    page = (docs / "suite-completeness-intermediate-int_leads_as_handed_over.html").read_text(
        encoding="utf-8"
    )
    assert "As handed over, the email reads something@something.something" in page
    assert "2026-01-05" in page
    # The second week met its target.
    assert "2026-01-12" not in page


def test_pages_show_no_value_of_a_lead(docs: Path) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in docs.glob("*.html"))
    for value in ("a@x.io", "c d@x.io", "e@@x.io", "b@x", "Ann"):
        assert value not in text


def test_results_of_several_runs_make_one_set_of_pages(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        suites = completeness.suites(connection)
    first, second = run_suites(warehouse, suites), run_suites(warehouse, suites)
    index = build_data_docs([*first, *second], tmp_path / "both" / "docs")
    assert index.read_text(encoding="utf-8").count("suite-completeness") == 2
