"""/settings by buttons, /timezone, /business and /here."""

from collections.abc import AsyncIterator

import pytest

from bot.address import Address
from bot.ports import Dispatch
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import ANNA, BOT, GROUP, OLLI, STRANGER, Chat, chat, in_group, labels, lines


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        await found.member(OLLI, Role.OWNER)
        yield found


async def step(here: Chat, label: str, on: Dispatch) -> Dispatch:
    (shown,) = await here.presses(OLLI, label, on)
    assert shown.message == "pressed"
    return shown


async def test_by_buttons(here: Chat) -> None:
    (shown,) = await here.writes(OLLI, "/settings")
    assert shown.prompt.lines == (
        "Business: no name yet: /business Esimerkki Oy",
        "Language: English",
        "Time zone: Europe/Helsinki",
        "Weekly message: webchat:owner",
        "Next: Monday 23 Nov 09:00",
    )
    shown = await step(here, "Suomi".casefold(), await step(here, "Language", shown))
    assert "Language: suomi" in shown.prompt.lines
    shown = await step(here, "Europe/Stockholm", await step(here, "Time zone", shown))
    days = await step(here, "Day and hour", shown)
    assert labels(days) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Back"]
    hours = await step(here, "Thu", days)
    shown = await step(here, "17:00", hours)
    assert "Next: Thursday 19 Nov 17:00" in shown.prompt.lines
    shown = await step(here, "Back", await step(here, "Time zone", shown))
    assert shown.prompt.title == "Settings"
    assert await here.settings() == {"locale": "fi", "timezone": "Europe/Stockholm", "summary_at": "thu 17:00"}


async def test_in_finnish(here: Chat) -> None:
    (shown,) = await here.writes(replace(OLLI, locale="fi"), "/settings")
    assert "Seuraava: maanantaina 23.11. klo 9.00" in shown.prompt.lines
    assert labels(shown) == ["Kieli", "Aikavyöhyke", "Päivä ja kellonaika", "Kuinka usein"]


@pytest.mark.parametrize(
    "value", ["g:l:de", "g:z:Mars/Base", "g:d:mon:99", "g:d:xxx", "g:x", "g:d:mon:9", "h:x", "g:l:fi:1"]
)
async def test_forged_settings_change_nothing(here: Chat, value: str) -> None:
    await here.sends(OLLI, value)
    assert await here.settings() == {}


async def test_staff_and_strangers_press_in_vain(here: Chat) -> None:
    await here.member(ANNA)
    assert await here.sends(ANNA, "g:l:fi") == []
    assert here.outcome.notice == "Only owners can do that."
    assert await here.sends(STRANGER, "g:l:fi") == []
    assert here.outcome.notice == "Only members of the workspace can do that."
    assert await here.settings() == {}


async def test_a_typed_time_zone(here: Chat) -> None:
    (shown,) = await here.writes(OLLI, "/timezone europe/lisbon")
    assert "Time zone: Europe/Lisbon" in shown.prompt.lines
    for typed in ("", "Mars/Base", "../../etc/passwd", "\0"):
        (told,) = await here.writes(OLLI, f"/timezone {typed}")
        assert told.prompt.title == "Write an IANA time zone, as in /timezone Europe/Helsinki."
    assert await here.settings() == {"timezone": "Europe/Lisbon"}


async def test_the_name_of_the_business(here: Chat) -> None:
    (shown,) = await here.writes(OLLI, "/business  Esimerkki\n <i>Oy</i>  ")
    assert "Business: Esimerkki <i>Oy</i>" in shown.prompt.lines
    for typed in ("", "x" * 81):
        (told,) = await here.writes(OLLI, f"/business {typed}")
        assert "at most 80 characters" in told.prompt.title
    assert await here.settings() == {"business_name": "Esimerkki <i>Oy</i>"}


async def test_here_posts_the_weekly_message_in_a_topic(here: Chat) -> None:
    (told,) = await here.writes(OLLI, "/here", at=in_group("8"))
    assert told.address == GROUP
    assert told.prompt.title == "The summary is posted here from now on."
    assert "everybody in this chat reads it" in lines([told])
    assert (await here.settings())["owner_channel"] == "webchat:owner,telegram:-100200/5"

    (again,) = await here.writes(OLLI, "/here", at=in_group("8"))
    assert again.prompt.title == "The summary is posted here already."
    # What an owner asks for in the owners' chat is answered there; another topic is another place.
    assert (await here.writes(OLLI, "/settings", at=in_group("8")))[0].address == GROUP
    elsewhere = replace(in_group("8"), thread="6")
    assert (await here.writes(OLLI, "/settings", at=elsewhere))[0].address == OLLI.address

    here.world.clock.advance(days=8)
    await here.world.summaries.post_due()
    await here.world.quiet()
    assert [one.address for one in here.phone.sent if one.week] == [GROUP]

    assert await here.presses(STRANGER, "Stop", again, at=in_group("666")) == []
    (stopped,) = await here.presses(OLLI, "Stop", again, at=in_group("8"))
    assert (stopped.address, stopped.message) == (GROUP, "pressed")
    assert stopped.prompt.lines == ("It is still posted in: webchat:owner",)
    assert (await here.settings())["owner_channel"] == "webchat:owner"


async def test_stopping_everywhere_is_told(here: Chat) -> None:
    await here.world.set(owner_channel="telegram:8")
    (shown,) = await here.writes(OLLI, "/here")
    (told,) = await here.presses(OLLI, "Stop posting here", shown)
    assert "no summary is posted anywhere" in lines([told])
    assert (await here.settings())["owner_channel"] == ""
    assert "nowhere" in lines(await here.writes(OLLI, "/settings"))


async def test_somebody_elses_chat_with_a_customer_is_no_place_for_it(here: Chat) -> None:
    business_chat = Address("telegram", "42", account=BOT, via="connection-1")
    (told,) = await here.writes(OLLI, "/here", at=business_chat)
    assert told.address == OLLI.address
    assert told.prompt.title.startswith("Write /here in the chat, group or topic")
    assert await here.settings() == {}
