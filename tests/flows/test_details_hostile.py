"""Details of answers that nobody would design for, through the real channels; and presses by who may not any more."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.address import Address
from bot.events import MenuPressed, Person, Request
from bot.invitation import Interaction
from bot.ports import Identity, UnitOfWork
from bot.service.commands import Commands
from bot.service.membership import Membership
from bot.service.people import People
from bot.workspace import Member, Role
from storage.keys import Keyring
from tests.flows.chat import OLLI, Chat, staffed
from tests.flows.slack_world import direct, slack_world
from tests.flows.telegram_world import chat_address, telegram_world
from tests.flows.test_details import VALUES, answer, told, value
from tests.flows.test_summary_versions import answered
from tests.world import World

WORDS = (
    "\U0001f600" * 1300, "&<>" * 400, "<!channel> <@U0P0001> *b* `c` <https://evil.example|x> @everyone /stop",
    "a" * 4000, "\u05e9\u05dc\u05d5\u05dd \u202e" * 200, "\n\n".join(f"line {number}" for number in range(200)),
)  # fmt: skip
SPANS = ("2026-W47", "2026-11", "2026-11-16")
PRESSES = [
    *(f"f:{what}:{span}{page}" for what in ("com", "low") for span in SPANS for page in ("", ":2")),
    *(f"f:{what}:2026-W47" for what in ("team", "tp", "12", "why", "def")),
    "f:now:week",
]


async def _history(here: World) -> None:
    now = here.clock.now()
    for number, words in enumerate(WORDS):
        about = Interaction(team=f"{number}{'T' * 150}", ticket="X" * 100, touchpoint="<b>tp</b> *x*")
        await answered(here, [1, 2, 5], now - timedelta(days=number % 2), about, words=words)
    for number in range(20):
        await answered(here, [5], now, Interaction(team=f"<b>Team & {number} *x* {'y' * 100}"))


async def _pressed(here: World, at: Address, value: str) -> None:
    commands = Commands(
        here.store,
        here.context,
        here.asking,
        Membership(here.store, here.context),
        here.summaries,
        People(here.store, here.context),
    )
    who = Person(at, "Olli", "en")
    request = Request(event_id=f"press-{value}", workspace="default", address=at, person=who, event=MenuPressed(value))
    found = await commands.handle(request)
    assert found.notice is None, value


async def _owner(here: World, at: Address) -> None:
    async def job(uow: UnitOfWork) -> None:
        await uow.members.add(Member("m-1", "default", "Olli", Role.OWNER, here.clock.now()))
        await uow.members.bind(Identity("m-1", "default", at), here.clock.now())

    await here.store.write(job)


async def test_telegram_takes_whatever_was_written(sqlite_url: str, keyring: Keyring) -> None:
    """The stand-in refuses what Telegram would: too long, bad markup."""
    async with telegram_world(sqlite_url, keyring) as bot:
        [olli] = await bot.meet([8])
        await _owner(bot.here, chat_address(8))
        await _history(bot.here)
        for value_ in PRESSES:
            before = len(olli.chat.from_bot)
            await _pressed(bot.here, chat_address(8), value_)
            await bot.run()
            assert len(olli.chat.from_bot) > before, value_
        kinds = {one["type"] for message in olli.chat.from_bot for one in message.entities}
        assert kinds <= {"bold", "url"}, "nobody's words became a mention or a command"


async def test_slack_takes_whatever_was_written(sqlite_url: str, keyring: Keyring) -> None:
    async with slack_world(sqlite_url, keyring) as slack:
        [olli] = await slack.meet([1])
        await _owner(slack.here, direct(olli.id))
        await _history(slack.here)
        for value_ in PRESSES:
            before = len(slack.api.state.direct(olli.id).messages)
            await _pressed(slack.here, direct(olli.id), value_)
            await slack.run()
            assert len(slack.api.state.direct(olli.id).messages) > before, value_
        assert slack.api.violations == []
        sent = [one for one in slack.api.state.direct(olli.id).messages if one.user == slack.api.state.bot.id]
        assert all("<" not in one.text for one in sent), "no mention and no link"
        quoted = [one.text for one in sent if "@everyone" in one.text or "/stop" in one.text]
        assert quoted
        assert "/survey stop" not in "".join(quoted), "customers' words stand as they wrote them"


@pytest.fixture
async def here(database_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with staffed(database_url, keyring) as found:
        yield found


@pytest.mark.parametrize("span", SPANS)
async def test_who_was_removed_reads_nothing_more_of_an_old_message(here: Chat, span: str) -> None:
    await answer(here, "kim", 1, "the VAT line again")
    assert "the VAT line again" in await told(here, OLLI, value("com", span))
    await here.world.store.write(lambda uow: uow.members.remove("member-8", here.world.clock.now()))
    for what in VALUES:
        assert await told(here, OLLI, value(what, span)) == "Only members of the workspace can do that."


@pytest.mark.parametrize("span", SPANS)
async def test_words_of_who_was_erased_stand_in_no_details(here: Chat, span: str) -> None:
    await answer(here, "kim", 1, "the VAT line again")
    await answer(here, "pat", 5, "all was well here")
    customer = await here.world.customer("kim")
    await here.people.erase("default", customer.id)
    found = "".join([await told(here, OLLI, value(what, span)) for what in VALUES])
    assert "VAT line" not in found
    assert "all was well here" in found
