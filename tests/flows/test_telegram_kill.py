"""`kill -9` amid 500 taps in Telegram: what the platform saw confirmed is stored, once, and the rest comes again."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.telegram.buttons import SCORE_CODE
from bot.address import Address
from bot.bootstrap import Pulssi
from bot.conversation import advance
from bot.events import Delivered
from bot.events import Person as Known
from bot.ports import Saved, UnitOfWork
from bot.service.asked import AskRequest
from tests.flows.commands import Terminal
from tests.flows.server import RunningServer
from tests.flows.telegram import ACCOUNT, TOKEN, WAYS, exported, rows, said, telegram_server
from tests.telegram_api.bot_api import BotApi
from tests.telegram_api.chats import Message, Query
from tests.telegram_api.people import Person
from tests.telegram_api.server import in_thread

PEOPLE = 500
ENOUGH = 100
AFTER_THE_LEASE = 50.0  # seconds: a killed poller's lease lasts 20 of them, and then everything comes again


@dataclass
class Crowd:
    """500 people with a question each in their chat, as if it had been sent before."""

    api: BotApi
    people: list[Person] = field(default_factory=list)
    questions: dict[int, Message] = field(default_factory=dict)
    invitations: dict[int, str] = field(default_factory=dict)
    taps: dict[int, Query] = field(default_factory=dict)

    async def gather(self, pulssi: Pulssi) -> None:
        """Asks them all past the sender, which would take Telegram's 30 a second."""
        self.people = [self.api.private(1000 + number, f"Person {number}", "fi") for number in range(PEOPLE)]
        await asyncio.gather(*(self._ask(pulssi, person) for person in self.people))
        for person in self.people:
            token = pulssi.context.tokens.issue("invitation", self.invitations[person.id])
            row = [{"text": str(n), "callback_data": f"{SCORE_CODE}{n}:{token}"} for n in range(1, 6)]
            person.chat.started = True
            self.questions[person.id] = person.chat.put(
                self.api.bot, self.api.state.now(), text="Kuinka tyytyväinen olet?", markup={"inline_keyboard": [row]}
            )
        await pulssi.store.write(lambda uow: self._mark_sent(uow, pulssi))

    async def _ask(self, pulssi: Pulssi, person: Person) -> None:
        to = Address("telegram", str(person.id), ACCOUNT)
        await pulssi.people.meet("default", Known(to, str(person.user["first_name"]), "fi"), to)
        asked = await pulssi.asking.ask(AskRequest(workspace="default", survey="csat", to=to, by="staff"))
        assert asked.invitation is not None, asked.verdict
        self.invitations[person.id] = asked.invitation.id

    async def _mark_sent(self, uow: UnitOfWork, pulssi: Pulssi) -> None:
        now = pulssi.context.clock.now()
        found = await uow.invitations.load(list(self.invitations.values()), lock=True)
        shown = {invitation: str(self.questions[person].id) for person, invitation in self.invitations.items()}
        steps = {one.id: advance(one, Delivered(shown[one.id]), now) for one in found.values()}
        await uow.invitations.save([Saved(one, steps[one.id].invitation) for one in found.values()])
        await uow.outbox.drop_all(list(self.invitations.values()))

    def tap(self) -> None:
        for person in self.people:
            self.taps[person.id] = person.tap(self.questions[person.id], str(self.score(person.id)))

    @staticmethod
    def score(person: int) -> int:
        return person % 5 + 1

    @property
    def confirmed(self) -> set[int]:
        """Whose tap the platform saw confirmed: it would not send it again, or the app stopped waiting."""
        by_update = self.api.confirmed_updates
        return {person for person, tap in self.taps.items() if tap.update_id in by_update or tap.answered}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", WAYS)
def test_every_confirmed_tap_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    api = BotApi(TOKEN)
    crowd = Crowd(api)
    Terminal(tmp_path, monkeypatch, TELEGRAM_BOT_TOKEN=TOKEN).inside(crowd.gather)
    with in_thread(api) as url, telegram_server(tmp_path, url, way) as server:
        crowd.tap()
        api.wait(lambda: len(api.state.updates.confirmed) >= ENOUGH, 30)
        server.kill()
        confirmed = crowd.confirmed
        assert ENOUGH <= len(confirmed) < PEOPLE
        _each_is_there_once(tmp_path, crowd, confirmed)

        server.start()
        api.wait(lambda: len(api.state.updates.confirmed) == PEOPLE, AFTER_THE_LEASE)
        assert crowd.confirmed == set(crowd.taps)
        _each_is_there_once(tmp_path, crowd, set(crowd.taps))
        _figures_agree(server, crowd)


def _each_is_there_once(folder: Path, crowd: Crowd, people: set[int]) -> None:
    scores = dict(rows(folder, "SELECT invitation_id, score FROM response"))
    changes = Counter(invitation for (invitation,) in rows(folder, "SELECT invitation_id FROM history"))
    missing = [person for person in people if scores.get(crowd.invitations[person]) != crowd.score(person)]
    assert missing == []
    assert set(changes) == set(scores)
    assert set(changes.values()) == {1}


def _figures_agree(server: RunningServer, crowd: Crowd) -> None:
    exports: Sequence[Mapping[str, object]] = exported(server)
    wanted = {crowd.invitations[person.id]: crowd.score(person.id) for person in crowd.people}
    assert len(exports) == PEOPLE
    assert {row["id"]: row["score"] for row in exports} == wanted
    figures = said(server, "kpi", "--survey", "csat", "--json")
    assert (figures["n"], figures["answered"], figures["delivered"]) == (PEOPLE, PEOPLE, PEOPLE)
    verified = server.cli("rollups", "--verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
