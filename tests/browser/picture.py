"""The README's picture: the top of the sample's scorecard. `make picture` runs this.

Belongs here: that picture. The pages are made anew, so that it shows what the code makes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dagster_project.report import rebuild
from dagster_project.settings import Settings
from tests.browser.opening import opened


def main(picture: Path) -> None:
    entry = rebuild(Settings().published_dir).entry
    with opened(os.environ["LEADPACT_BROWSER"]) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1040}, color_scheme="light")
        page.goto(entry.as_uri())
        picture.parent.mkdir(exist_ok=True)
        page.screenshot(path=picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
