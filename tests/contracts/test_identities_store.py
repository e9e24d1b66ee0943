"""Members are known by their accounts on a platform, and what they have chosen so far is theirs; on both databases."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.address import Address
from bot.ports import Code, Identity
from bot.values import replace
from bot.workspace import Member, Role
from storage.keys import Keyring
from storage.members import MemberRows
from tests.builders import NOON, at
from tests.contracts.prepared import add_workspace

OLGA = Member("m-1", "default", "Olga", Role.OWNER, NOON)
SAMI = Member("m-2", "default", "Sami", Role.STAFF, at(1))
CHAT = Address("telegram", "77", account="bot-1")
OTHER_CHAT = replace(CHAT, conversation="78")
GROUP = Address("telegram", "-100", account="bot-1", thread="4", user="77")
OLGAS = Identity(OLGA.id, "default", CHAT, "fi", "owner-fi")
SAMIS = Identity(SAMI.id, "default", OTHER_CHAT)


@pytest.fixture
async def members(connection: AsyncConnection, keyring: Keyring) -> MemberRows:
    """With an owner and one of the staff, neither of whom has an account yet."""
    members = MemberRows(connection, keyring)
    for member in (OLGA, SAMI):
        await members.add(member)
    return members


async def test_a_member_is_known_by_their_account(members: MemberRows) -> None:
    assert await members.by_address("default", CHAT) is None
    assert await members.bind(OLGAS, NOON) == OLGAS
    assert await members.by_address("default", CHAT) == OLGA
    for somebody in (OTHER_CHAT, replace(CHAT, account="bot-2"), replace(CHAT, channel="webchat")):
        assert await members.by_address("default", somebody) is None
    assert await members.by_address("other", CHAT) is None


async def test_a_member_who_acts_in_a_group_is_the_same_person(members: MemberRows) -> None:
    assert await members.bind(replace(OLGAS, address=GROUP), NOON) == OLGAS
    assert GROUP.own == CHAT
    business = replace(CHAT, via="business-1")
    for place in (GROUP, replace(GROUP, thread=""), replace(GROUP, conversation="-200"), CHAT, business):
        assert await members.by_address("default", place) == OLGA
    for stranger in (replace(GROUP, user="78"), replace(GROUP, user="")):
        assert await members.by_address("default", stranger) is None


async def test_a_removed_member_is_no_member(members: MemberRows) -> None:
    await members.bind(OLGAS, NOON)
    await members.remove(OLGA.id, at(1))
    assert await members.by_address("default", CHAT) is None
    # Until it is unbound, so that its list of commands can still be taken back.
    assert await members.identities("default") == [OLGAS]


async def test_the_account_of_a_removed_member_binds_to_a_new_one(members: MemberRows) -> None:
    await members.bind(OLGAS, NOON)
    await members.remove(OLGA.id, at(1))
    now_samis = Identity(SAMI.id, "default", CHAT, "sv", "")
    assert await members.bind(now_samis, at(2)) == now_samis
    assert await members.by_address("default", CHAT) == SAMI
    assert await members.identities("default") == [now_samis]


async def test_the_account_of_a_present_member_stays_theirs(members: MemberRows) -> None:
    gone = Member("m-3", "default", "Gone", Role.STAFF, NOON)
    await members.add(gone)
    await members.bind(Identity(gone.id, "default", replace(CHAT, conversation="79")), NOON)
    await members.remove(gone.id, at(1))  # whose account is nobody's must not make others' free
    await members.bind(OLGAS, NOON)
    assert await members.bind(replace(SAMIS, address=CHAT, locale="sv"), at(2)) == OLGAS
    assert await members.by_address("default", CHAT) == OLGA
    assert await members.bind(OLGAS, at(3)) == OLGAS


async def test_two_businesses_may_know_one_account(members: MemberRows, connection: AsyncConnection) -> None:
    await add_workspace(connection, "other")
    there = Member("m-9", "other", "Olga there", Role.STAFF, NOON)
    await members.add(there)
    await members.bind(OLGAS, NOON)
    hers = Identity(there.id, "other", CHAT)
    assert await members.bind(hers, NOON) == hers
    assert await members.by_address("default", CHAT) == OLGA
    assert await members.by_address("other", CHAT) == there
    assert await members.identities("other") == [hers]
    await members.unbind("other", CHAT, there.id)
    assert await members.identities("default") == [OLGAS]


async def test_accounts_are_listed_of_one_platform_or_of_all(members: MemberRows) -> None:
    in_slack = Identity(OLGA.id, "default", Address("slack", "D01", account="T01", user="U01"))
    for number, identity in enumerate((SAMIS, in_slack, OLGAS)):
        await members.bind(identity, at(number))
    assert await members.identities("default") == [SAMIS, in_slack, OLGAS]
    assert await members.identities("default", "telegram") == [SAMIS, OLGAS]
    assert await members.identities("default", "discord") == []
    assert await members.identities("other") == []


async def test_an_account_is_forgotten_alone(members: MemberRows) -> None:
    for identity in (OLGAS, SAMIS):
        await members.bind(identity, NOON)
    await members.unbind("other", CHAT, OLGA.id)
    await members.unbind("default", CHAT, SAMI.id)  # a former member's, and somebody else's by now
    assert await members.by_address("default", CHAT) == OLGA
    await members.unbind("default", GROUP, OLGA.id)
    assert await members.by_address("default", CHAT) is None
    assert await members.get(OLGA.id) == OLGA
    assert await members.identities("default") == [SAMIS]


async def test_what_the_menu_was_set_to_is_noted(members: MemberRows) -> None:
    for identity in (OLGAS, SAMIS):
        await members.bind(identity, at(0))
    await members.note_menu("default", CHAT, "staff-en")
    await members.note_menu("other", OTHER_CHAT, "elsewhere")
    assert set(await members.identities("default")) == {replace(OLGAS, menu="staff-en"), SAMIS}


async def test_a_member_is_promoted_alone(members: MemberRows) -> None:
    await members.promote(SAMI.id, Role.OWNER)
    assert await members.all("default") == [OLGA, replace(SAMI, role=Role.OWNER)]
    await members.promote(OLGA.id, Role.STAFF)
    assert await members.get(OLGA.id) == replace(OLGA, role=Role.STAFF)


async def test_a_draft_is_its_members_own_until_its_time_is_over(members: MemberRows) -> None:
    body = {"to": ["customer-1", None], "days": 3, "words": "Ääkköset 🙂"}
    await members.add_draft("d-1", "default", OLGA.id, body, at(10))
    assert await members.draft("d-1", OLGA.id, at(9)) == body
    assert await members.draft("d-1", SAMI.id, at(9)) is None
    assert await members.draft("d-2", OLGA.id, at(9)) is None
    assert await members.draft("d-1", OLGA.id, at(10)) is None


async def test_a_draft_takes_the_place_of_the_older_one(members: MemberRows) -> None:
    await members.add_draft("d-1", "default", OLGA.id, {"kind": "csat"}, at(10))
    await members.add_draft("d-2", "default", OLGA.id, {"kind": "other"}, at(10))
    await members.add_draft("d-1", "default", OLGA.id, ["nps"], at(20))
    assert await members.draft("d-1", OLGA.id, at(15)) == ["nps"]
    assert await members.draft("d-2", OLGA.id, at(5)) == {"kind": "other"}
    await members.drop_draft("d-1")
    await members.drop_draft("d-1")
    assert await members.draft("d-1", OLGA.id, at(5)) is None
    assert await members.draft("d-2", OLGA.id, at(5)) == {"kind": "other"}


async def test_drafts_leave_with_their_member(members: MemberRows, connection: AsyncConnection) -> None:
    for member in (OLGA, SAMI):
        await members.add_draft(f"d-{member.id}", "default", member.id, {}, at(10))
    await members.remove(SAMI.id, at(1))
    assert list(await connection.scalars(text("SELECT id FROM draft"))) == [f"d-{OLGA.id}"]


async def test_nothing_of_a_person_stands_in_the_database_as_clear_text(
    members: MemberRows, connection: AsyncConnection
) -> None:
    await members.bind(replace(OLGAS, address=replace(CHAT, conversation="7712345")), NOON)
    await members.add_draft("d-1", "default", OLGA.id, {"name": "Mikko", "ticket": "T-secret"}, at(10))
    for name in ("member_identity", "draft"):
        stored = repr((await connection.execute(text(f"SELECT * FROM {name}"))).all())  # noqa: S608  # our own names
        assert stored != "[]"
        for clear in ("Mikko", "secret", "7712345"):
            assert clear not in stored


async def test_what_is_over_is_swept(members: MemberRows, connection: AsyncConnection) -> None:
    for name, until in (("old", at(5)), ("edge", at(10)), ("new", at(15))):
        await members.add_draft(f"d-{name}", "default", OLGA.id, {}, until)
        await members.add_session(f"s-{name}", OLGA.id, until)
        await members.add_code(Code(f"c-{name}", "default", Role.STAFF, until))
    await members.bind(OLGAS, NOON)
    assert await members.sweep(at(10)) == 2
    assert await members.sweep_drafts(at(10)) == 1
    assert sorted(await connection.scalars(text("SELECT id FROM draft"))) == ["d-edge", "d-new"]
    assert await members.draft("d-new", OLGA.id, at(10)) == {}
    assert await members.by_session("s-new", at(10)) == OLGA
    assert await members.take_code("c-new", at(10)) is not None
    assert await members.sweep(at(10)) == 0
    assert await members.identities("default") == [OLGAS]
