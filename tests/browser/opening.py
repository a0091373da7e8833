"""Opening a browser, and pages in it that say what they do.

Belongs here: what tests and the README's picture share. Playwright is imported here alone: only the
environment of `make test-browser` has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]

DESKTOP, PHONE = (1360, 900), (360, 740)


@dataclass
class Noise:
    """What a page did beside showing itself."""

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def opened(executable: str) -> Iterator[Browser]:
    """The browser, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def page_of(
    browser: Browser, file: Path, *, size: tuple[int, int] = DESKTOP, scheme: Scheme = "light"
) -> Iterator[tuple[Page, Noise]]:
    """A page as it stands on disk, in a window of its own."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        device_scale_factor=2,
    )
    context.set_default_timeout(180_000)  # a busy machine is no fault of the page
    page = context.new_page()
    noise = Noise()
    page.on("console", lambda message: noise.console.append(message.text))
    page.on("pageerror", lambda error: noise.console.append(str(error)))
    page.on("request", lambda request: noise.requests.append(request.url))

    def dismiss(dialog: Any) -> None:
        noise.dialogs.append(str(dialog))
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(file.as_uri())
    yield page, noise
    context.close()
