"""One Chromium for the browser tests, and a fresh page with a watch on it for each."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    StorageState,
    ViewportSize,
    sync_playwright,
)

from tests.browser.stand_in import Board, StandIn, served
from tests.browser.stand_in_desk import Desk
from tests.conftest import require

Scheme = Literal["light", "dark"]
# Chromium refuses its sandbox to root, as in most containers.
ARGS = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
WATCH = "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.sample), true)"


def launched(playwright: Playwright) -> Browser:
    """Debian's Chromium where there is one, else Playwright's own."""
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            chromium = launched(playwright)
        except Error as error:
            reason = f"Chromium does not start here: {error.message.splitlines()[0]}"
            require("browser", reason)
        yield chromium
        chromium.close()


@dataclass(kw_only=True)
class Visit:
    """The pages that a test opens on a server, each in a browser of its own, and what went wrong on them."""

    url: str
    browser: Browser
    patience: int = 8000
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(
        self,
        path: str = "/?open",
        *,
        width: int = 1280,
        scheme: Scheme = "light",
        calm: bool = False,
        locale: str = "en",
        kept: StorageState | None = None,
    ) -> Page:
        """Open a page in a browser of its own; console errors and broken policies go to `complaints`."""
        size: ViewportSize = {"width": width, "height": 720}
        motion: Literal["reduce", "no-preference"] = "reduce" if calm else "no-preference"
        context = self.browser.new_context(
            viewport=size, locale=locale, color_scheme=scheme, reduced_motion=motion, storage_state=kept
        )
        self.contexts.append(context)
        context.set_default_timeout(self.patience)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        # A refused request is the business of the test that asked for it; its console line says no more.
        page.on(
            "console",
            lambda line: (
                self.complaints.append(line.text)
                if line.type == "error" and "Failed to load resource" not in line.text
                else None
            ),
        )
        page.goto(self.url + path)
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@dataclass(kw_only=True)
class Site(Visit):
    """The stand-in server, what it remembers, and the pages that a test opens on it."""

    board: Board
    desk: Desk


def until(page: Page, true: Callable[[], bool]) -> None:
    """Let the browser run until something is true on the server's side, for at most 8 s."""
    for _ in range(400):
        if true():
            return
        page.wait_for_timeout(20)
    pytest.fail("It did not happen within 8 s.")


def sent(site: Site, kind: str) -> list[dict[str, object]]:
    return [event for event in site.board.events if event["type"] == kind]


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    board = Board()
    desk = Desk(board)
    with served([*StandIn(board).routes(), *desk.routes()]) as url:
        visit = Site(url=url, browser=browser, board=board, desk=desk)
        try:
            yield visit
        finally:
            visit.close()
            board.cut += 1
    assert visit.complaints == []
