"""Draws the Telegram pictures of `docs/screenshots` again: `.venv/bin/python -m tests.browser.telegram_pictures [FOLDER]`.

The running program talks to the stand-in Bot API on loopback; what then stands there, the JSON of the messages, is drawn.
It needs Chromium, takes about a minute, uses new databases, and touches no other data.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.real_page import printed_code
from tests.browser.telegram_look import page
from tests.browser.visits import launched
from tests.flows.server import RunningServer
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Chat, Message
from tests.telegram_api.people import Person
from tests.telegram_api.server import in_thread

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
TOKEN = "110201543:a-token_of_the_stand-in"  # noqa: S105  (opens nothing)
PHONE = ViewportSize(width=390, height=300)
GROUP, OWNERS = -1_001_000_000_001, -1_001_000_000_002
BOT = "Acme feedback"
TICKET = ("--ticket", "T-1042", "--subject", "Invoice shows the wrong VAT", "--agent", "Anna", "--team", "Billing")
TICKET_FI = ("--ticket", "T-1043", "--subject", "Laskun ALV on väärin", "--agent", "Anna", "--team", "Laskutus")


class Studio:
    """The program with its bot, the people who write to it, and where the pictures go."""

    def __init__(self, server: RunningServer, api: BotApi, browser: Browser, folder: Path) -> None:
        self.server = server
        self.api = api
        self.folder = folder
        self.page = browser.new_context(viewport=PHONE, device_scale_factor=2).new_page()

    def shoot(self, name: str, chat: Chat, about: str = "bot", *, since: int = 0, dark: bool = False) -> None:
        """What stands in the chat now, from its message number `since` on."""
        shown = [one.json() for one in chat.messages if one.text and not one.deleted][since:]
        title = str(chat.name.get("title", BOT))
        self.page.set_content(page(title, about, shown, dark=dark))
        self.page.screenshot(path=self.folder / f"telegram-{name}.png", full_page=True)

    def says(self, chat: Chat, words: str) -> Message:
        """Waits for the bot's message with these words; the newest one."""
        self.api.wait(lambda: any(words in one.text for one in chat.from_bot))
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
        self.api.wait(lambda: message.edits > edits)

    def member(self, who: Person, code: str, command: str = "join") -> None:
        who.start()
        who.write(f"/{command} {code}")
        self.says(who.chat, "Welcome")

    def everything(self) -> None:
        owner = self.api.private(21, "Olli", "en")
        self.member(owner, printed_code(self.server), "claim")
        owner.write("/business Acme Ltd")
        self.says(owner.chat, "Settings")
        self.customer()
        self.finnish_customer()
        self.scale()
        self.group()
        self.staff(owner)
        self.weekly(owner)

    def customer(self) -> None:
        kim = self.api.private(31, "Kim", "en")
        kim.start()
        self.says(kim.chat, "")
        self.ask("31", "csat", *TICKET)
        self.says(kim.chat, "How satisfied")
        self.shoot("question", kim.chat)

    def finnish_customer(self) -> None:
        mikko = self.api.private(32, "Mikko", "fi", last_name="Virtanen")
        mikko.start()
        self.says(mikko.chat, "")
        begin = len(mikko.messages)
        self.ask("32", "csat", *TICKET_FI)
        asked = self.says(mikko.chat, "Kuinka")
        self.tap(mikko, asked, "2")
        self.shoot("thanks-fi", mikko.chat, "botti", since=begin)
        mikko.write("Laskussa oli taas väärä ALV, ja selitin asian kolmesti.", reply_to=asked)
        self.says(mikko.chat, "Kiitos, viestisi")
        self.shoot("kept-fi", mikko.chat, "botti", since=begin)

    def scale(self) -> None:
        leila = self.api.private(33, "Leila", "en")
        leila.start()
        self.says(leila.chat, "")
        self.ask("33", "nps", "--team", "Delivery")
        self.says(leila.chat, "How likely")
        self.shoot("nps", leila.chat, since=2, dark=True)

    def group(self) -> None:
        chat = self.api.group(GROUP, "Acme and Esimerkki Oy")
        sanna = self.api.private(34, "Sanna", "en", last_name="Salo")
        jukka = self.api.private(35, "Jukka", "en", last_name="Niemi")
        for who, words in ((sanna, "The new contract works now, thanks."), (jukka, "And the invoice is right.")):
            who.write(words, chat)
        self.ask(f"{GROUP}@34", "ces", "--subject", "New contract", "--team", "Support")
        self.ask(f"{GROUP}@35", "csat", "--subject", "Invoice", "--team", "Billing")
        self.tap(sanna, self.says(chat, "How far do you agree"), "6", chat)
        self.says(chat, "How satisfied")
        self.shoot("group", chat, "group · 3 members")

    def staff(self, owner: Person) -> None:
        owner.write("/invite staff")
        code = self.says(owner.chat, "/join").text.partition("/join ")[2].split()[0]
        anna = self.api.private(22, "Anna", "en")
        self.member(anna, code)
        begin = len(anna.messages)
        anna.write("/survey Mikko")
        asked = self.says(anna.chat, "Which question")
        self.tap(anna, asked, asked.buttons[0][0])
        anna.write("/survey csat T-1077")
        self.says(anna.chat, "t.me")
        self.shoot("staff", anna.chat, since=begin, dark=True)
        anna.write("/survey")
        self.says(anna.chat, "Whom")
        anna.write("/help")
        self.says(anna.chat, "What you can do")
        anna.write("/mydata")
        self.shoot("help", anna.chat, since=begin)
        self.shoot("owner", owner.chat)

    def weekly(self, owner: Person) -> None:
        chat = self.api.group(OWNERS, "Acme owners")
        owner.write("/here", chat)
        self.says(chat, "posted here")
        self.cli("summary", "--workspace", "sample", "--post")
        self.says(chat, "CSAT")
        self.shoot("weekly", chat, "group · 2 members")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    api = BotApi(TOKEN)
    with sync_playwright() as playwright, in_thread(api) as url, tempfile.TemporaryDirectory() as place:
        browser = launched(playwright)
        server = RunningServer(
            Path(place), TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_API_BASE_URL=url, PULSSI_TIMEZONE="Europe/Helsinki",
            PULSSI_OWNER_CHANNEL=f"telegram:{OWNERS}", PULSSI_PRIVACY_URL="https://acme.example/privacy",
        )  # fmt: skip
        made = server.cli("demo")
        assert made.returncode == 0, made.stderr
        with server:
            Studio(server, api, browser, folder).everything()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
