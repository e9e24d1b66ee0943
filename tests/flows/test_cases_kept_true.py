"""What shows a low-score case follows the answer, and loses what was taken back, but nothing of anybody else's."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.address import OWNER, Address
from bot.cases import Turn
from bot.events import (
    AnswerDeleted,
    Arrival,
    CommentEdited,
    CommentWithdrawn,
    CommentWritten,
    NotSolved,
    OptedOut,
    ScoreChosen,
    TextWritten,
)
from bot.invitation import Interaction
from bot.ports import UnitOfWork
from bot.service.cases.closing import found
from bot.values import replace
from storage.keys import Keyring
from tests.flows.case_chat import LIISA, MIKKO, TEAM, CaseChat, case_chat, in_team
from tests.flows.chat import ANNA, BOT, OLLI

DESK = Address("webchat", OWNER, user=OWNER)
OTHER = Address("telegram", "-100888", account=BOT)


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[CaseChat]:
    async with case_chat(sqlite_url, keyring) as made:
        yield made


@pytest.fixture
async def at_desk(database_url: str, keyring: Keyring) -> AsyncIterator[CaseChat]:
    async with case_chat(database_url, keyring, owner_channel=(str(DESK),)) as made:
        yield made


async def shown(here: CaseChat) -> list[tuple[str, tuple[str, ...]]]:
    """What the owners' page shows, the oldest first."""
    async with here.world.store.reading() as uow:
        return [(one.prompt.title, one.prompt.lines) for one in await uow.messages.newest("default", DESK, 50)]


async def erased(here: CaseChat) -> None:
    customer = await here.chat.people.at("default", MIKKO.address)
    await here.chat.people.erase("default", customer.customer.id)
    await here.world.quiet()


async def test_a_deleted_answer_takes_no_like_one_along(at_desk: CaseChat) -> None:
    """Two answers of one person read alike; so do those of people without a name."""
    first = await at_desk.low()
    await at_desk.ticks()
    at_desk.world.clock.advance(minutes=10)
    await at_desk.low(about=Interaction(ticket="T-2"))
    await at_desk.ticks()
    await at_desk.says(first, AnswerDeleted())
    assert await shown(at_desk) == [
        ("The answer was taken back.", ("T-1042 · Billing",)),
        ("2 of 5 from Mikko Virtanen", ("T-2",)),
    ]
    at_desk.world.clock.advance(minutes=10)
    await at_desk.low(about=Interaction(ticket="T-3"))
    await at_desk.ticks()
    assert (await shown(at_desk))[-1] == ("2 of 5 from Mikko Virtanen", ("T-3",))


async def test_words_taken_back_leave_the_score(at_desk: CaseChat) -> None:
    made = await at_desk.low()
    await at_desk.says(made, CommentWritten("call 040 1234567", "m1"))
    await at_desk.ticks()
    await at_desk.says(made, CommentWithdrawn())
    assert await shown(at_desk) == [("2 of 5 from Mikko Virtanen", ("T-1042 · Billing",))]


async def test_what_is_left_of_the_erased_is_whole(at_desk: CaseChat) -> None:
    made = await at_desk.low()
    await at_desk.ticks()
    (asked,) = await at_desk.chat.sends(ANNA, f"k:d:{made.id}")
    await at_desk.chat.presses(ANNA, "Without", asked)
    await erased(at_desk)
    assert await shown(at_desk) == [("The answer was taken back.", ("T-1042 · Billing", "Done. Anna"))]


async def test_the_message_follows_the_answer(here: CaseChat) -> None:
    made, _ = await here.told()
    await here.says(made, CommentWritten("the VAT line", "m1"))
    here.world.clock.advance(minutes=10)
    await here.ticks()
    for event, title, words in (
        (ScoreChosen(1), "1 of 5", "“the VAT line”"),
        (CommentEdited("the vat line", "m1"), "1 of 5", "“the vat line”"),
        (CommentWithdrawn(), "1 of 5", ""),
        (ScoreChosen(4), "4 of 5", ""),
    ):
        here.world.clock.advance(minutes=1)
        await here.says(made, event)
        [last] = [one for one in here.chat.phone.sent if one.address == TEAM][-1:]
        assert last.message
        assert last.prompt.title == f"{title} from Mikko Virtanen"
        assert last.prompt.lines == tuple(line for line in ("T-1042 · Billing", words) if line)


async def test_a_place_that_is_none_any_more_holds_no_news_back_for_the_next(here: CaseChat) -> None:
    await here.told(who=LIISA)
    await here.world.set(owner_channel=f"{TEAM},{OTHER}")
    await here.low()
    (told,) = await here.ticks()  # the first place has heard something just now
    assert told.address == OTHER
    await here.world.set(owner_channel=str(OTHER))
    here.world.clock.advance(minutes=10)
    assert await here.ticks() == []
    here.world.clock.advance(days=7)
    await here.world.set(owner_channel=f"{OTHER},{replace(OTHER, conversation='-100999')}")
    assert await here.ticks() == []


async def test_a_place_of_another_group_shows_no_case_of_this_one(sqlite_url: str, keyring: Keyring) -> None:
    places = (str(TEAM), f"{OTHER}?team=Delivery")
    async with case_chat(sqlite_url, keyring, owner_channel=places) as here:
        made, _ = await here.told()
        sent = await here.chat.sends(ANNA, f"k:t:{made.id}", at=replace(OTHER, user="7"))
        assert {one.address.conversation for one in sent} == {"7", TEAM.conversation}


async def test_an_old_cancel_leaves_what_is_asked_now(here: CaseChat) -> None:
    _, first = await here.told()
    here.world.clock.advance(minutes=10)
    _, second = await here.told(who=LIISA)
    (before,) = await here.chat.presses(ANNA, "Done and", first, at=in_team(ANNA))
    await here.chat.presses(ANNA, "Done and", second, at=in_team(ANNA))
    assert await here.chat.presses(ANNA, "Cancel", before) == []
    told = await here.writes(ANNA, "It is fixed.")
    assert [one.prompt.lines[-1] for one in told if one.address == LIISA.address] == ["It is fixed."]
    assert await here.states() == [("open", "nothing"), ("done", "told")]


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_sentence_that_waits_does_not_go_to_whoever_wants_none(here: CaseChat, forgotten: bool) -> None:
    _, asked = await here.told()
    await here.chat.presses(ANNA, "Done and", asked, at=in_team(ANNA))
    here.chat.phone.sends = False
    words = TextWritten("It is fixed.", message="t1")
    arrival = Arrival(event_id="text-1", workspace="default", address=ANNA.address, event=words, aloud=True)
    await here.world.store.record(arrival)
    assert await here.states() == [("done", "sending")]
    if forgotten:
        customer = await here.chat.people.at("default", MIKKO.address)
        await here.chat.people.erase("default", customer.customer.id)
    else:
        await here.world.store.record(replace(here.world.arrival(OptedOut()), address=MIKKO.address))
    here.chat.phone.sends = True
    here.world.clock.advance(minutes=5)
    await here.world.quiet()
    assert [one for one in here.chat.phone.sent if one.tells] == []
    if not forgotten:
        assert await here.states() == [("done", "failed")]
        [told] = [one.prompt for one in here.chat.phone.sent if one.prompt.title.startswith("Could not tell")]
        assert told.title == "Could not tell Mikko Virtanen: opted out."


async def test_the_owners_copy_of_a_lost_message_follows_too(here: CaseChat) -> None:
    here.chat.phone.blocked_by.add(TEAM)
    made = await here.low()
    await here.says(made, CommentWritten("call 040 1234567", "m1"))
    (copy,) = await here.ticks()
    assert (copy.address, copy.prompt.title) == (OLLI.address, "2 of 5 from Mikko Virtanen")
    await erased(here)
    [edited] = [one for one in here.chat.phone.sent if one.address == OLLI.address and one.message]
    assert edited.prompt.title == "The answer was taken back."
    assert "040" not in edited.prompt.text


async def test_an_owner_of_the_page_alone_reads_what_is_lost_elsewhere(sqlite_url: str, keyring: Keyring) -> None:
    async with case_chat(sqlite_url, keyring) as here:
        await here.world.execute("DELETE FROM member_identity WHERE member_id = 'member-8'")
        here.chat.phone.blocked_by.add(TEAM)
        await here.low()
        assert await here.ticks() == []
        [(title, lines)] = await shown(here)
        assert title == "2 of 5 from Mikko Virtanen"
        assert lines[-1] == "This could not be posted to telegram:-100777: blocked the bot."
        await erased(here)
        assert "Mikko" not in str(await shown(here))


async def test_a_press_amid_a_comment_waits_for_it(database_url: str, keyring: Keyring) -> None:
    """Both hold the answer before the case, so that PostgreSQL has no deadlock to end."""
    async with case_chat(database_url, keyring) as here:
        made, _ = await here.told()
        store, begun = here.world.store, asyncio.Event()

        async def press(uow: UnitOfWork) -> None:
            case = await found(uow, "default", made.id)
            assert case is not None
            await uow.summaries.note_quotes("default", [TEAM], [(made.id, "a line")])

        async def comment(uow: UnitOfWork) -> None:
            await uow.invitations.load([made.id], lock=True)
            begun.set()
            for _ in range(20):  # the other one gets as far as it can meanwhile
                await uow.invitations.load([made.id])
            await uow.cases.note([("default", made.id, Turn.WORDS)], here.world.clock.now())

        async def press_then() -> None:
            await begun.wait()
            await store.write(press)

        await asyncio.gather(store.write(comment), press_then())


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (CommentWritten("the VAT line", "m1"), ("T-1042 · Billing", "“the VAT line”")),
        (NotSolved(), ("T-1042 · Billing", "The matter is not solved yet.")),
    ],
)
async def test_what_came_while_the_message_was_on_its_way_is_in_it_at_once(
    database_url: str, keyring: Keyring, event: CommentWritten | NotSolved, lines: tuple[str, ...]
) -> None:
    async with case_chat(database_url, keyring) as here:
        made = await here.low()
        here.chat.phone.sends = False
        assert await here.cases.tell() == 1
        arrival = here.world.arrival(event, made)
        await here.world.store.record(replace(arrival, address=MIKKO.address))
        before = len(here.chat.phone.sent)
        here.chat.phone.sends = True
        await here.world.quiet()
        at_team = [one for one in here.chat.phone.sent[before:] if one.address == TEAM]
        assert [one.prompt.lines for one in at_team] == [("T-1042 · Billing",), lines]
        assert at_team[1].message
