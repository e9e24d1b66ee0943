"""Draws the Slack pictures of `docs/screenshots` again: `python -m tests.browser.slack_pictures [FOLDER [WIDTH]]`.

The running program talks to the stand-in of Slack on loopback; the JSON of what then stands there is drawn. It needs
Chromium, takes about a minute, uses a new database, and touches no other data.
"""

import asyncio
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from adapters.slack.buttons import SHORTCUT
from bot import demo
from bot.bootstrap import open_pulssi
from bot.ports import UnitOfWork
from bot.settings import Settings
from bot.values import replace
from tests.browser import slack_look
from tests.browser.visits import launched
from tests.flows.server import RunningServer
from tests.flows.slack import asked, question, slack_server, whispered, works
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message, View
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import PARTNER

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
ZONE = "Europe/Helsinki"
PATIENCE = 60.0  # seconds; the machine may be busy
WIDTH = 390
BUSINESS = "Acme Ltd"
TICKET = ("--ticket", "T-1042", "--subject", "Invoice shows the wrong VAT", "--agent", "Anna", "--team", "Billing")
TICKET_FI = ("--ticket", "T-1043", "--subject", "Laskun ALV on väärin", "--agent", "Anna", "--team", "Laskutus")


class Studio:
    """The program with its app, the people who use Slack, and where the pictures go."""

    def __init__(self, server: RunningServer, api: SlackApi, browser: Browser, folder: Path, width: int) -> None:
        self.server = server
        self.api = api
        self.folder = folder
        size = ViewportSize(width=width, height=200)
        self.page = browser.new_context(viewport=size, device_scale_factor=2).new_page()

    def chat(self, name: str, who: Person, channel: Channel | None = None, *, about: str, dark: bool = False) -> None:
        """What this person sees now in the direct message or that channel."""
        title = f"# {channel.name}" if channel else "Pulssi"
        shown = [one for one in who.sees(channel) if one.text or one.blocks]
        bot = self.api.state.bot.id
        files = slack_look.with_files(shown, self.api.files)
        self._shoot(name, slack_look.chat(title, about, files, self._name_of, bot=bot, dark=dark))

    def modal(self, name: str, view: View) -> None:
        self._shoot(name, slack_look.modal(view.given, self._name_of, view.values))

    def home(self, name: str, view: View, about: str) -> None:
        self._shoot(name, slack_look.home(view.given, self._name_of, about=about))

    def _shoot(self, name: str, html: str) -> None:
        self.page.set_content(html)
        self.page.screenshot(path=self.folder / f"slack-{name}.png", full_page=True)

    def _name_of(self, known: str) -> str:
        return "Pulssi" if known == self.api.state.bot.id else self.api.state.name_of(known)

    def everything(self) -> None:
        owner = self.api.person("U0OLIVIA", "Olivia Owen")
        self.tells(owner, f"claim {self.server.claim_code}", "Welcome")
        self.tells(owner, f"business {BUSINESS}", "Settings")
        self.customer()
        self.finnish_customer()
        self.scale()
        self.shared(self.staff(owner))
        self.app_home(owner)

    def cli(self, *arguments: str) -> None:
        done = self.server.cli(*arguments)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)

    def tells(self, who: Person, words: str, answer: str) -> Message:
        """Writes the command in the direct message and waits for a new message with that answer."""
        before = len(who.sees())
        who.command("/survey", words)
        return self.finds(who, answer, since=before)

    def finds(self, who: Person, words: str, channel: Channel | None = None, since: int = 0) -> Message:
        def found() -> list[Message]:
            return [one for one in who.sees(channel)[since:] if words in self.api.seen(one)]

        self.api.wait(found, PATIENCE)
        return found()[-1]

    def tap(self, who: Person, message: Message, code: str) -> None:
        before = message.edited_ts
        who.tap(message, code)
        self.api.wait(lambda: message.edited_ts != before, PATIENCE)

    def customer(self) -> None:
        kim = self.api.person("U0KIM", "Kim Berg")
        asked(self.server, f"slack:{kim.id}", "csat", *TICKET)
        question(self.api, kim.dm)
        self.chat("question", kim, about="Messages")

    def finnish_customer(self) -> None:
        mikko = self.api.person("U0MIKKO", "Mikko Virtanen", "fi-FI")
        mikko.open_home("messages")  # Slack is asked for the name and the language then
        self.api.wait(lambda: any(mikko.id in str(one) for one in self.api.calls_of("users.info")), PATIENCE)
        asked(self.server, f"slack:{mikko.id}", "csat", *TICKET_FI)
        self.tap(mikko, question(self.api, mikko.dm), "s:2")
        self.chat("thanks-fi", mikko, about="Viestit")

    def scale(self) -> None:
        leila = self.api.person("U0LEILA", "Leila Aho")
        asked(self.server, f"slack:{leila.id}", "nps", "--team", "Delivery")
        question(self.api, leila.dm)
        self.chat("nps", leila, about="Messages", dark=True)

    def staff(self, owner: Person) -> Person:
        anna = self.api.person("U0ANNA", "Anna Lund")
        self.tells(anna, f"join {self.invited(owner, 'staff')}", "Welcome")
        return anna

    def invited(self, owner: Person, role: str) -> str:
        """A code for a new member of that role."""
        return self.tells(owner, f"invite {role}", "join").text.partition("join ")[2].split()[0]

    def shared(self, anna: Person) -> None:
        """A channel shared with another organisation: one question answered, one open; and how staff ask there."""
        sanna = self.api.person("U0SANNA", "Sanna Salo", team=PARTNER)
        jukka = self.api.person("U0JUKKA", "Jukka Niemi", team=PARTNER)
        channel = self.api.channel("C0ESIMERKKI", "acme-esimerkki", anna, sanna, jukka, shared=True)
        thanks = sanna.say("The new contract works now, thanks.", channel)
        self.ask_from(anna, thanks, "ces")
        first = self.question_below(channel, thanks)
        sanna.tap(first, "s:6")
        whispered(self.api, sanna, channel, "6")
        self.api.wait(lambda: first.edited, PATIENCE)
        invoice = jukka.say("And the invoice is right.", channel)
        self.ask_from(anna, invoice, "csat", pictures=True)
        self.question_below(channel, invoice)
        self.chat("channel", sanna, channel, about="Acme Ltd and Esimerkki Oy")

    def question_below(self, channel: Channel, message: Message) -> Message:
        self.api.wait(lambda: channel.thread(message.ts), PATIENCE)
        return channel.thread(message.ts)[0]

    def ask_from(self, anna: Person, message: Message, survey: str, *, pictures: bool = False) -> None:
        """Staff use the shortcut on a message: the form, then what will be done, then it is asked."""
        anna.shortcut(message, SHORTCUT)
        self.api.wait(lambda: anna.modal, PATIENCE)
        form = anna.modal
        assert form is not None
        if pictures:
            self.modal("ask-form", form)
        anna.submit(form, {"survey": survey, "team": "Billing"})
        self.api.wait(lambda: anna.modal and anna.modal.given.get("callback_id") == "dialogue", PATIENCE)
        verdict = anna.modal
        assert verdict is not None
        if pictures:
            self.modal("ask-verdict", verdict)
        anna.press(verdict, "Ask")
        self.api.wait(lambda: "Asked" in self.api.seen(anna.modal or verdict), PATIENCE)
        anna.close(anna.modal or verdict)

    def app_home(self, owner: Person) -> None:
        """A Finnish owner's, over made-up answers, and the business's name says so."""
        self.tells(owner, f"business {demo.BUSINESS}", demo.BUSINESS)
        aino = self.api.person("U0AINO", "Aino Aalto", "fi-FI")
        self.tells(aino, f"join {self.invited(owner, 'owner')}", "/survey help")
        aino.open_home()
        self.api.wait(lambda: aino.home, PATIENCE)
        assert aino.home is not None
        self.home("home-fi", aino.home, "Koti")


async def _fill(folder: Path) -> None:
    with chdir(folder):
        async with open_pulssi(Settings(_env_file=None, timezone=ZONE)) as made:  # type: ignore[call-arg]  # as there
            await demo.fill(made, lambda _done, _total: None)
            await made.store.write(_mark)


async def _mark(uow: UnitOfWork) -> None:
    """What shows these figures says that they are made up."""
    found = await uow.workspaces.get(demo.WORKSPACE)
    assert found is not None
    await uow.workspaces.change(replace(found, sample=True))


def prepare(folder: Path) -> None:
    """Twelve weeks of made-up answers in the workspace that is served: a Slack team has no other."""
    demo.WORKSPACE = "default"
    asyncio.run(_fill(folder))


def main(folder: Path, width: int = WIDTH) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        prepare(Path(place))
        draw(Path(place), folder, width)


def draw(place: Path, folder: Path, width: int) -> None:
    """The pictures into `folder`; `place` is the server's."""
    api = SlackApi()
    settings = {"PULSSI_TIMEZONE": ZONE, "PULSSI_PRIVACY_URL": "https://acme.example/privacy"}
    with in_thread(api) as url, sync_playwright() as playwright:
        browser = launched(playwright)
        with slack_server(place, url, **settings) as server:
            works(api, server)
            Studio(server, api, browser, folder, width).everything()
        browser.close()
    assert not api.violations, api.violations


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER, int(sys.argv[2]) if len(sys.argv) > 2 else WIDTH)
