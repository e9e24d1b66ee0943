"""Draws the weekly messages of `docs/screenshots` again: `python -m tests.browser.weekly_pictures [FOLDER]`.

The message of the sample history in each channel and language, from the same renderings that the goldens keep
(`tests/sample_week.py`). It needs Chromium, takes about a minute, and touches no other data.
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

from bot import demo
from bot.texts import LOCALES
from tests.browser import slack_look, telegram_look
from tests.browser.visits import ARGS, executable
from tests.flows.api_server import Api, SteeredClock, running
from tests.sample_week import KEYRING, KIM, MONDAY, SampleWeek, sample_week

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTH, HEIGHT = 390, 3000  # so high that the message stands in its panel whole
TITLES: Final = {"en": "Acme owners", "fi": "Omistajat", "sv": "Ägarna"}
DARK: Final = frozenset({"telegram-fi", "webchat-sv"})


class Studio:
    """A browser, the sample week, the page that shows it, and where the pictures go."""

    def __init__(self, browser: Browser, week: SampleWeek, api: Api, folder: Path) -> None:
        self.browser = browser
        self.week = week
        self.api = api
        self.folder = folder

    async def everything(self) -> None:
        token = await self._claim()
        for locale in LOCALES:
            await self.week.posted(locale)
            chats = [telegram_look.shown(one) for one in self.week.in_telegram]
            dark = f"telegram-{locale}" in DARK
            await self._drawn(f"telegram-{locale}", telegram_look.page(TITLES[locale], "bot", chats, me=KIM, dark=dark))
            await self._drawn(f"slack-{locale}", self._in_slack(locale))
            await self._web_chat(locale, token)

    def _in_slack(self, locale: str) -> str:
        api = self.week.slack
        files = slack_look.with_files([self.week.in_slack], api.files)
        bot = api.state.bot.id
        return slack_look.chat(f"# {TITLES[locale].lower()}", "", files, lambda _: "Pulssi", bot=bot)

    async def _drawn(self, name: str, html: str) -> None:
        page = await self.browser.new_page(viewport={"width": WIDTH, "height": 200})
        await page.set_content(html)
        await page.screenshot(path=self.folder / f"weekly-{name}.png", full_page=True)
        await page.close()

    async def _claim(self) -> str:
        code = await self.api.parts.membership.claim_code(demo.WORKSPACE)
        body = {"workspace": demo.WORKSPACE, "code": code, "name": "Olli", "business": demo.BUSINESS, "locale": "en"}
        answer = await self.api.bare.post("/chat/claim", json=body)
        answer.raise_for_status()
        return str(answer.json()["token"])

    async def _web_chat(self, locale: str, token: str) -> None:
        """The real page, signed in, in the reader's language and look."""
        dark = f"webchat-{locale}" in DARK
        page = await self.browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, locale=locale, color_scheme="dark" if dark else "light"
        )
        kept = {f"pulssi:page:{demo.WORKSPACE}:member": token, f"pulssi:page:{demo.WORKSPACE}:locale": locale}
        await page.add_init_script(
            "".join(f"localStorage.setItem({name!r}, {value!r});" for name, value in kept.items())
        )
        await page.goto(f"{self.api.url}/chat?workspace={demo.WORKSPACE}")
        await page.locator("#owner").evaluate("(node, high) => { node.style.height = `${high}px`; }", HEIGHT)
        await page.locator("#owner article.summary img").scroll_into_view_if_needed()  # it is fetched then
        image = page.locator("#owner article.summary img[src]")
        await image.wait_for()
        await image.evaluate("(node) => node.decode()")
        await page.locator("#owner article.summary").screenshot(path=self.folder / f"weekly-webchat-{locale}.png")
        await page.close()


async def drawn(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite+aiosqlite:///{place}/sample.db"
        async with (
            sample_week(url) as week,
            running(url, KEYRING, SteeredClock(MONDAY)) as api,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=executable(), args=ARGS)
            await Studio(browser, week, api, folder).everything()
            await browser.close()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(drawn(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
