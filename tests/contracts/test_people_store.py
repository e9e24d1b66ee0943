"""Businesses, members, keys, links and weeks keep what `bot.ports` promises, on both databases."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.ports import ApiKey, Code, Link, Saved, SummaryDecision
from bot.values import replace
from bot.workspace import Member, Role, Workspace
from storage.api_keys import ApiKeyRows
from storage.invitations import InvitationRows
from storage.keys import Keyring
from storage.links import LinkRows
from storage.members import MemberRows
from storage.summaries import SummaryRows
from storage.workspaces import WorkspaceRows
from tests.builders import NOON, at, make_invitation
from tests.contracts.people import OWNER
from tests.contracts.prepared import add_workspace

STAFF = Member("m-2", "default", "Sami", Role.STAFF, at(1))


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
