"""Draws `docs/screenshots` again from the running program: `.venv/bin/python -m tests.browser.screenshots [FOLDER]`.

It needs Chromium, takes about half a minute, uses the sample workspace of a new database, and touches no other data.
"""

import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from tests.browser.real_page import printed_code
from tests.browser.visits import Scheme, launched
from tests.flows.server import RunningServer

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
DESK = ViewportSize(width=1400, height=900)
PHONE = ViewportSize(width=320, height=700)
PATIENCE = 20_000  # ms; the machine may be busy


@dataclass(frozen=True)
class Language:
    """What is typed, pressed and seen in one language."""

    code: str
    business: str
    claim: str
    sentence: str
    answered: str
    question: str


ENGLISH = Language(
    "en", "Acme Ltd", "Begin", "Anna fixed the invoice while I waited.", "Thank you, your words are kept.",
    "How likely are you to recommend us",
)  # fmt: skip
FINNISH = Language(
    "fi", "Esimerkki Oy", "Aloita", "Anna korjasi laskun saman tien.", "Kiitos, viestisi on tallennettu.",
    "Kuinka todennäköisesti suosittelisit meitä",
)  # fmt: skip


class Studio:
    """A server with sample history, its claimed desk in one language, and where the pictures go."""

    def __init__(self, server: RunningServer, browser: Browser, language: Language, folder: Path) -> None:
        self.server = server
        self.browser = browser
        self.language = language
        self.folder = folder
        self.page = self._page(DESK)

    def _page(self, size: ViewportSize, scheme: Scheme = "light") -> Page:
        context = self.browser.new_context(
            viewport=size,
            locale=self.language.code,
            timezone_id="Europe/Helsinki",
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def shoot(self, name: str, what: Page | Locator, **options: bool) -> None:
        what.screenshot(path=self.folder / f"{name}.png", caret="hide", **options)  # type: ignore[arg-type]

    def first_run(self) -> None:
        page = self._page(DESK)
        page.goto(f"{self.server.url}/chat#claim={printed_code(self.server)}")
        expect(page.locator("#claim")).to_be_visible()
        self.shoot("first-run", page)
        page.close()

    def claim(self, code: str) -> None:
        self.page.goto(f"{self.server.url}/chat?workspace=sample#claim={code}")
        form = self.page.locator("#claim")
        form.locator("[name=name]").fill("Sofia")
        form.locator("[name=business]").fill(self.language.business)
        form.get_by_role("button", name=self.language.claim).click()
        expect(self.page.locator("#address-text")).to_contain_text("webchat:v-")

    def answered(self) -> None:
        """A customer who answered and wrote, and an owner who has the week's message."""
        self.page.locator("button[value=ask]").click()
        self.page.locator("#customer").get_by_role("radio").last.click()
        field = self.page.locator("#customer article textarea")
        field.fill(self.language.sentence)
        field.press("Enter")
        expect(self.page.get_by_text(self.language.answered)).to_be_visible()
        posted = self.server.cli("summary", "--workspace", "sample", "--post")
        assert posted.returncode == 0, posted.stderr
        expect(self.page.locator("#owner article.summary")).to_be_visible()
        expect(self.page.locator("#asks .answered").first).to_be_visible()
        self.page.evaluate("document.activeElement.blur()")

    def question(self) -> None:
        """A customer's phone after a one-time link."""
        printed_code(self.server)
        self.server.claim(business=self.language.business)
        about = ["--ticket", "T-1042", "--agent", "Anna", "--locale", self.language.code]
        asked = self.server.cli("ask", "--survey", "nps", "--to", "webchat:new", *about, "--json")
        token = json.loads(asked.stdout)["link"].partition("#link=")[2]
        page = self._page(PHONE)
        page.goto(f"{self.server.url}/chat#link={token}")
        expect(page.get_by_role("radio")).to_have_count(11)
        expect(page.get_by_role("radiogroup", name=re.compile(self.language.question))).to_be_visible()
        self.shoot(f"question-{self.language.code}", page)
        page.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launched(playwright)
        for language in (ENGLISH, FINNISH):
            with tempfile.TemporaryDirectory() as place:
                _draw(browser, language, Path(place), folder)
        browser.close()


def _draw(browser: Browser, language: Language, place: Path, folder: Path) -> None:
    server = RunningServer(place, PULSSI_TIMEZONE="Europe/Helsinki", PULSSI_LOCALE=language.code)
    made = server.cli("demo")
    code = re.search(r"#claim=(\S+)", made.stdout)
    assert code is not None, made.stderr
    with server:
        studio = Studio(server, browser, language, folder)
        studio.claim(code[1])
        studio.answered()
        studio.shoot(f"chat-{language.code}", studio.page)
        if language is ENGLISH:
            studio.first_run()
            studio.page.emulate_media(color_scheme="dark")
            studio.shoot("chat-dark", studio.page)
            studio.page.emulate_media(color_scheme="light")
            studio.page.set_viewport_size(PHONE)
            studio.shoot("chat-320", studio.page, full_page=True)
        studio.question()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
