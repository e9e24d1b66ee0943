"""Where people can be reached: who wrote last, what moves with a conversation, who is forgotten; on both databases."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.invitation import Invitation, Origin
from bot.ports import Contact, Dispatch, Saved
from bot.prompts import Prompt, PromptKind
from bot.values import replace
from bot.workspace import Customer
from storage.customers import CustomerRows
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.outbox import OutboxRows
from storage.summaries import SummaryRows
from tests.builders import NOON, at, make_address, make_answered
from tests.contracts.prepared import SURVEY_IDS, add_workspace, invited

HOME = make_address()
PHONE = Address("telegram", "77", account="bot-1")
GROUP = Address("telegram", "-100", account="bot-1")
CHANNELS = ("telegram", "webchat")
SUPERGROUP = replace(GROUP, conversation="-1007")
ANNA = Customer("anna", "default", NOON, name="Anna")
BEN = Customer("ben", "default", at(1), name="Ben")
CARL = Customer("carl", "default", at(2), name="Carl")
ANNAS, BENS = replace(GROUP, user="77"), replace(GROUP, user="78")


@pytest.fixture
def customers(connection: AsyncConnection, keyring: Keyring) -> CustomerRows:
    return CustomerRows(connection, keyring)


@pytest.fixture
def invitations(connection: AsyncConnection, keyring: Keyring) -> InvitationRows:
    return InvitationRows(connection, keyring)


def moved(address: Address) -> Address:
    return replace(address, conversation=SUPERGROUP.conversation)


def asked(number: int, customer: str | None, address: Address, **changes: Any) -> Invitation:
    return replace(invited(number, address=address, channel=address.channel, **changes), customer=customer)


def to(address: Address, title: str, **changes: Any) -> Dispatch:
    prompt = Prompt(PromptKind.INFO, "en", title=title)
    return replace(Dispatch(workspace="default", address=address, prompt=prompt), **changes)


async def test_somebody_may_be_written_to_once_they_wrote_and_until_they_left(customers: CustomerRows) -> None:
    await customers.add(ANNA, PHONE)
    await customers.add(ANNA, HOME)
    assert await customers.seen_at("default", PHONE) is None
    await customers.met("default", PHONE, at(1))
    await customers.met("default", PHONE, at(2))
    assert await customers.seen_at("default", PHONE) == at(2)
    assert await customers.seen_at("default", HOME) is None
    assert await customers.seen_at("other", PHONE) is None
    await customers.lost("other", PHONE)
    await customers.lost("default", HOME)
    assert await customers.seen_at("default", PHONE) == at(2)
    await customers.lost("default", PHONE)
    assert await customers.seen_at("default", PHONE) is None
    assert await customers.at("default", PHONE) == ANNA
    await customers.met("default", PHONE, at(3))
    assert await customers.seen_at("default", PHONE) == at(3)


async def test_where_nobody_is_known_nothing_is_kept(customers: CustomerRows) -> None:
    await customers.met("default", PHONE, NOON)
    await customers.lost("default", PHONE)
    assert await customers.seen_at("default", PHONE) is None
    assert await customers.recent("default", CHANNELS, 9) == []


async def test_whoever_wrote_or_was_added_last_comes_first(customers: CustomerRows) -> None:
    for customer, address in ((ANNA, PHONE), (BEN, BENS), (CARL, HOME)):
        await customers.add(customer, address)
    added = [Contact(CARL, HOME), Contact(BEN, BENS), Contact(ANNA, PHONE)]
    assert await customers.recent("default", CHANNELS, 9) == added
    await customers.met("default", PHONE, at(5))
    await customers.met("default", BENS, at(1, seconds=30))
    newest = [Contact(ANNA, PHONE, at(5)), Contact(CARL, HOME), Contact(BEN, BENS, at(1, seconds=30))]
    assert await customers.recent("default", CHANNELS, 9) == newest
    assert await customers.recent("default", CHANNELS, 2) == newest[:2]


async def test_of_each_person_the_address_is_told_that_they_used_last(customers: CustomerRows) -> None:
    for address in (PHONE, ANNAS, HOME):
        await customers.add(ANNA, address)
    await customers.add(BEN, BENS)
    await customers.met("default", PHONE, at(3))
    await customers.met("default", ANNAS, at(5))
    assert await customers.recent("default", CHANNELS, 9) == [Contact(ANNA, ANNAS, at(5)), Contact(BEN, BENS)]


async def test_people_of_another_business_are_not_told(customers: CustomerRows, connection: AsyncConnection) -> None:
    await add_workspace(connection, "other")
    await customers.add(ANNA, PHONE)
    there = replace(BEN, workspace="other")
    await customers.add(there, PHONE)
    await customers.met("other", PHONE, at(5))
    assert await customers.recent("default", CHANNELS, 9) == [Contact(ANNA, PHONE)]
    assert await customers.recent("other", CHANNELS, 9) == [Contact(there, PHONE, at(5))]


async def test_people_and_questions_move_with_their_conversation(
    customers: CustomerRows, invitations: InvitationRows
) -> None:
    for customer, address in ((ANNA, ANNAS), (BEN, BENS), (CARL, PHONE)):
        await customers.add(customer, address)
    await customers.met("default", ANNAS, at(1))
    there = [
        asked(1, ANNA.id, ANNAS),
        asked(2, BEN.id, BENS),
        asked(3, None, GROUP, origin=Origin.OPEN_CALL),
    ]
    elsewhere = asked(4, CARL.id, PHONE)
    await invitations.save([Saved(None, one) for one in (*there, elsewhere)])
    assert await customers.move(GROUP, SUPERGROUP) == len(there)
    assert await customers.at("default", ANNAS) is None
    assert await customers.at("default", moved(ANNAS)) == ANNA
    assert await customers.seen_at("default", moved(ANNAS)) == at(1)
    assert await customers.addresses(BEN.id) == [moved(BENS)]
    assert await customers.addresses(CARL.id) == [PHONE]
    found = await invitations.load([one.id for one in (*there, elsewhere)])
    assert [found[one.id].address for one in there] == [moved(ANNAS), moved(BENS), SUPERGROUP]
    assert found[elsewhere.id] == elsewhere
    assert await invitations.at_places([GROUP]) == []
    assert {one.id for one in await invitations.at_places([SUPERGROUP])} == {one.id for one in there}
    assert await customers.move(GROUP, SUPERGROUP) == 0
    assert await customers.addresses(BEN.id) == [moved(BENS)]
    assert await invitations.load(list(found)) == found


async def test_the_questions_of_every_business_in_the_conversation_move(
    customers: CustomerRows, invitations: InvitationRows, connection: AsyncConnection
) -> None:
    await add_workspace(connection, "other")
    await customers.add(ANNA, ANNAS)
    there = replace(BEN, workspace="other")
    await customers.add(there, ANNAS)
    questions = [asked(1, ANNA.id, ANNAS), asked(2, BEN.id, ANNAS, workspace="other")]
    await invitations.save([Saved(None, one) for one in questions])
    assert await customers.move(GROUP, SUPERGROUP) == len(questions)
    assert await customers.at("default", moved(ANNAS)) == ANNA
    assert await customers.at("other", moved(ANNAS)) == there


async def test_whoever_has_the_new_address_already_keeps_it(
    customers: CustomerRows, invitations: InvitationRows
) -> None:
    await customers.add(ANNA, ANNAS)
    await customers.add(BEN, moved(ANNAS))
    question = asked(1, ANNA.id, ANNAS)
    await invitations.save([Saved(None, question)])
    assert await customers.move(GROUP, SUPERGROUP) == 1
    assert await customers.at("default", moved(ANNAS)) == BEN
    assert await customers.addresses(ANNA.id) == [ANNAS]
    assert (await invitations.load([question.id]))[question.id].address == moved(ANNAS)


async def test_waiting_messages_move_and_nobody_holds_them_any_more(
    customers: CustomerRows, connection: AsyncConnection, keyring: Keyring
) -> None:
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([to(ANNAS, "first"), to(PHONE, "other place"), to(GROUP, "second")], NOON)
    first, elsewhere, second = outbox.added
    await customers.move(GROUP, SUPERGROUP)
    taker = OutboxRows(connection, keyring, "b")
    assert await taker.claim(NOON, 9) == [replace(first, address=moved(ANNAS))]
    await taker.done(first)
    await customers.move(GROUP, SUPERGROUP)
    assert await taker.claim(NOON, 9) == [replace(second, address=SUPERGROUP)]
    assert elsewhere.address == PHONE
    await taker.add([to(PHONE, "behind what another holds")], NOON)
    assert taker.added == []


async def test_a_lease_at_the_new_place_outlives_a_second_move(
    customers: CustomerRows, connection: AsyncConnection, keyring: Keyring
) -> None:
    await OutboxRows(connection, keyring, "a").add([to(GROUP, "waits")], NOON)
    await customers.move(GROUP, SUPERGROUP)
    assert len(await OutboxRows(connection, keyring, "b").claim(NOON, 9)) == 1
    await customers.move(GROUP, SUPERGROUP)
    assert await OutboxRows(connection, keyring, "c").claim(NOON, 9) == []


async def test_a_weekly_message_that_moved_still_loses_the_words_that_are_taken_back(
    customers: CustomerRows, invitations: InvitationRows, connection: AsyncConnection, keyring: Keyring
) -> None:
    answered = replace(make_answered(2, ["slow"]), survey_id=SURVEY_IDS["csat"])
    await invitations.save([Saved(None, answered)])
    weekly = Prompt(PromptKind.INFO, "en", title="Week", lines=("“slow”", "2 answers"))
    outbox = OutboxRows(connection, keyring, "a")
    await outbox.add([Dispatch(workspace="default", address=GROUP, prompt=weekly, week="2026-W46")], NOON)
    await SummaryRows(connection, keyring).note_quotes("default", [GROUP], [(answered.id, "“slow”")])
    await customers.move(GROUP, SUPERGROUP)
    assert answered.answer is not None
    wordless = replace(answered, answer=replace(answered.answer, parts=()))
    await invitations.save([Saved(answered, wordless)])
    [waiting] = await outbox.claim(NOON, 9)
    assert waiting.prompt.lines == ("2 answers",)


async def test_who_only_wrote_and_long_ago_is_forgotten_with_addresses(customers: CustomerRows) -> None:
    for address in (PHONE, ANNAS):
        await customers.add(ANNA, address)
        await customers.met("default", address, at(1))
    for address in (moved(BENS), BENS):
        await customers.add(BEN, address)
        await customers.met("default", address, at(1) if address == BENS else at(9))
    assert await customers.sweep(at(1)) == 0
    assert await customers.sweep(at(2)) == 1
    assert await customers.get(ANNA.id) is None
    assert await customers.addresses(ANNA.id) == []
    assert await customers.at("default", PHONE) is None
    assert await customers.recent("default", CHANNELS, 9) == [Contact(BEN, moved(BENS), at(9))]
    assert await customers.sweep(at(2)) == 0


async def test_whoever_means_more_to_us_stays(customers: CustomerRows, invitations: InvitationRows) -> None:
    kept = {
        "asked": ANNA,
        "opted-out": replace(ANNA, opted_out_at=at(1)),
        "consented": replace(ANNA, consented_at=at(1)),
        "in-web-chat": ANNA,
    }
    for name, customer in kept.items():
        address = replace(PHONE, conversation=name) if name != "in-web-chat" else HOME
        await customers.add(replace(customer, id=name), address)
        if address != HOME:
            await customers.met("default", address, at(1))
    await invitations.save([Saved(None, asked(1, "asked", replace(PHONE, conversation="asked")))])
    assert await customers.sweep(at(days=900)) == 0
    assert set(await customers.many([*kept, "customer-1"])) == {*kept, "customer-1"}


async def test_imported_people_hide_nobody(customers: CustomerRows) -> None:
    await customers.add(replace(ANNA, id="seen", created_at=NOON), PHONE)
    await customers.met("default", PHONE, at(1))
    imported = {
        Address("import", f"c{n}"): Customer(f"imported-{n}", "default", at(60), name=f"Imported {n}")
        for n in range(30)
    }
    await customers.add_many(imported)
    [found] = [one for one in await customers.recent("default", CHANNELS, 5) if one.customer.id == "seen"]
    assert found == Contact(replace(ANNA, id="seen"), PHONE, at(1))
    assert all(one.address.channel in CHANNELS for one in await customers.recent("default", CHANNELS, 99))


async def test_who_only_wrote_and_blocks_us_is_forgotten_at_once(customers: CustomerRows) -> None:
    await customers.add(ANNA, PHONE)
    await customers.met("default", PHONE, NOON)
    await customers.lost("default", PHONE)
    assert await customers.get("anna") is None
    await customers.add(BEN, PHONE)
    await customers.change(replace(BEN, opted_out_at=NOON))
    await customers.lost("default", PHONE)
    assert await customers.get("ben") == replace(BEN, opted_out_at=NOON)
