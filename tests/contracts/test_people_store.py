"""Businesses, members, keys, links, weeks and customers keep what `bot.ports` promises, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.address import Address
from bot.counting import cells
from bot.errors import Conflict, StoreUnavailable
from bot.events import Arrival, CommentWritten
from bot.invitation import Interaction, Invitation, State
from bot.ports import ApiKey, Code, Dispatch, Link, Saved, StoredMessage, SummaryDecision
from bot.prompts import Prompt, PromptKind
from bot.steps import ScoreKept, WordsKept
from bot.workspace import Customer, FirstContact, Member, Role, Workspace
from storage.api_keys import ApiKeyRows
from storage.customers import CustomerRows
from storage.engine import translated
from storage.events import EventRows
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.links import LinkRows
from storage.members import MemberRows
from storage.messages import MessageRows
from storage.outbox import OutboxRows
from storage.summaries import SummaryRows
from storage.tables import TABLES
from storage.workspaces import WorkspaceRows
from tests.builders import NOON, at, make_address, make_answered, make_invitation
from tests.contracts.prepared import SURVEY_IDS, add_workspace, load, prepared, save

HOME = make_address()
PHONE = Address("telegram", "77", account="bot-1", user="77")
ANNA = Customer("customer-7", "default", NOON, name="Anna", locale="fi")
OWNER = Member("m-1", "default", "Olga", Role.OWNER, NOON)
STAFF = Member("m-2", "default", "Sami", Role.STAFF, at(1))
HELLO = Prompt(PromptKind.INFO, "en", title="Hello")


@pytest.fixture
async def engine(database_url: str, keyring: Keyring) -> AsyncIterator[AsyncEngine]:
    async with prepared(database_url, keyring) as engine:
        yield engine


@pytest.fixture
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        yield connection


async def count(connection: AsyncConnection, name: str) -> int:
    return int(await connection.scalar(select(func.count()).select_from(TABLES.tables[name])) or 0)


async def test_a_workspace_comes_back_and_a_taken_name_stays(connection: AsyncConnection, keyring: Keyring) -> None:
    workspaces = WorkspaceRows(connection, keyring)
    acme = Workspace("acme", NOON, sample=True, claimed_at=at(5), settings={"PULSSI_LOCALE": "fi"})
    await workspaces.add(acme)
    await workspaces.add(Workspace("acme", at(9)))
    assert await workspaces.get("acme") == acme
    assert await workspaces.get("nobody") is None
    changed = replace(acme, sample=False, settings={"PULSSI_LOCALE": "sv", "PULSSI_SUMMARY_AT": "fri 15:00"})
    await workspaces.change(changed)
    assert await workspaces.get("acme") == changed
    assert [workspace.name for workspace in await workspaces.all()] == ["acme", "default"]


async def test_members_leave_with_sessions_and_codes_and_keep_their_names(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    members = MemberRows(connection, keyring)
    await members.add(OWNER)
    await members.add(STAFF)
    await members.add_session("s-2", STAFF.id, at(hours=9))
    await members.add_code(Code("c-2", "default", Role.STAFF, at(hours=9), member=STAFF.id))
    assert await members.all("default") == [OWNER, STAFF]
    assert await members.by_session("s-2", at(1)) == STAFF
    await members.remove(STAFF.id, at(2))
    await members.remove(STAFF.id, at(7))
    assert await members.all("default") == [OWNER]
    assert await members.get(STAFF.id) == replace(STAFF, removed_at=at(2))
    assert await members.by_session("s-2", at(3)) is None
    assert await members.take_code("c-2", at(3)) is None
    assert await members.get("nobody") is None


async def test_a_session_ends_when_its_time_is_over(connection: AsyncConnection, keyring: Keyring) -> None:
    members = MemberRows(connection, keyring)
    await members.add(OWNER)
    await members.add_session("s-1", OWNER.id, at(10))
    assert await members.by_session("s-1", at(9)) == OWNER
    assert await members.by_session("s-1", at(10)) is None
    assert await members.by_session("s-9", at(9)) is None


async def test_a_code_is_used_up_once_and_in_time(connection: AsyncConnection, keyring: Keyring) -> None:
    members = MemberRows(connection, keyring)
    code = Code("c-1", "default", Role.OWNER, at(10), claims=True)
    await members.add_code(code)
    await members.add_code(replace(code, digest="c-2"))
    assert await members.take_code("c-1", at(9)) == replace(code, used_at=at(9))
    assert await members.take_code("c-1", at(9)) is None
    assert await members.take_code("c-2", at(10)) is None
    assert await members.take_code("c-3", at(1)) is None


async def test_of_two_who_type_a_code_at_once_one_gets_it(engine: AsyncEngine, keyring: Keyring) -> None:
    async with engine.begin() as connection:
        await MemberRows(connection, keyring).add_code(Code("c-1", "default", Role.OWNER, at(10)))

    async def take() -> Code | None:
        async with engine.begin() as connection:
            return await MemberRows(connection, keyring).take_code("c-1", NOON)

    taken = await asyncio.gather(take(), take())
    assert sorted(code is None for code in taken) == [False, True]


async def test_unused_claim_codes_of_one_workspace_are_dropped(connection: AsyncConnection, keyring: Keyring) -> None:
    members = MemberRows(connection, keyring)
    await add_workspace(connection, "other")
    claim = Code("claim", "default", Role.OWNER, at(10), claims=True)
    await members.add_code(claim)
    await members.add_code(replace(claim, digest="invite", claims=False))
    await members.add_code(replace(claim, digest="elsewhere", workspace="other"))
    await members.drop_claims("default")
    assert await members.take_code("claim", NOON) is None
    assert await members.take_code("invite", NOON) is not None
    assert await members.take_code("elsewhere", NOON) is not None


async def test_a_revoked_key_opens_nothing_and_stays_listed(connection: AsyncConnection, keyring: Keyring) -> None:
    keys = ApiKeyRows(connection, keyring)
    first = ApiKey("k-1", "default", "desk", "d-1", NOON)
    second = ApiKey("k-2", "default", "shop", "d-2", at(1))
    await keys.add(second)
    await keys.add(first)
    assert await keys.by_digest("d-1") == first
    assert await keys.by_digest("d-9") is None
    assert not await keys.revoke("other", "k-1", at(2))
    assert await keys.revoke("default", "k-1", at(2))
    assert not await keys.revoke("default", "k-1", at(3))
    assert await keys.by_digest("d-1") is None
    assert await keys.all("default") == [replace(first, revoked_at=at(2)), second]


async def test_the_first_answer_to_an_idempotency_key_stays_for_a_day(
    connection: AsyncConnection, keyring: Keyring
) -> None:
    keys = ApiKeyRows(connection, keyring)
    await keys.remember("i-1", "body-1", {"state": "scheduled", "n": [1, None]}, NOON)
    await keys.remember("i-1", "body-2", {"state": "other"}, at(1))
    assert await keys.remembered("i-1", at(-1)) == ("body-1", {"state": "scheduled", "n": [1, None]})
    assert await keys.remembered("i-1", at(1)) is None
    assert await keys.remembered("i-2", at(-1)) is None
    await keys.remember("i-1", "body-3", {}, at(1, days=1))
    assert await keys.remembered("i-1", at(days=1)) == ("body-3", {})


async def test_a_link_opens_once_and_in_time(connection: AsyncConnection, keyring: Keyring) -> None:
    await InvitationRows(connection, keyring).save([Saved(None, make_invitation())])
    links = LinkRows(connection, keyring)
    link = Link("l-1", "invitation-1", at(10))
    await links.add(link)
    await links.add(replace(link, digest="l-2"))
    assert await links.get("l-1") == link
    assert await links.open("l-1", at(9))
    assert not await links.open("l-1", at(9))
    assert await links.get("l-1") == replace(link, opened_at=at(9))
    assert not await links.open("l-2", at(10))
    assert not await links.open("l-3", at(1))
    assert await links.get("l-3") is None


async def test_a_week_is_decided_once(connection: AsyncConnection, keyring: Keyring) -> None:
    summaries = SummaryRows(connection, keyring)
    week = SummaryDecision("default", "2026-W46", "posting", NOON, figures={"n": 7})
    assert await summaries.newest("default") is None
    assert await summaries.decide(week)
    assert not await summaries.decide(replace(week, state="passed_over"))
    assert await summaries.decide(replace(week, week="2026-W09", state="passed_over", figures=None))
    assert await summaries.newest("default") == week
    await summaries.posted("default", "2026-W46", at(1))
    await summaries.posted("default", "2026-W46", at(8))
    assert await summaries.get("default", "2026-W46") == replace(week, state="posted", posted_at=at(1))
    assert await summaries.get("default", "2026-W45") is None


async def test_two_processes_decide_a_week_once(engine: AsyncEngine, keyring: Keyring) -> None:
    async def decide() -> bool:
        async with engine.begin() as connection:
            return await SummaryRows(connection, keyring).decide(
                SummaryDecision("default", "2026-W46", "posting", NOON)
            )

    assert sorted(await asyncio.gather(decide(), decide(), decide())) == [False, False, True]


async def test_a_customer_is_found_by_each_address(connection: AsyncConnection, keyring: Keyring) -> None:
    customers = CustomerRows(connection, keyring)
    assert await customers.at("default", HOME) is None
    assert await customers.add(ANNA, HOME) == ANNA
    assert await customers.add(ANNA, PHONE) == ANNA
    assert await customers.at("default", HOME) == await customers.at("default", PHONE, lock=True) == ANNA
    assert await customers.at("other", HOME) is None
    assert await customers.at("default", replace(HOME, user="visitor-2")) is None
    assert await customers.addresses(ANNA.id) == [HOME, PHONE]
    changed = replace(ANNA, name=None, locale="sv", opted_out_at=at(3), consented_at=at(2))
    await customers.change(changed)
    assert await customers.get(ANNA.id) == changed
    assert await customers.get("nobody") is None
    assert set(await customers.many([ANNA.id, "customer-1", "nobody"])) == {ANNA.id, "customer-1"}
    assert await customers.many([]) == {}


async def test_whoever_was_there_before_stays_the_customer(connection: AsyncConnection, keyring: Keyring) -> None:
    customers = CustomerRows(connection, keyring)
    await customers.add(ANNA, HOME)
    before = await count(connection, "customer")
    assert await customers.add(replace(ANNA, id="customer-8", name="Ben"), HOME) == ANNA
    assert await count(connection, "customer") == before
    assert await customers.get("customer-8") is None


async def test_two_that_meet_a_new_person_at_once_agree_who_it_is(engine: AsyncEngine, keyring: Keyring) -> None:
    async def add(number: int) -> Customer:
        async with engine.begin() as connection:
            return await CustomerRows(connection, keyring).add(replace(ANNA, id=f"new-{number}"), HOME)

    found = await asyncio.gather(add(1), add(2), add(3))
    assert len({customer.id for customer in found}) == 1
    async with engine.connect() as connection:
        assert await count(connection, "customer") == 3  # the two of `prepared`, and this one


@pytest.mark.postgres
async def test_a_locked_customer_makes_the_next_decision_wait(postgres_url: str, keyring: Keyring) -> None:
    async with prepared(postgres_url, keyring) as engine:
        async with engine.begin() as connection:
            await CustomerRows(connection, keyring).add(ANNA, HOME)
        async with engine.begin() as first, engine.connect() as second:
            await CustomerRows(first, keyring).at("default", HOME, lock=True)
            await second.execute(text("SET lock_timeout = 50"))
            assert await CustomerRows(second, keyring).at("default", HOME) == ANNA
            with pytest.raises(StoreUnavailable), translated():
                await CustomerRows(second, keyring).at("default", HOME, lock=True)


async def test_the_first_contact_is_noted_once_at_each_address(connection: AsyncConnection, keyring: Keyring) -> None:
    customers = CustomerRows(connection, keyring)
    await customers.add(ANNA, HOME)
    await customers.add(ANNA, PHONE)
    assert await customers.first_contact("default", HOME) is None
    await customers.note_first_contacts([("default", HOME)], at(0))  # nothing was on its way there
    await customers.prepare_first_contact("default", HOME, "Taken back unread.")
    await customers.prepare_first_contact("default", HOME, "Acme asks.")
    assert await customers.first_contact("default", HOME) is None
    await customers.note_first_contacts([("default", HOME), ("default", PHONE), ("default", HOME)], at(1))
    await customers.prepare_first_contact("default", HOME, "Again.")
    await customers.note_first_contacts([("default", HOME)], at(9))
    await customers.note_first_contacts([], at(9))
    assert await customers.first_contact("default", HOME) == FirstContact(at(1), "Acme asks.")
    assert await customers.first_contact("default", PHONE) is None


async def test_names_and_addresses_are_sealed(connection: AsyncConnection, keyring: Keyring) -> None:
    await CustomerRows(connection, keyring).add(replace(ANNA, name="Anna Virtanen"), PHONE)
    await MemberRows(connection, keyring).add(replace(OWNER, name="Olga Owner"))
    for name in ("customer", "customer_address", "member"):
        rows = (await connection.execute(text(f"SELECT * FROM {name}"))).all()  # noqa: S608  # names of our own
        stored = b" ".join(
            str(value).encode() if not isinstance(value, bytes) else value for row in rows for value in row
        )
        for secret in (b"Virtanen", b"Olga", b"bot-1", HOME.place.encode()):
            assert secret not in stored


async def erased_life(engine: AsyncEngine, keyring: Keyring, state: State) -> tuple[Invitation, Invitation]:
    """Anna's answered invitation with everything around it, and a second one in this state."""
    about = Interaction(ticket="T-1", subject="My bill", agent="anna", attributes={"phone": "040"})
    answered = make_answered(2, ["terribly slow"], customer=ANNA.id, survey_id=SURVEY_IDS["csat"], interaction=about)
    other = replace(make_invitation("nps", state, customer=ANNA.id, survey_id=SURVEY_IDS["nps"]), id="invitation-2")
    async with engine.begin() as connection:
        customers = CustomerRows(connection, keyring)
        await customers.add(replace(ANNA, opted_out_at=at(5)), HOME)
        await customers.add(ANNA, PHONE)
    history = (ScoreKept(2, NOON), WordsKept("terribly slow", NOON))
    await save(engine, keyring, Saved(None, answered, history), other)
    return answered, other


async def test_an_open_question_keeps_a_person_from_being_erased(engine: AsyncEngine, keyring: Keyring) -> None:
    await erased_life(engine, keyring, State.SENT)
    with pytest.raises(Conflict, match="cancel it before"):
        async with engine.begin() as connection:
            await CustomerRows(connection, keyring).erase(ANNA.id)
    async with engine.connect() as connection:
        assert await CustomerRows(connection, keyring).at("default", HOME) is not None


async def test_an_erased_person_is_gone_and_the_score_stays(engine: AsyncEngine, keyring: Keyring) -> None:
    answered, cancelled = await erased_life(engine, keyring, State.CANCELLED)
    async with engine.begin() as connection:
        customers = CustomerRows(connection, keyring)
        await customers.erase("nobody")
        await customers.erase(ANNA.id)
        assert await customers.get(ANNA.id) is None
        assert await customers.at("default", HOME) is None
        assert await customers.addresses(ANNA.id) == []
        history = await InvitationRows(connection, keyring).history([answered.id])
    assert list(history[answered.id]) == [ScoreKept(2, NOON)]
    found = await load(engine, keyring, answered.id, cancelled.id)
    for one in found:
        assert (one.customer, one.address, one.interaction.subject) == (None, None, None)
        assert not one.interaction.attributes
    assert answered.answer is not None
    assert found[0].answer == replace(answered.answer, parts=(), commented=True)
    assert [cells(one) for one in found] == [cells(answered), cells(cancelled)]


async def test_the_erased_persons_address_and_ticket_are_free_again(engine: AsyncEngine, keyring: Keyring) -> None:
    answered, _ = await erased_life(engine, keyring, State.CANCELLED)
    async with engine.begin() as connection:
        await CustomerRows(connection, keyring).erase(ANNA.id)
        fresh = await CustomerRows(connection, keyring).add(replace(ANNA, id="customer-9"), HOME)
        keys = text("SELECT count(*) FROM invitation WHERE coalesce(ticket_key, open_key, place_digest) IS NOT NULL")
        assert await connection.scalar(keys) == 0
    assert fresh.id == "customer-9"
    assert fresh.opted_out_at is None
    again = make_invitation(customer=fresh.id, interaction=answered.interaction, survey_id=SURVEY_IDS["csat"])
    await save(engine, keyring, replace(again, id="invitation-3"))


async def test_erasing_leaves_other_people_alone(engine: AsyncEngine, keyring: Keyring) -> None:
    answered, _ = await erased_life(engine, keyring, State.CANCELLED)
    group = Address("telegram", "-100", account="bot-1")
    mine, hers = replace(group, user="77"), replace(group, user="78")
    other_place = make_address(conversation="visitor-2")
    shown = StoredMessage(0, "w-1", NOON, HELLO)
    async with engine.begin() as connection:
        customers, outbox, messages, events = _rows(connection, keyring)
        await customers.add(ANNA, mine)
        await customers.add(Customer("customer-2", "default", NOON), hers)
        elsewhere = Address("slack", "D01", account="T01", user="U01")
        await outbox.add(
            [_to(elsewhere, invitation=answered.id), _to(mine), _to(hers), replace(_to(mine), week="2026-W46")], NOON
        )
        await messages.put("default", make_address(conversation="another-place"), shown, answered.id)
        await messages.put("default", HOME, replace(shown, id="w-2"), None)
        await messages.put("default", other_place, shown, None)
        for number, who in enumerate((mine, hers)):
            said = Arrival(event_id=str(number), workspace="default", address=who, event=CommentWritten("secret"))
            await events.park(said, "refused", NOON)
        await customers.erase(ANNA.id)
        assert await messages.newest("default", HOME, 9) == []
        assert await messages.newest("default", make_address(conversation="another-place"), 9) == []
        assert len(await messages.newest("default", other_place, 9)) == 1
        assert [event_id for _, event_id, _, _ in await events.parked()] == ["1"]
        waiting = await connection.scalars(select(TABLES.tables["outbox"].c.body))
        assert [body["address"]["user"] for body in waiting] == ["78", "77"]
        assert await count(connection, "response") == 1
        assert (await customers.at("default", hers)) is not None


def _rows(connection: AsyncConnection, keyring: Keyring) -> tuple[CustomerRows, OutboxRows, MessageRows, EventRows]:
    return (
        CustomerRows(connection, keyring),
        OutboxRows(connection, keyring, "process-1"),
        MessageRows(connection, keyring),
        EventRows(connection, keyring),
    )


def _to(address: Address, **changes: Any) -> Dispatch:
    return replace(Dispatch(workspace="default", address=address, prompt=HELLO), **changes)
