"""A weekly message that is due, its owners' own chats, and what became of it."""

from datetime import UTC, datetime

from bot.address import Address
from bot.ports import Identity, UnitOfWork
from bot.weeks import Week
from bot.workspace import Member, Role
from tests.flows.telegram_world import in_hand_no_more
from tests.world import World

DUE = datetime(2026, 11, 23, 7, tzinfo=UTC)  # Monday 09:00 in Helsinki
FATES = "SELECT week, fate, reason FROM posting ORDER BY id"


async def owner(here: World, name: str, *chats: Address, role: Role = Role.OWNER) -> Member:
    """A member with these own chats; without any, one of the page."""
    member = Member(f"member-{name}", "default", name, role, here.clock.now())

    async def job(uow: UnitOfWork) -> None:
        await uow.members.add(member)
        for chat in chats:
            await uow.members.bind(Identity(member.id, "default", chat), here.clock.now())

    await here.store.write(job)
    return member


async def fates(here: World) -> list[tuple[str, str, str]]:
    return [tuple(row) for row in await here.rows(FATES)]


async def due(here: World) -> None:
    here.clock.at = DUE
    assert await here.summaries.post_due() == [Week(2026, 47)]


async def looks(here: World) -> None:
    """A tick, and all that it sends."""
    await here.undelivered.look()
    if here.delivery is not None:
        await here.delivery.claim()
    await in_hand_no_more(here)
