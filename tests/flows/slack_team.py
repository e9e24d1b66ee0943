"""One running program and one stand-in of Slack for the tests of a module; each has people and channels of its own."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.flows.server import RunningServer
from tests.flows.slack import SECONDS, question, questions, slack_server, works
from tests.flows.telegram import settled
from tests.slack_api.deliveries import Delivery
from tests.slack_api.people import Person
from tests.slack_api.places import Channel, Message, View
from tests.slack_api.rules import Json
from tests.slack_api.server import in_thread
from tests.slack_api.slack_api import SlackApi

BUSINESS = "Esimerkki Oy"
SAYING = ("chat.postMessage", "chat.update", "chat.postEphemeral", "response_url")
# All that somebody in Slack can leave behind.
TABLES = ("invitation", "response", "history", "customer", "customer_address", "parked", "draft")


@dataclass
class Team:
    """Slack, and the server that works in it. Waits end with `TimeoutError` after `SECONDS`."""

    api: SlackApi
    server: RunningServer
    http: httpx.Client
    numbers: "count[int]" = field(default_factory=count)

    def person(self, name: str, locale: str = "en-US", **more: Any) -> Person:
        return self.api.person(f"U0{next(self.numbers):04d}", name, locale, **more)

    def channel(self, *people: Person, shared: bool = False) -> Channel:
        number = next(self.numbers)
        return self.api.channel(f"C0{number:04d}", f"place-{number}", *people, shared=shared)

    # Asking.

    def ask(self, to: str, survey: str = "csat", **more: Any) -> str:
        """Asks by the HTTP API; the invitation."""
        answer = self.http.post("/invitations", json={"to": to, "survey": survey, **more})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["verdict"]["ask"], made
        return str(made["invitation"])

    def refusal(self, to: str) -> str | None:
        """Why this person would not be asked now; None when they would."""
        wanted = {"to": to, "survey": "csat", "anyway": True}
        verdict = self.http.post("/invitations:dry-run", json=wanted).json()["verdict"]
        return None if verdict["ask"] else str(verdict["reason"])

    def asked(self, person: Person, survey: str = "csat", **more: Any) -> tuple[str, Message]:
        """A question in somebody's direct messages: the invitation and the message."""
        number = len(self._questions(person.dm))
        made = self.ask(f"slack:{person.id}", survey, **more)
        return made, self._question(person.dm, number)

    def asked_in(
        self, channel: Channel, person: Person | None, survey: str = "csat", *, thread: str = "", **more: Any
    ) -> tuple[str, Message]:
        """The same where others read; to nobody in particular for an open call."""
        number = len(self._questions(channel))
        to = f"slack:{channel.id}{f'/{thread}' if thread else ''}{f'@{person.id}' if person else ''}"
        made = self.ask(to, survey, **more)
        return made, self._question(channel, number)

    def _question(self, channel: Channel, number: int) -> Message:
        found = question(self.api, channel, number + 1)
        settled(self.server)  # a tap before the send is noted is another test's
        return found

    def _questions(self, channel: Channel) -> list[Message]:
        with self.api.changes.reading():
            return list(questions(channel))

    # What is stored.

    def stored(self, invitation: str) -> tuple[str, int | None, str | None]:
        """The state, score and comment."""
        found = self.http.get(f"/invitations/{invitation}").json()
        return found["state"], found["score"], found["comment"]

    def history(self, invitation: str) -> list[int]:
        """Every score that was kept, in order."""
        query = "SELECT score FROM history WHERE invitation_id = ? AND score IS NOT NULL ORDER BY id"
        return [score for (score,) in self.rows(query, invitation)]

    def counts(self) -> dict[str, int]:
        """How many rows there are of each of `TABLES`."""
        return {name: self.rows(f"SELECT count(*) FROM {name}")[0][0] for name in TABLES}  # noqa: S608  # our words

    def rows(self, query: str, *bound: object) -> list[Any]:
        """What SQL finds, past the program."""
        database = sqlite3.connect(self.server.folder / "var" / "pulssi.db", timeout=10)
        found = database.execute(query, bound).fetchall()
        database.close()
        return found

    # What is done and seen.

    def heard(self) -> None:
        """Waits until all that was said and done was taken, and all that comes of it was sent."""
        self.api.wait(lambda: self.api.deliveries.idle, SECONDS)
        settled(self.server)

    def shown(self, what: Message | View, words: str) -> str:
        """What is seen of it, once these words stand in it."""
        self.api.wait(lambda: words in self.api.seen(what), SECONDS)
        return self.api.seen(what)

    def tapped(self, person: Person, message: Message, choice: str, **more: Any) -> Delivery:
        """A tap that was acknowledged: whatever it did is stored."""
        taken = person.tap(message, choice, **more).wait(SECONDS)
        assert taken.acknowledged, (taken.trouble, taken.status)
        return taken

    def opened(self, person: Person, message: Message, choice: str = "write") -> View:
        """The dialogue that this button opens."""
        before = len(self.api.views)
        self.tapped(person, message, choice)
        self.api.wait(lambda: len(self.api.views) > before, SECONDS)
        return self.api.views[-1]

    def own(self, person: Person, channel: Channel, words: str) -> Message:
        """What that person alone sees in the channel, the last with these words, once there is one."""

        def found() -> list[Message]:
            return [one for one in person.ephemerals(channel) if words in self.api.seen(one)]

        self.api.wait(found, SECONDS)
        return found()[-1]

    def direct(self, person: Person, words: str) -> Message:
        """The same of what we wrote in the direct messages."""

        def found() -> list[Message]:
            return [one for one in person.sees() if one.user != person.id and words in self.api.seen(one)]

        self.api.wait(found, SECONDS)
        return found()[-1]

    def for_others(self, channel: Channel, person: Person) -> str:
        """All of ours that anybody but this person could ever have read there, past wordings too, as JSON."""
        with self.api.changes.reading():
            calls = [call for call in self.api.calls if call.method in SAYING]
            ephemerals = [one for one in channel.ephemerals if one.to != person.id]
        open_calls = [call for call in calls if call.channel == channel.id and "user" not in call.params]
        told = [json.dumps(call.params, ensure_ascii=False) for call in open_calls]
        return "\n".join([*told, *(one.text + json.dumps(one.blocks, ensure_ascii=False) for one in ephemerals)])

    def notified(self) -> set[str]:
        """Everybody whom words of ours have ever notified: ids of people and groups, names of broadcasts."""
        with self.api.changes.reading():
            calls = [call.params for call in self.api.calls if call.method in SAYING]
        nowhere = Channel("C0", "nowhere")
        said = [Message(nowhere, "1", "U0", str(given.get("text") or ""), _blocks(given)) for given in calls]
        return {ping.target for one in said for ping in self.api.pings(one)}


@contextmanager
def slack_team(folder: Path, way: str = "http", **settings: str) -> Iterator[Team]:
    """A claimed workspace of `BUSINESS` that hears Slack by `way`; at the end Slack had nothing to complain of."""
    api = SlackApi()
    given = {"PULSSI_BUSINESS_NAME": BUSINESS, **settings}
    with in_thread(api) as url, slack_server(folder, url, way, **given) as server:
        works(api, server)
        server.claim(business=BUSINESS)
        headers = {"Authorization": f"Bearer {server.cli('api-key', 'create', 'flows').stdout.strip()}"}
        with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=20) as http:
            yield Team(api, server, http)


def is_clean(api: SlackApi) -> None:
    """Slack had nothing to refuse or to advise against, and was asked for no histories."""
    assert api.violations == []
    assert api.warnings == []
    assert api.calls_of("conversations.history") == api.calls_of("conversations.replies") == []


def _blocks(given: Any) -> list[Json]:
    blocks = given.get("blocks") or []
    found: list[Json] = json.loads(blocks) if isinstance(blocks, str) else blocks
    return found
