"""500 people in Slack with a question each, as if it had been sent before, and what became of their taps."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.slack.buttons import SCORE_CODE
from bot.address import Address
from bot.bootstrap import Pulssi
from bot.conversation import advance
from bot.events import Delivered
from bot.ports import Bot, Saved, UnitOfWork
from bot.service.asked import AskRequest
from tests.flows.commands import Terminal
from tests.flows.server import RunningServer
from tests.flows.slack import slack_server
from tests.slack_api.deliveries import Delivery
from tests.slack_api.people import Person
from tests.slack_api.places import Message
from tests.slack_api.rules import Json
from tests.slack_api.slack_api import SlackApi
from tests.slack_api.web_api import APP_TOKEN, BOT_TOKEN, TEAM

PEOPLE = 500
AT_ONCE = 20  # taps under way; a machine that runs many tests beside this one answers hundreds too late
SECONDS = 90.0
MOST_TAPS = 5  # of one person


@dataclass
class Crowd:
    """The people are `U0P…`; `database` is the URL of an empty database, or of one of an earlier crowd's."""

    api: SlackApi
    folder: Path
    database: str
    size: int = PEOPLE
    people: list[Person] = field(default_factory=list)
    questions: dict[str, Message] = field(default_factory=dict)
    invitations: dict[str, str] = field(default_factory=dict)
    taps: dict[str, list[Delivery]] = field(default_factory=dict)
    seconds: dict[str, Delivery] = field(default_factory=dict)

    def gather(self, patch: pytest.MonkeyPatch) -> None:
        """Asks them all past the sender, which would take Slack's 300 a minute."""
        settings = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "PULSSI_DATABASE_URL": self.database}
        Terminal(self.folder, patch, **settings).inside(self._gather)

    def server(self, url: str, way: str, **settings: str) -> RunningServer:
        """A server on their database, not yet started."""
        return slack_server(self.folder, url, way, PULSSI_DATABASE_URL=self.database, **settings)

    def tap(self, people: Iterable[Person]) -> list[Delivery]:
        """Each taps a score, AT_ONCE at a time; the last of them may still be on their way."""
        made: list[Delivery] = []
        for person in people:
            self.api.wait(lambda: sum(not one.done for one in made[-2 * AT_ONCE :]) < AT_ONCE, SECONDS)
            made.append(self._press(person))
            self.taps.setdefault(person.id, []).append(made[-1])
        return made

    def _press(self, person: Person) -> Delivery:
        """The second press was made together with the first: later the question may have been replaced."""
        code, earlier = f"{SCORE_CODE}:{self.score(person.id)}", self.taps.get(person.id, [])
        if earlier:
            second = self.seconds.pop(person.id, None)
            return self.api.send(second) if second is not None else self.api.resend(earlier[-1])
        question = self.questions[person.id]
        first, self.seconds[person.id] = (person.tap(question, code, send=False) for _ in range(2))
        return self.api.send(first)

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Until it is known of each what became of it."""
        self.api.wait(lambda: all(one.done for one in deliveries), SECONDS)

    @contextmanager
    def tapping(self, people: Iterable[Person]) -> Iterator[None]:
        """While this is open they tap; at its end all is done that was begun."""
        made: list[Delivery] = []
        thread = threading.Thread(target=lambda: made.extend(self.tap(people)), name="taps", daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join(SECONDS)
        assert not thread.is_alive()
        self.settle(made)

    @staticmethod
    def score(person: str) -> int:
        return int(person[-4:]) % 5 + 1

    @property
    def acknowledged(self) -> set[str]:
        """The people of whose taps Slack heard that they are stored."""
        taps = dict(self.taps)  # a thread may still add to it
        return {person for person, made in taps.items() if any(tap.acknowledged for tap in list(made))}

    def insist(self) -> None:
        """Whoever saw an error taps again, until nobody does."""
        for _ in range(MOST_TAPS):
            self.settle(self.tap(self.unheard))
        assert self.unheard == []

    @property
    def unheard(self) -> list[Person]:
        """Who saw an error, or has not tapped yet."""
        return [person for person in self.people if person.id not in self.acknowledged]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What SQL finds, past the program."""

        async def found() -> list[tuple[Any, ...]]:
            engine = create_async_engine(self.database, poolclass=NullPool)
            try:
                async with engine.connect() as connection:
                    return [tuple(row) for row in await connection.execute(text(query))]
            finally:
                await engine.dispose()

        return asyncio.run(found())

    def check(self, people: Iterable[str]) -> None:
        """Each of these has the score that they tapped, and whoever has one has it once."""
        scores = dict(self.rows("SELECT invitation_id, score FROM response"))
        changes = Counter(
            invitation for (invitation,) in self.rows("SELECT invitation_id FROM history WHERE words IS NULL")
        )
        missing = [person for person in people if scores.get(self.invitations[person]) != self.score(person)]
        assert missing == []
        assert set(changes) == set(scores)
        assert set(changes.values()) <= {1}

    def check_figures(self, server: RunningServer) -> None:
        """All have answered, and the sums that were kept along agree with the answers."""
        figures = server.cli("kpi", "--survey", "csat", "--json")
        assert figures.returncode == 0, figures.stderr
        assert f'"answered": {self.size},' in figures.stdout, figures.stdout
        verified = server.cli("rollups", "--verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr

    async def _gather(self, pulssi: Pulssi) -> None:
        await pulssi.store.write(lambda uow: uow.bots.add(Bot(channel="slack", account=TEAM, workspace="default")))
        self.people = [self.api.person(f"U0P{n:04}", f"Person {n}", "fi-FI") for n in range(self.size)]
        await asyncio.gather(*(self._ask(pulssi, person) for person in self.people))
        for person in self.people:
            token = pulssi.context.tokens.issue("invitation", self.invitations[person.id])
            self.questions[person.id] = self._put(person, token)
        await pulssi.store.write(lambda uow: self._mark_sent(uow, pulssi))

    async def _ask(self, pulssi: Pulssi, person: Person) -> None:
        to = Address("slack", person.id, TEAM)
        asked = await pulssi.asking.ask(AskRequest(workspace="default", survey="csat", to=to, by="staff"))
        assert asked.invitation is not None, asked.verdict
        self.invitations[person.id] = asked.invitation.id

    def _put(self, person: Person, token: str) -> Message:
        """The question as it stands in the person's chat with the bot."""
        state = self.api.state
        buttons: list[Json] = [
            {"type": "button", "text": {"type": "plain_text", "text": str(n)}, "action_id": f"{SCORE_CODE}:{n}",
             "value": token}
            for n in range(1, 6)
        ]  # fmt: skip
        block = {"type": "actions", "block_id": state.number("b"), "elements": buttons}
        with self.api.changes.changing():
            chat = state.direct(person.id)
            return chat.put(Message(chat, state.ts(), state.bot.id, "Kuinka tyytyväinen olet?", blocks=[block]))

    async def _mark_sent(self, uow: UnitOfWork, pulssi: Pulssi) -> None:
        now = pulssi.context.clock.now()
        found = await uow.invitations.load(list(self.invitations.values()), lock=True)
        shown = {self.invitations[person]: f"{one.channel.id}/{one.ts}" for person, one in self.questions.items()}
        steps = {one.id: advance(one, Delivered(shown[one.id]), now) for one in found.values()}
        await uow.invitations.save([Saved(one, steps[one.id].invitation) for one in found.values()])
        await uow.outbox.drop_all(list(self.invitations.values()))
