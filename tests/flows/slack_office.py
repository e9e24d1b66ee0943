"""A business that works in Slack: an owner, a member of the staff and their channels, with the real program."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.address import Address
from bot.bootstrap import Pulssi
from bot.events import Person as Known
from tests.flows.commands import Terminal
from tests.flows.server import RunningServer
from tests.flows.slack import SECONDS, question, questions, slack_server, works
from tests.flows.telegram import settled
from tests.slack_api.deliveries import Delivery
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message, View
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import PARTNER

BUSINESS = "Esimerkki Oy"
SHORTCUT = "ask_feedback"
ONLY_MEMBERS = "Only members of the workspace can do that."


@dataclass
class Office:
    """Olli owns it, Sofia is staff, Saku (who reads Finnish) too; Eve is none of them. All are in #support."""

    api: SlackApi
    server: RunningServer
    olli: Person
    sofia: Person
    saku: Person
    eve: Person
    support: Channel
    _numbers: Any = field(default_factory=lambda: count(1))

    def customer(self, name: str, locale: str = "en-GB", *, partner: bool = False, at: Channel | None = None) -> Person:
        """Somebody new in #support; with `partner` of another company, through Slack Connect."""
        more = {"team": PARTNER} if partner else {}
        made = self.api.person(f"U0C{next(self._numbers):03}", name, locale, **more)
        where = at or self.support
        with self.api.changes.changing():
            where.members.add(made.id)
        return made

    def types(self, who: Person, words: str, at: Channel | None = None) -> Delivery:
        """`/survey words`, in the direct message with the bot by default."""
        done = who.command("/survey", words, at).wait(SECONDS)
        assert done.acknowledged
        return done

    def says(self, who: Person, words: str, expected: str, at: Channel | None = None) -> Message:
        """The same, and what that person alone reads then; its words begin with, or hold, `expected`."""
        where = at or who.dm
        before = {one.ts for one in who.ephemerals(where)}

        def found() -> list[Message]:
            new = [one for one in who.ephemerals(where) if one.ts not in before]
            return [one for one in new if expected in self.api.seen(one)]

        self.types(who, words, where)
        self.api.wait(found, SECONDS)
        return found()[0]

    def form(self, who: Person, words: str = "", at: Channel | None = None) -> View:
        """The form that `/survey words` opens."""
        before = who.modal
        self.types(who, words, at)
        return self.opened(who, before)

    def opened(self, who: Person, before: View | None = None) -> View:
        """The dialogue that this person has before them, once it is another one than `before`."""
        self.api.wait(lambda: who.modal is not None and who.modal is not before, SECONDS)
        assert who.modal is not None
        return who.modal

    def sends(self, who: Person, view: View, **values: str | None) -> str:
        """Fills in the form and sends it; what the dialogue says then."""
        done = who.submit(view, values).wait(SECONDS)
        assert (done.acknowledged, done.error) == (True, "")
        return self.api.seen(view)

    def presses(self, who: Person, view: View, label: str, expected: str) -> str:
        """Presses a button of the dialogue; what it says once the expected words stand in it."""
        done = who.press(view, label).wait(SECONDS)
        assert done.acknowledged
        self.api.wait(lambda: expected in self.api.seen(view), SECONDS)
        return self.api.seen(view)

    def exported(self, ticket: str) -> dict[str, Any]:
        """The one row about this ticket, as `pulssi export` has it."""
        done = self.server.cli("export", "--format", "jsonl")
        assert done.returncode == 0, done.stderr
        [row] = [found for line in done.stdout.splitlines() if (found := json.loads(line))["ticket"] == ticket]
        return dict(row)

    def is_clean(self) -> None:
        """Slack had nothing to refuse and nothing to advise against, and every trigger was in time."""
        assert self.api.violations == []
        assert self.api.warnings == []
        late = [call for call in self.api.calls if call.method.startswith("views.") and call.error]
        assert late == []


def initial(view: View, name: str) -> Any:
    """What stands in that field of a form before anybody fills it in; "" for nothing."""
    [block] = [one for one in view.blocks if one.get("block_id") == name]
    element = block["element"]
    option = element.get("initial_option")
    return option["value"] if option else element.get("initial_value") or element.get("initial_user") or ""


def fields(view: View) -> list[str]:
    return [str(one["block_id"]) for one in view.blocks if one["type"] == "input"]


def view_labels(view: View) -> list[str]:
    """The labels of a view's buttons, in their order."""
    return [one["text"]["text"] for block in view.blocks if block["type"] == "actions" for one in block["elements"]]


def dm_seen(api: SlackApi, person: Person) -> list[str]:
    """What stands in the person's chat with the bot from the bot."""
    return [api.seen(one) for one in person.sees() if one.user != person.id]


@contextmanager
def office(folder: Path, way: str = "socket", **settings: str) -> Iterator[Office]:
    """The program for the stand-in, claimed by Olli and joined by Sofia and Saku."""
    api = SlackApi()
    olli = api.person("U0OLLI", "Olli Omistaja", "en-GB")
    sofia = api.person("U0SOFIA", "Sofia Salo", "en-GB")
    saku = api.person("U0SAKU", "Saku Sihteeri", "fi-FI")
    eve = api.person("U0EVE", "Eve Else", "en-GB")
    support = api.channel("C0SUPPORT", "support", olli, sofia, saku, eve)
    with in_thread(api) as url, slack_server(folder, url, way, **{"PULSSI_BUSINESS_NAME": BUSINESS, **settings}) as one:
        works(api, one)
        here = Office(api, one, olli, sofia, saku, eve, support)
        here.says(olli, f"claim {one.claim_code}", "Welcome, Olli Omistaja")
        for member, welcome in ((sofia, "Welcome, Sofia Salo"), (saku, "Tervetuloa, Saku Sihteeri")):
            here.says(member, f"join {code(here)}", welcome)
        yield here


def code(here: Office, role: str = "staff") -> str:
    """A new code for a member, as the owner gets it."""
    told = here.api.seen(here.says(here.olli, f"invite {role}", "/survey join "))
    return next(line for line in told.splitlines() if "/survey join" in line).rpartition(" ")[2]


def web_visitor(folder: Path, visitor: str, name: str) -> None:
    """Somebody whom we know by name from the web chat, and who has no Slack."""
    address = Address("webchat", visitor, user=visitor)

    async def meet(pulssi: Pulssi) -> None:
        await pulssi.people.meet("default", Known(address, name, "en"), address)

    with pytest.MonkeyPatch.context() as patch:
        Terminal(folder, patch).inside(meet)


def heard(desk: Office) -> None:
    """Until all events are taken and whatever came of them has been sent."""
    desk.api.wait(lambda: all(one.acknowledged for one in desk.api.events), SECONDS)
    settled(desk.server)


def asks(desk: Office, who: Person, person: Person, **values: str) -> Message:
    """Has that member ask the person in a direct message; the question."""
    before, view = len(questions(person.dm)), desk.form(who)
    desk.sends(who, view, person=person.id, **values)
    desk.presses(who, view, "Ask", "Asked:")
    return question(desk.api, person.dm, before + 1)
