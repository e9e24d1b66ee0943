"""/mydata: everything that is stored, and that it is gone when the person says so."""

from collections.abc import AsyncIterator

import pytest

from bot.events import CommentWritten, Delivered, OptedOut, ScoreChosen
from bot.invitation import Interaction, Invitation
from bot.policy import Reason
from bot.values import replace
from bot.workspace import Role
from storage.keys import Keyring
from tests.flows.chat import ANNA, MIKKO, STRANGER, Chat, chat, in_group, labels, lines

KIM = replace(MIKKO, locale="en")


@pytest.fixture
async def here(sqlite_url: str, keyring: Keyring) -> AsyncIterator[Chat]:
    async with chat(sqlite_url, keyring) as found:
        yield found


async def answered(here: Chat, ticket: str = "T-1", words: str = "the <b>VAT</b> line") -> Invitation:
    """Mikko was asked, tapped 2, and wrote."""
    await here.customer(MIKKO)
    made = await here.world.asked(to=MIKKO.address, about=Interaction(ticket=ticket, agent="Anna"))
    await here.world.quiet()
    for event in (Delivered(), ScoreChosen(2), CommentWritten(words)):
        await here.world.store.record(replace(here.world.arrival(event, made), address=MIKKO.address))
    await here.world.quiet()
    return made


async def opts_out(here: Chat) -> None:
    await here.world.store.record(replace(here.world.arrival(OptedOut()), address=MIKKO.address))
    await here.world.quiet()


async def test_a_stranger(here: Chat) -> None:
    (told,) = await here.writes(STRANGER, "/mydata")
    assert (told.prompt.title, labels(told)) == ("Nothing is stored about you.", [])
    (told,) = await here.sends(STRANGER, "d:yes")
    assert told.prompt.title == "Nothing is stored about you."


async def test_everything_is_shown(here: Chat) -> None:
    await answered(here)
    (told,) = await here.writes(KIM, "/mydata", at=in_group("42"))
    assert told.address == MIKKO.address
    assert told.prompt.lines == (
        "Name: Mikko Virtanen",
        "Language: suomi",
        "Address: telegram:42",
        "You may be asked.",
        "2026-11-16 · CSAT · T-1 · Anna · 2 of 5 · “the <b>VAT</b> line” · Answered",
    )
    assert labels(told) == ["Delete everything", "Don't ask me again"]
    (finnish,) = await here.writes(MIKKO, "/mydata")
    assert finnish.prompt.title == "Sinusta on tallennettu"
    assert "2 / 5" in lines([finnish])


async def test_much_comes_in_several_messages(here: Chat) -> None:
    await answered(here, words="x" * 3900)
    sent = await here.writes(KIM, "/mydata")
    assert len(sent) > 1
    assert [bool(one.prompt.buttons) for one in sent] == [False] * (len(sent) - 1) + [True]
    assert lines(sent).count("x") >= 3900


async def test_delete_asks_once_more_and_deletes(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here:
        made = await answered(here)
        await here.world.asked(to=MIKKO.address, ticket="T-2", anyway=True)
        await here.world.quiet()
        (told,) = await here.writes(KIM, "/mydata")
        (sure,) = await here.presses(KIM, "Delete", told)
        assert labels(sure) == ["Yes, delete everything", "Keep it"]
        (kept,) = await here.presses(KIM, "Keep it", sure)
        assert kept.prompt.title == "All right, nothing was deleted."
        withdrawn, answer, gone = await here.presses(KIM, "Yes", sure, event="u1")
        assert withdrawn.prompt.title == "Tämä kysymys on peruttu. Sinun ei tarvitse tehdä mitään."
        assert withdrawn.prompt.buttons == ()
        # What the chat shows of the answer goes as well.
        assert answer.prompt.title == "Vastauksesi ja viestisi on poistettu."
        assert (answer.prompt.buttons, answer.prompt.lines, answer.invitation) == ((), (), None)
        assert (gone.prompt.title, gone.message) == ("Everything about you is deleted.", "pressed")
        assert await here.presses(KIM, "Yes", sure, event="u1") == []
        assert here.outcome.known
        async with here.world.store.reading() as uow:
            assert await uow.customers.at("default", MIKKO.address) is None
            left = (await uow.invitations.load([made.id]))[made.id]
        assert left.customer is None
        assert left.answer is not None
        assert (left.answer.score, left.answer.comment) == (2, "")
        assert await here.world.differences() == []
        (told,) = await here.writes(KIM, "/mydata")
        assert told.prompt.title == "Nothing is stored about you."


async def test_an_opt_out_outlives_the_deletion_and_nothing_else(database_url: str, keyring: Keyring) -> None:
    async with chat(database_url, keyring) as here:
        await answered(here)
        await opts_out(here)
        (told,) = await here.writes(KIM, "/mydata")
        assert "You do not want to be asked again, since 2026-11-16." in told.prompt.lines
        assert labels(told) == ["Delete everything"]
        (gone,) = await here.presses(MIKKO, "Delete", told)
        *_, gone = await here.presses(MIKKO, "Kyllä, poista kaikki", gone)
        assert gone.prompt.title == "Kaikki tietosi on poistettu. Muistamme vain, ettet halua kysymyksiä."
        async with here.world.store.reading() as uow:
            left = await uow.customers.at("default", MIKKO.address)
            assert left is not None
            assert (left.name, left.locale, left.consented_at) == (None, None, None)
            assert await uow.invitations.of_customer(left.id) == []
        asked = await here.world.ask(to=MIKKO.address, ticket="T-9")
        assert asked.verdict.reason is Reason.OPTED_OUT


async def test_do_not_ask_me_again(here: Chat) -> None:
    await here.customer(MIKKO)
    made = await here.world.asked(to=MIKKO.address, ticket="T-1")
    await here.world.quiet()
    (told,) = await here.writes(KIM, "/mydata")
    sent = await here.presses(KIM, "Don't ask", told)
    assert "we will not send you any more questions" in sent[-1].prompt.title
    assert (await here.world.invitation(made.id)).state.value == "cancelled"
    assert (await here.world.ask(to=MIKKO.address, ticket="T-2")).verdict.reason is Reason.OPTED_OUT


async def test_a_member_stays_one(here: Chat) -> None:
    await here.member(ANNA, Role.STAFF)
    (told,) = await here.writes(ANNA, "/mydata")
    assert told.prompt.title == "Nothing is stored about you."
    assert "You are a member here (staff)." in lines([told])
    await here.customer(ANNA)
    (gone,) = await here.sends(ANNA, "d:yes")
    assert "the operator can remove you" in lines([gone])
    assert len(await here.membership.members("default")) == 1


@pytest.mark.parametrize("value", ["d:everything", "d:yes:customer-42", "d:all:1"])
async def test_forged_values(here: Chat, value: str) -> None:
    await answered(here)
    assert await here.sends(STRANGER, value) == []
    async with here.world.store.reading() as uow:
        assert await uow.customers.at("default", MIKKO.address) is not None
