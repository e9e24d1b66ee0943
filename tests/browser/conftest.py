"""One Chromium for the browser tests, and a fresh page with a watch on it for each."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, ViewportSize, sync_playwright

from tests.browser.stand_in import Board, StandIn, served
from tests.browser.stand_in_desk import Desk
from tests.conftest import require

Scheme = Literal["light", "dark"]
# Chromium refuses its sandbox to root, as in most containers.
ARGS = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


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


@dataclass
class Site:
    """The stand-in server, what it remembers, and the pages that a test opens on it."""

    url: str
    board: Board
    desk: Desk
    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/?open", *, width: int = 1280, scheme: Scheme = "light", calm: bool = False) -> Page:
        """Open a page in a browser of its own; console errors and broken policies go to `complaints`."""
        size: ViewportSize = {"width": width, "height": 720}
        context = self.browser.new_context(
            viewport=size, locale="en", color_scheme=scheme, reduced_motion="reduce" if calm else "no-preference"
        )
        self.contexts.append(context)
        context.set_default_timeout(8000)
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
        visit = Site(url, board, desk, browser)
        try:
            yield visit
        finally:
            for context in visit.contexts:
                context.close()
            board.cut += 1
    assert visit.complaints == []
