"""Data Docs: what Great Expectations found, as pages that read without a network.

Belongs here: the pages. The content of each is rendered by Great Expectations; the frame is ours
(`pages/`), because its own loads style, icons and scripts from six public hosts and draws its
index by script. No value of the data is shown: the pages are published beside public tables.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from expectations.adapter import import_great_expectations
from expectations.model import SuiteResult

_PAGES = Path(__file__).with_name("pages")


def build_data_docs(results: Sequence[SuiteResult], docs_dir: Path) -> Path:
    """Write `index.html` and a page per suite into the folder and return the index.

    Pages of suites that are not among the results are removed; anything else is left alone.
    """
    import_great_expectations()
    from great_expectations.render.view import DefaultJinjaPageView

    view = DefaultJinjaPageView(custom_views_directory=str(_PAGES))
    style = (_PAGES / "style.css").read_text(encoding="utf-8")
    docs_dir.mkdir(parents=True, exist_ok=True)
    for old in docs_dir.glob("suite-*.html"):
        old.unlink()
    for result in results:
        html = view.render(
            _document(result),
            template=_PAGE_TEMPLATE,
            heading=f"{result.name}: {result.table}",
            style=style,
        )
        (docs_dir / _page(result)).write_text(html, encoding="utf-8")
    index = docs_dir / "index.html"
    index.write_text(
        view.env.get_template(_INDEX_TEMPLATE).render(
            suites=[_summary(result) for result in results], style=style
        ),
        encoding="utf-8",
    )
    return index


# Great Expectations looks in its own templates first, so the names must not be among them.
_PAGE_TEMPLATE = "leadpact_page.j2"
_INDEX_TEMPLATE = "leadpact_index.j2"


def _document(result: SuiteResult) -> Any:
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer().render(result.validation)
    overview = document.sections[0].content_blocks[0]
    # The suite's name links to a page of the original site that is not built.
    del overview.subheader.string_template["styling"]["params"]["expectation_suite_name"]
    return document


def _page(result: SuiteResult) -> str:
    return f"suite-{re.sub('[^A-Za-z0-9_]+', '-', f'{result.name}-{result.table}')}.html"


def _summary(result: SuiteResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "table": result.table,
        "page": _page(result),
        "blocking": result.blocking,
        "evaluated": sum(row.period is None for row in result.results),
        "failed": len(result.failures),
    }
