"""One Chromium for the browser tests, and a fresh page with a watch on it for each."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tests.browser.real_page import PATIENCE, House, printed_code
from tests.browser.stand_in import Board, StandIn, served
from tests.browser.stand_in_desk import Desk
from tests.browser.visits import Visit, launched
from tests.conftest import require
from tests.flows.server import RunningServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        try:
            chromium = launched(playwright)
        except Error as error:
            reason = f"Chromium does not start here: {error.message.splitlines()[0]}"
            require("browser", reason)
        yield chromium
        chromium.close()


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
            board.hang_up()
    assert visit.complaints == []


def visited(server: RunningServer, browser: Browser, member: str = "") -> Iterator[House]:
    """The browsers close before the server does, and none of them may have complained."""
    house = House(url=server.url, browser=browser, patience=PATIENCE, server=server, member=member)
    try:
        yield house
    finally:
        house.close()
    assert house.complaints == []


@pytest.fixture
def fresh(browser: Browser, tmp_path: Path) -> Iterator[House]:
    """A server that nobody has claimed yet."""
    with RunningServer(tmp_path, PULSSI_TIMEZONE="Europe/Helsinki") as server:
        yield from visited(server, browser)


@pytest.fixture(scope="module")
def claimed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, str]]:
    with RunningServer(tmp_path_factory.mktemp("claimed")) as server:
        printed_code(server)
        yield server, server.claim()


@pytest.fixture
def house(browser: Browser, claimed_server: tuple[RunningServer, str]) -> Iterator[House]:
    server, member = claimed_server
    yield from visited(server, browser, member)


@pytest.fixture
def sample(browser: Browser, tmp_path: Path) -> Iterator[tuple[House, str]]:
    """A server over sample history, and the code that claims it."""
    server = RunningServer(tmp_path)
    made = server.cli("demo")
    code = re.search(r"#claim=(\S+)", made.stdout)
    assert code is not None, made.stderr
    with server:
        for house in visited(server, browser):
            yield house, code[1]
