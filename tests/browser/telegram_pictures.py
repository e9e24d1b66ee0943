"""Draws the Telegram pictures of `docs/screenshots` again: `python -m tests.browser.telegram_pictures [FOLDER]`.

The running program talks to the stand-in Bot API on loopback; the JSON of what then stands in the chats is drawn. It
needs Chromium, takes about a minute, uses a new database, and touches no other data.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.real_page import printed_code
from tests.browser.telegram_look import page
from tests.browser.telegram_look import shown as photographed
from tests.browser.visits import launched
from tests.flows.server import RunningServer
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat, Message
from tests.telegram_api.people import Person
from tests.telegram_api.server import in_thread

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
TOKEN = "110201543:a-token_of_the_stand-in"  # noqa: S105  (opens nothing)
ZONE = "Europe/Helsinki"
PATIENCE = 60.0  # seconds; the machine may be busy
PHONE = ViewportSize(width=390, height=300)
GROUP, OWNERS = -1_001_000_000_001, -1_001_000_000_002
BOT, BUSINESS = "Acme feedback", "Acme Ltd"
TICKET = ("--ticket", "T-1042", "--subject", "Invoice shows the wrong VAT", "--agent", "Anna", "--team", "Billing")
TICKET_FI = ("--ticket", "T-1043", "--subject", "Laskun ALV on väärin", "--agent", "Anna", "--team", "Laskutus")


class Studio:
    """The program with its bot, the people who write to it, and where the pictures go."""

    def __init__(self, server: RunningServer, api: BotApi, browser: Browser, folder: Path) -> None:
        self.server = server
        self.api = api
        self.folder = folder
        self.page = browser.new_context(viewport=PHONE, device_scale_factor=2).new_page()

    def shoot(
        self,
        name: str,
        who: Person,
        chat: Chat | None = None,
        *,
        about: str = "bot",
        since: int = 0,
        dark: bool = False,
    ) -> None:
        """What this person sees now in the private chat or that other one, but for the first `since` messages."""
        chat = chat or who.chat
        said = [one for one in chat.messages if (one.text or one.photo) and not one.deleted]
        shown = [photographed(one) for one in said][since:]
        title = str(chat.name.get("title", BOT))
        self.page.set_content(page(title, about, shown, me=who.id, dark=dark))
        self.page.screenshot(path=self.folder / f"telegram-{name}.png", full_page=True)

    def says(self, chat: Chat, words: str) -> Message:
        """Waits for the bot's message with these words; the newest one."""
        self.api.wait(lambda: any(words in one.text for one in chat.from_bot), PATIENCE)
        return next(one for one in reversed(chat.from_bot) if words in one.text)

    def cli(self, *arguments: str) -> None:
        done = self.server.cli(*arguments)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)

    def ask(self, to: str, survey: str, *about: str) -> None:
        self.cli("ask", "--survey", survey, "--to", f"telegram:{to}", *about)

    def tap(self, who: Person, message: Message, label: str, chat: Chat | None = None) -> None:
        """Taps, and waits until the message has changed."""
        edits = message.edits
        who.tap(message, label, chat)
        self.api.wait(lambda: message.edits > edits, PATIENCE)

    def member(self, who: Person, code: str, command: str = "join") -> None:
        who.start()
        who.write(f"/{command} {code}")
        self.says(who.chat, "Welcome")

    def everything(self) -> None:
        owner = self.api.private(21, "Olli", "en")
        self.member(owner, printed_code(self.server), "claim")
        owner.write(f"/business {BUSINESS}")
        self.says(owner.chat, "Settings")
        self.customer()
        self.finnish_customer()
        self.scale()
        self.group(self.staff(owner))

    def customer(self) -> None:
        kim = self.api.private(31, "Kim", "en")
        kim.start()
        self.says(kim.chat, BUSINESS)
        self.ask("31", "csat", *TICKET)
        self.says(kim.chat, "How satisfied")
        self.shoot("question", kim)

    def finnish_customer(self) -> None:
        mikko = self.api.private(32, "Mikko", "fi", last_name="Virtanen")
        mikko.start()
        self.says(mikko.chat, BUSINESS)
        begin = len(mikko.messages)
        self.ask("32", "csat", *TICKET_FI)
        asked = self.says(mikko.chat, "Kuinka")
        self.tap(mikko, asked, "2")
        self.shoot("thanks-fi", mikko, about="botti", since=begin)

    def scale(self) -> None:
        leila = self.api.private(33, "Leila", "en")
        leila.start()
        self.says(leila.chat, BUSINESS)
        self.ask("33", "nps", "--team", "Delivery")
        self.says(leila.chat, "How likely")
        self.shoot("nps", leila, since=2, dark=True)

    def staff(self, owner: Person) -> Person:
        owner.write("/invite staff")
        code = self.says(owner.chat, "/join").text.partition("/join ")[2].split()[0]
        anna = self.api.private(22, "Anna", "en")
        self.member(anna, code)
        begin = len(anna.messages)
        maria = self.api.private(36, "Maria", "en", last_name="Lind")
        maria.start()
        self.says(maria.chat, BUSINESS)
        anna.write("/survey Maria")
        self.press(anna, "Which question", "CSAT")
        anna.write("/survey nps Mikko")
        self.says(anna.chat, "Asked today")
        anna.write("/survey csat T-1077")
        self.says(anna.chat, "t.me")
        self.shoot("staff", anna, since=begin, dark=True)
        return anna

    def press(self, who: Person, on: str, label: str) -> Message:
        """Presses a button of the message with these words in the person's own chat; the message, changed."""
        message = self.says(who.chat, on)
        self.tap(who, message, label)
        return message

    def group(self, anna: Person) -> None:
        chat = self.api.group(GROUP, "Acme and Esimerkki Oy")
        sanna = self.api.private(34, "Sanna", "en", last_name="Salo")
        jukka = self.api.private(35, "Jukka", "en", last_name="Niemi")
        for who, words, survey in (
            (sanna, "The new contract works now, thanks.", "ces"),
            (jukka, "And the invoice is right.", "csat"),
        ):
            asked_before = len(chat.from_bot)
            anna.write(f"/survey {survey}", chat, reply_to=who.write(words, chat))
            self.press(anna, who.user["first_name"], "Ask")
            self.api.wait(lambda before=asked_before: len(chat.from_bot) > before, PATIENCE)  # type: ignore[misc]
        self.tap(sanna, chat.from_bot[0], "6", chat)
        self.shoot("group", anna, chat, about="group · 3 members")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    api = BotApi(TOKEN, "acme_feedback_bot")
    api.bot["first_name"] = BOT
    with tempfile.TemporaryDirectory() as place, in_thread(api) as url:
        _draw(api, url, Path(place), folder)


def _draw(api: BotApi, url: str, place: Path, folder: Path) -> None:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        server = RunningServer(
            place, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_BASE_URL=url, PULSSI_TIMEZONE=ZONE,
            PULSSI_PRIVACY_URL="https://acme.example/privacy",
        )  # fmt: skip
        with server:
            Studio(server, api, browser, folder).everything()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
